/** The plan of a job as all nodes can read it: paths are told from the roots on, which each node has of its own. */
import { basename, dirname, join, relative } from "@std/path";
import { ServiceError } from "../common/errors.ts";
import type { BaseFiles, JobLimits, JobOutline, JobPlan, PackedFormula } from "../job/request.ts";
import type { Hosts } from "../remote/hosts.ts";
import { isUrl } from "../remote/url.ts";
import type { Roots } from "../system/roots.ts";
import type { ContentStore } from "./content.ts";
import type { SharedFiles, SharedPath, SharedPlan } from "./task_messages.ts";
import { PLAN, shapedJson } from "./shapes.ts";

/** What a server knows and what it shares it with. */
export interface Sharing {
  roots: readonly string[];
  content: ContentStore;
}

/** Stores a plan and all it takes, and gives its digest. */
export async function sharePlan(
  plan: JobPlan,
  outline: JobOutline,
  each: number,
  { roots, content }: Sharing,
): Promise<string> {
  const { id, stem, params, rows, codec, directory, formula, base, inputs = [] } = plan;
  const { folder, format, partitionBy } = plan;
  const { filter, tables } = outline;
  const { heapBytes, memoryBytes, workBytes, resultBytes, logBytes } = plan.limits;
  const limits = { heapBytes, memoryBytes, workBytes, resultBytes, logBytes };
  const modules = await Promise.all(
    outline.formula.map(async ({ target, name, meta, bytes }) => ({
      target,
      name,
      meta,
      digest: await content.put(Uint8Array.fromBase64(bytes)),
    })),
  );
  const shared: SharedPlan = {
    id,
    kind: outline.kind,
    partitions: outline.partitions,
    each,
    directory: shorten(directory, roots),
    formula: shorten(formula, roots),
    base: sharedFiles(base, roots),
    inputs: inputs.map(({ input, ...files }) => ({ input, ...sharedFiles(files, roots) })),
    marks: outline.files,
    modules,
    rest: {
      stem,
      params,
      codec,
      lineage: outline.lineage,
      units: outline.units,
      limits,
      ...(rows === undefined ? {} : { rows }),
      ...(filter === undefined ? {} : { filter }),
      ...(folder ? { folder } : {}),
      ...(format === undefined ? {} : { format }),
      ...(partitionBy === undefined ? {} : { partitionBy }),
      ...(tables === undefined ? {} : { tables }),
    },
  };
  return await content.put(new TextEncoder().encode(JSON.stringify(shared)));
}

/** A node, as far as plans are read there. */
export interface Reading {
  roots: Roots;
  hosts: Hosts;
  content: ContentStore;
  workers: number;
  limits: JobLimits;
}

/**
 * The plan of a job with the paths of this machine and its own limits, where they are lower.
 *
 * @throws ServiceError when something it names is not there or not allowed, `INTERRUPTED` for what is no plan.
 */
export async function readPlan(digest: string, reading: Reading): Promise<[SharedPlan, JobPlan]> {
  const { content, roots, workers } = reading;
  const text = new TextDecoder().decode(await content.get(digest));
  const shared = shapedJson(PLAN, text, "a plan");
  const { id, base, inputs, marks, rest } = shared;
  const packed: PackedFormula = await Promise.all(
    shared.modules.map(async ({ digest, ...module }) => ({
      ...module,
      bytes: (await content.get(digest)).toBase64(),
    })),
  );
  const limits = Object.fromEntries(
    Object.entries(rest.limits).map(([name, most]) => [
      name,
      Math.min(most, reading.limits[name as keyof JobLimits]),
    ]),
  ) as unknown as JobLimits;
  // All nodes cut the same partitions.
  limits.workBytes = rest.limits.workBytes;
  const formula = lengthen(shared.formula, roots);
  const plan: JobPlan = {
    ...rest,
    id,
    attempt: 1,
    directory: roots.directory(lengthen(shared.directory, roots)),
    formula: join(roots.directory(dirname(formula)), basename(formula)),
    base: filesHere(base, reading),
    ...(inputs.length === 0 ? {} : {
      inputs: inputs.map(({ input, ...files }) => ({ input, ...filesHere(files, reading) })),
    }),
    packed,
    marks,
    workers,
    limits,
  };
  return [shared, plan];
}

function sharedFiles({ name, files }: BaseFiles, roots: readonly string[]): SharedFiles {
  return { name, files: files.map(({ path, hive }) => ({ path: shorten(path, roots), hive })) };
}

function filesHere({ name, files }: SharedFiles, reading: Reading): BaseFiles {
  return { name, files: files.map(({ path, hive }) => ({ path: fileAt(path, reading), hive })) };
}

function shorten(path: string, roots: readonly string[]): SharedPath {
  if (isUrl(path)) return [-1, path];
  const root = roots.findIndex((root) => path === root || path.startsWith(`${root}/`));
  return [root, relative(roots[root]!, path)];
}

function lengthen([root, path]: SharedPath, { directories }: Roots): string {
  const directory = directories[root];
  if (directory !== undefined) return join(directory, path);
  throw new ServiceError(
    "BASE_NOT_FOUND",
    `the job names files under root ${
      root + 1
    }, and the node has ${directories.length}: start it with as many --root as the service, in their order`,
  );
}

function fileAt(path: SharedPath, { roots, hosts }: Reading): string {
  if (path[0] < 0) return hosts.allowed(path[1]);
  return roots.file("/", lengthen(path, roots), "BASE_NOT_FOUND");
}
