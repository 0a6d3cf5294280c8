import { basename } from "@std/path";
import { expandBase, fileMeant, type NamedAs, namedDirectory, namedFile } from "./base.ts";
import { Deadline } from "./common/deadline.ts";
import { EmbeddedEngines, type JobRunner, type RunListener } from "./engine/host/embedded.ts";
import { ServiceError } from "./common/errors.ts";
import { ofInput } from "./job/inputs.ts";
import {
  type FileIdentity,
  type InputFiles,
  type JobLimits,
  type JobPlan,
  type JobReport,
  type JobRequest,
  type RequestedRows,
  type ResultCodec,
  type RowSpan,
  TABLE_FORMATS,
  type TrialReport,
} from "./job/request.ts";
import type { Step, StepAnswer } from "./engine/link/steps/steps.ts";
import { identityOf, identityOfOpen, openPlain } from "./result/files.ts";
import { type PartialPlace, replacesInput, tableName } from "./result/place.ts";
import { Hosts } from "./remote/hosts.ts";
import type { Limits } from "./settings/limits.ts";
import { SETTINGS } from "./settings/table.ts";
import type { Roots } from "./system/roots.ts";
import { RESULT_SUFFIX } from "./wire/reply.ts";

const FORMULA: NamedAs = {
  missing: "FORMULA_NOT_FOUND",
  endings: [".ts", ".mts", ".js", ".mjs"],
};

/** Milliseconds after its time is up in which a job is ended and cleaned up, unless something holds it. */
const ENDING = 60_000;

/** How jobs are run. */
export interface MathOptions {
  /** Where data, formulas and results may lie. */
  roots: Roots;
  /** HTTP servers that data may be read from; none where it is absent. */
  hosts?: Hosts;
  /** Web workers of a job, at most. */
  workers: number;
  /** How results are compressed; a request may ask for another way. */
  codec?: ResultCodec;
  /** Idle engines that are kept for the next jobs. */
  spare?: number;
  /** What a job may take; a request may ask for less. They may change meanwhile, but for the silence. */
  limits: JobLimits & Pick<Limits, "jobSeconds" | "silenceSeconds">;
  /** What runs jobs in place of engines of this machine, which do the rest. */
  runner?: ((engines: EmbeddedEngines) => JobRunner) | undefined;
}

/** A request whose paths are checked and absolute, before it is known which job it becomes. */
export type PlannedRequest = Omit<JobPlan, "id" | "attempt" | "priority">;

/** What a caller wants to know and to say while a job runs. */
export interface RunOptions extends RunListener {
  /** Of the job; a new one where it is absent. */
  id?: string;
  /** Attempt number, from 1. */
  attempt?: number;
  /** Folders that files may be named under; null for all roots. */
  roots?: readonly string[] | null;
  /** Among all jobs; the request's where it is absent. */
  priority?: number;
  /** What {@linkcode Math.check} has made of the request, where it was checked just now. */
  planned?: PlannedRequest | null;
  /** Told where the result will be; nothing is written there before this resolves. */
  onStart?: (place: PartialPlace) => Promise<void>;
  /** Ends the job; {@linkcode Math.run} throws its reason. */
  signal?: AbortSignal;
}

/** A file that is looked at. */
export interface ViewedFile {
  /** As a job's request named it, and a Parquet file in it. */
  directory: string;
  file: string;
  /** Folders that these may lie under; null for all roots. */
  roots: readonly string[] | null;
  /** Tells whether the file is still the one that is meant. */
  isMeant: (file: FileIdentity) => boolean;
}

/** A look at a file: what a formula of the service's own gives for some of its rows. */
export interface View extends ViewedFile {
  /** Path of the formula. */
  formula: string;
  params: unknown;
  span: RowSpan;
}

/** Rows of a file that are wanted as CSV. */
export interface ViewedLines extends ViewedFile {
  /** Path of the formula that is loaded with the file; it is not called. */
  formula: string;
  span: RowSpan;
  columns: string[];
  /** Whether a line of the columns' names comes first. */
  names: boolean;
}

/**
 * Runs jobs in engine processes: loads the data, computes, saves the result.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parquetWriteBuffer } from "hyparquet-writer";
 * import { defaultSettings, Math, Roots } from "./mod.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const columnData = [{ name: "u", data: Float64Array.of(3, 4), type: "DOUBLE" as const }];
 * await Deno.writeFile(`${folder}/a.parquet`, new Uint8Array(parquetWriteBuffer({ columnData })));
 * await Deno.writeTextFile(`${folder}/work.js`, "export const map = ({ u }) => ({ twice: u.map((x) => 2 * x) });");
 * const { limits } = defaultSettings();
 * const math = new Math({ roots: new Roots([folder]), workers: 1, limits });
 * const report = await math.run({ directory: folder, base: "a.parquet", file: "work.js" });
 * assertEquals([report.kind, report.rows], ["map", 2]);
 * await math.close();
 * ```
 */
export class Math implements AsyncDisposable {
  readonly #options: Required<MathOptions>;
  readonly #engines: EmbeddedEngines;
  readonly #runner: JobRunner;
  /** Of the jobs that run. */
  readonly #deadlines = new Set<Deadline>();

  constructor(options: MathOptions) {
    this.#options = {
      hosts: new Hosts(),
      codec: SETTINGS.codec.default,
      spare: 2,
      runner: undefined,
      ...options,
    };
    const { spare, roots, hosts, limits, runner } = this.#options;
    this.#engines = new EmbeddedEngines({
      roots: roots.directories,
      hosts: hosts.addresses,
      silenceSeconds: limits.silenceSeconds,
    }, spare);
    this.#runner = runner?.(this.#engines) ?? this.#engines;
  }

  /** How results are compressed from now on; a request may ask for another way. */
  set codec(codec: ResultCodec) {
    this.#options.codec = codec;
  }

  /** Starts an engine ahead of the first job. */
  warm(): void {
    this.#engines.warm();
  }

  /** A job's time is long up, and it can't be ended. */
  get stuck(): boolean {
    return [...this.#deadlines].some(({ lateness }) => lateness > ENDING);
  }

  /** The engine processes that live. */
  engines(): { pid: number; job: string | null; started: number }[] {
    return this.#engines.list();
  }

  /** Whether engines can be started, as far as is known. */
  get able(): boolean {
    return this.#engines.able;
  }

  /** Engines started, and lost: crashed, hung, or ended with the job they ran. */
  get engineCounters(): { started: number; lost: number } {
    return this.#engines.counters;
  }

  /**
   * Checks a request as far as that goes without running it.
   *
   * @param roots Folders that it may name files under; null for all roots.
   * @throws ServiceError when it names what is not there or not allowed.
   */
  async check(
    request: JobRequest,
    roots: readonly string[] | null = null,
  ): Promise<PlannedRequest> {
    return await this.#plan(request, roots);
  }

  /**
   * Runs a job to its end.
   *
   * @throws ServiceError with the protocol's code when the request names what is not there or not
   * allowed, and when the job fails; nothing of a result is left then.
   */
  run(request: JobRequest, options: RunOptions = {}): Promise<JobReport> {
    return this.#inTime(request, options, async (plan, ends) => {
      const { id, attempt, directory, stem } = plan;
      await options.onStart?.({ id, attempt, directory, stem });
      const beside = this.#deadlines.size - 1;
      return await this.#runner.run({ ...plan, beside, step: { type: "job" } }, options, ends);
    });
  }

  /**
   * Tries a formula on the first rows, and keeps no result.
   *
   * @throws ServiceError as {@linkcode Math.run} does.
   */
  try(request: JobRequest, rows: number): Promise<TrialReport> {
    return this.#inTime(
      request,
      {},
      (plan, ends) => this.#engines.run({ ...plan, step: { type: "trial", rows } }, {}, ends),
    );
  }

  /** Plans a request and does something with the plan, until its time is up. */
  async #inTime<T>(
    request: JobRequest,
    options: RunOptions,
    work: (plan: JobPlan, ends: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { id = crypto.randomUUID(), attempt = 1, roots = null, planned, signal } = options;
    const { priority = request.priority } = options;
    try {
      const paths = planned ?? await this.#plan(request, roots);
      const plan = { ...paths, id, attempt, ...(priority === undefined ? {} : { priority }) };
      const limit = this.#options.limits.jobSeconds;
      const seconds = globalThis.Math.min(request.timeoutSeconds ?? limit, limit);
      using deadline = new Deadline(seconds, signal);
      this.#deadlines.add(deadline);
      try {
        return await work(plan, deadline.signal);
      } finally {
        this.#deadlines.delete(deadline);
      }
    } catch (thrown) {
      throw signal?.aborted && thrown === signal.reason ? thrown : ServiceError.from(thrown);
    }
  }

  /**
   * Looks at a file in an engine, without a result of its own.
   *
   * @param seconds The look may take.
   * @return JSON text of what the formula gave
   * @throws ServiceError when the file is not there, another one or not allowed, and when it can't be read.
   */
  async view(viewed: View, seconds: number): Promise<string> {
    const { file, formula, params, span } = viewed;
    const text = await this.#look(viewed, formula, params, { type: "view", span }, seconds);
    if (text !== null) return text;
    throw new ServiceError("TOO_LARGE", `what there is to see of ${file} is too long to be sent`);
  }

  /**
   * Rows of a file as lines of CSV, written in an engine.
   *
   * @param seconds It may take.
   * @throws ServiceError when the file is not there, another one or not allowed, and when it can't be read.
   */
  async lines({ formula, ...wanted }: ViewedLines, seconds: number): Promise<string> {
    const { span, columns, names } = wanted;
    const step = { type: "lines", span, columns, names } as const;
    return await this.#look(wanted, formula, null, step, seconds);
  }

  /** Does something in an engine with a file that is looked at. */
  async #look<T extends "view" | "lines">(
    viewed: ViewedFile,
    formula: string,
    params: unknown,
    step: Step<T>,
    seconds: number,
  ): Promise<StepAnswer<T>> {
    const { file } = viewed;
    const { codec, workers, limits } = this.#options;
    const { directory, path } = this.#viewed(viewed);
    const plan: JobPlan = {
      id: crypto.randomUUID(),
      attempt: 1,
      base: { name: file, files: [{ path, hive: {} }] },
      formula,
      directory,
      stem: "view",
      codec,
      params,
      workers,
      limits,
    };
    using deadline = new Deadline(seconds);
    try {
      const answer = await this.#engines.run({ ...plan, step }, {}, deadline.signal);
      this.assertThere(viewed); // it may have been another one by the time that it was opened
      return answer;
    } catch (thrown) {
      throw ServiceError.from(thrown);
    }
  }

  /**
   * Opens a file to be read as it is; whoever asks closes it.
   *
   * @throws ServiceError when it is not there, another one or not allowed.
   */
  openFile(viewed: ViewedFile): { file: Deno.FsFile; size: number } {
    const file = openPlain(this.#viewed(viewed).path);
    if (file === null) throw notThere(viewed.file);
    const identity = identityOfOpen(file); // another file may have taken the name by now
    if (viewed.isMeant(identity)) return { file, size: identity.size };
    file.close();
    throw notThere(viewed.file);
  }

  /** @throws ServiceError when a file is not there, another one or not allowed. */
  assertThere(viewed: ViewedFile): void {
    this.#viewed(viewed);
  }

  /** Real paths of a file that is there and is meant, and of its folder. */
  #viewed({ directory: name, file, roots: own, isMeant }: ViewedFile) {
    const roots = this.#rootsOf(own);
    const directory = roots.directory(name);
    const path = roots.file(directory, file, "BASE_NOT_FOUND");
    const now = identityOf(path);
    if (now !== null && isMeant(now)) return { directory, path };
    throw notThere(file);
  }

  /** Ends all engines. Jobs that still run fail. */
  async close(): Promise<void> {
    if (this.#runner !== this.#engines) await this.#runner.close();
    await this.#engines.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What files may be named under. @param own Some of the folders below the roots; null for all roots. */
  #rootsOf(own: readonly string[] | null): Roots {
    const { roots } = this.#options;
    return own === null ? roots : roots.narrowed(own);
  }

  async #plan(request: JobRequest, own: readonly string[] | null): Promise<PlannedRequest> {
    const { directory: name, base, file, params, output } = request;
    const { hosts, codec, workers } = this.#options;
    const roots = this.#rootsOf(own);
    const directory = await namedDirectory(roots, name);
    await assertFormulaName(roots, directory, file);
    const { stem, folder, format, partitionBy } = namedOutput(file, output);
    if (format !== undefined && request.codec !== undefined && request.codec !== "none") {
      throw new ServiceError(
        "BAD_REQUEST",
        `Request.Codec compresses Parquet, and ${output} is none: leave one of them out`,
      );
    }
    const plan = {
      asked: { base, file, ...(request.inputs === undefined ? {} : { inputs: request.inputs }) },
      base: await expandBase(roots, directory, base, hosts),
      formula: await namedFile(roots, directory, file, FORMULA),
      directory,
      stem,
      codec: request.codec ?? codec,
      params: params ?? null,
      ...await this.#inputsOf(request, roots, directory),
      ...rowsOf(request),
      ...(folder ? { folder } : {}),
      ...(format === undefined ? {} : { format }),
      ...(partitionBy === undefined ? {} : { partitionBy }),
      workers,
      limits: lower(this.#options.limits, request.limits ?? {}),
    };
    const data = [plan.base, ...plan.inputs ?? []].flatMap(({ files }) => files);
    const inputs = [plan.formula, ...data.map(({ path }) => path)];
    for (const name of [tableName(plan), `${stem}.txt`]) {
      const result = `${directory}/${name}`;
      if (
        inputs.some((path) => path === result || (name.endsWith("/") && path.startsWith(result)))
      ) {
        throw replacesInput(name);
      }
    }
    return plan;
  }

  /** The further tables of a request. @throws ServiceError as for the base, with the input's name before it. */
  async #inputsOf(
    { inputs = {} }: JobRequest,
    roots: Roots,
    directory: string,
  ): Promise<Pick<JobPlan, "inputs">> {
    const found: InputFiles[] = [];
    for (const [input, base] of Object.entries(inputs)) {
      try {
        found.push({ input, ...await expandBase(roots, directory, base, this.#options.hosts) });
      } catch (thrown) {
        throw ofInput(thrown, input);
      }
    }
    return found.length === 0 ? {} : { inputs: found };
  }
}

function notThere(file: string): ServiceError {
  return new ServiceError(
    "BASE_NOT_FOUND",
    `the job's result is no longer there: another file has taken the name ${file}, or it was written to`,
  );
}

/** What a result is called and how its columns are written, by the name that a request gives it. */
function namedOutput(
  file: string,
  output: string | undefined,
): Pick<JobPlan, "stem" | "format" | "partitionBy"> & { folder: boolean } {
  if (output === undefined) {
    return { stem: basename(file).replace(/\.[^.]*$/, "") + RESULT_SUFFIX, folder: false };
  }
  if (output.endsWith("/")) {
    const [stem = "", ...columns] = output.slice(0, -1).split("/");
    const partitionBy = columns.map((column) => column.slice(1, -1));
    return { stem, folder: true, ...(columns.length === 0 ? {} : { partitionBy }) };
  }
  const format = TABLE_FORMATS.find((format) => output.endsWith(`.${format}`));
  if (format === undefined) return { stem: output.replace(/\.(parquet|txt)$/, ""), folder: false };
  return { stem: output.slice(0, -format.length - 1), folder: false, format };
}

/** What a request says of rows. */
function rowsOf({ from, to, time, filter }: JobRequest): Pick<JobPlan, "rows"> {
  const rows: RequestedRows = {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(time === undefined ? {} : { time }),
    ...(filter === undefined ? {} : { filter }),
  };
  return Object.keys(rows).length === 0 ? {} : { rows };
}

function lower(limits: JobLimits, asked: Partial<JobLimits>): JobLimits {
  const lowered = { ...limits };
  for (const [name, value] of Object.entries(asked) as [keyof JobLimits, number][]) {
    lowered[name] = globalThis.Math.min(limits[name], value);
  }
  return lowered;
}

async function assertFormulaName(roots: Roots, directory: string, file: string): Promise<void> {
  if (FORMULA.endings.some((ending) => file.endsWith(ending))) return;
  const meant = await fileMeant(roots, directory, file, FORMULA.endings);
  const python = file.endsWith(".py")
    ? "; a Python formula has to be written anew in TypeScript or JavaScript"
    : "";
  throw new ServiceError(
    "FORMULA_INVALID",
    `${file} is no formula: its name must end in .ts, .mts, .js or .mjs${python}${
      meant === null ? "" : `; did you mean ${meant}?`
    }`,
  );
}
