/** Checks that imports go one way: from a layer to those below it, and never in a circle. */
import { toFileUrl } from "@std/path";
import { filesUnder, ROOT, STARTED } from "./sources.ts";

/**
 * The program's layers from top to bottom. A path that ends with `/` stands for all in that folder.
 * A module imports from its own layer and from those below.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["main.ts"],
  ["mod/cli/"],
  ["mod/mod.ts"],
  ["mod/server.ts"],
  ["mod/handler.ts"],
  ["mod/http/"],
  ["mod/manager.ts"],
  ["mod/service.ts"],
  [
    "mod/jobs/client_jobs.ts",
    "mod/jobs/jobs.ts",
    "mod/jobs/active.ts",
    "mod/jobs/queue.ts",
  ],
  ["mod/math.ts", "mod/jobs/store.ts", "mod/jobs/writes.ts", "mod/jobs/state_file.ts"],
  ["mod/cluster/"],
  ["mod/configuration.ts"],
  ["mod/base.ts", "mod/client.ts", "mod/tcp.ts", "mod/settings.ts"],
  ["mod/wire/"],
  ["mod/access/"],
  [
    "mod/glob.ts",
    "mod/leftovers.ts",
    "mod/roots.ts",
    "mod/deadline.ts",
    "mod/notify.ts",
    "mod/processes.ts",
    "mod/version.ts",
  ],
  ["mod/engine/"],
  ["workers/"],
  ["views/"],
  ["mod/loader.ts"],
  ["mod/formula/"],
  ["mod/dataset/"],
  ["mod/parquet/"],
  ["mod/remote/"],
  ["mod/std/"],
  ["mod/access/"],
  ["mod/kernel/"],
  [
    "mod/environment.ts",
    "mod/errors.ts",
    "mod/foreign_path.ts",
    "mod/job.ts",
    "mod/jobs/clock.ts",
    "mod/jobs/limits.ts",
    "mod/jobs/record.ts",
    "mod/json.ts",
    "mod/log.ts",
    "mod/near_file.ts",
    "mod/nearest.ts",
    "mod/show.ts",
    "mod/slices.ts",
    "mod/within.ts",
    "mod/write_all.ts",
  ],
];

/** Modules that others are reached from: the program, the libraries, what a worker starts with. */
const ENTRIES = ["main.ts", "mod/mod.ts", ...STARTED];

/** Which of the program's modules each of them imports, by path from the project's folder. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Reads the program's import graph. @throws Error when a module can't be resolved or parsed. */
export async function readImports(): Promise<ImportGraph> {
  const graph = new Map<string, string[]>();
  for (const entry of ENTRIES) {
    for (const module of await moduleInfo(entry)) {
      const path = projectPath(module.specifier);
      if (path === undefined) continue;
      if (module.error !== undefined) throw new Error(`${path}: ${module.error}`);
      const imports = (module.dependencies ?? [])
        .map(({ code, type }) => projectPath((code ?? type)?.specifier))
        .filter((path) => path !== undefined);
      graph.set(path, imports);
    }
  }
  return graph;
}

interface ModuleInfo {
  specifier: string;
  error?: string;
  dependencies?: { code?: { specifier?: string }; type?: { specifier?: string } }[];
}

async function moduleInfo(entry: string): Promise<ModuleInfo[]> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: ["info", "--json", entry],
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)).modules;
}

function projectPath(specifier: string | undefined): string | undefined {
  const root = `${toFileUrl(ROOT)}/`;
  if (!specifier?.startsWith(root) || !specifier.endsWith(".ts")) return undefined;
  return decodeURIComponent(specifier.slice(root.length));
}

/** What is wrong with the graph, a sentence each. */
export function importFaults(graph: ImportGraph): string[] {
  const faults: string[] = [];
  for (const [path, imports] of graph) {
    const rank = rankOf(path);
    if (rank < 0) {
      faults.push(`${path} is in no layer; give it one in scripts/layers.ts`);
      continue;
    }
    for (const target of imports) {
      if (rankOf(target) >= 0 && rankOf(target) < rank) {
        faults.push(`${path} imports ${target}, which is above it`);
      }
    }
  }
  return [...faults, ...circles(graph).map((circle) => `a circle: ${circle.join(" → ")}`)];
}

function rankOf(path: string): number {
  return LAYERS.findIndex((layer) =>
    layer.some((place) => place.endsWith("/") ? path.startsWith(place) : path === place)
  );
}

/** Circles of imports, each from a module back to itself; one for each edge that closes one. */
function circles(graph: ImportGraph): string[][] {
  const found: string[][] = [];
  const trail: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string) => {
    if (finished.has(path)) return;
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path]);
      return;
    }
    trail.push(path);
    for (const target of graph.get(path) ?? []) visit(target);
    trail.pop();
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return found;
}

/** The program's modules that no import leads to. */
export async function unreached(graph: ImportGraph): Promise<string[]> {
  const paths = [...await filesUnder("mod"), ...await filesUnder("workers")];
  return paths.filter((path) => path.endsWith(".ts") && !graph.has(path));
}

if (import.meta.main) {
  const graph = await readImports();
  const idle = (await unreached(graph)).map((path) => `${path} is imported by nothing`);
  const faults = [...importFaults(graph), ...idle];
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exit(1);
  console.log(`Checked the imports of ${graph.size} modules`);
}
