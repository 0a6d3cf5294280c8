import { instantOf } from "../dataset/seconds.ts";
import type { Ask } from "./frame_requests.ts";
import { type FormulaModule, nameOfExport } from "./module.ts";
import { show } from "../common/show.ts";
import type { FormulaContext } from "./context.ts";
import type { InputTables } from "./input_tables.ts";
import { assertAwaited } from "./promises.ts";

/** A table that is still to be computed: `frame.mapPartitions(name, ...args)`. */
export interface LazyTable {
  type: "lazy";
  name: string;
  args: unknown[];
}

const tables = new WeakMap<object, LazyTable>();
/** Whole columns by their arrays. */
const columns = new WeakMap<Float64Array, string>();

/**
 * The whole dataset, as `main(frame, context)` gets it. What it is asked for runs on all workers.
 */
export class Frame {
  readonly rows: number;
  readonly partitions: number;
  readonly schema: FormulaContext["schema"];
  readonly #files: () => FormulaContext["files"];
  readonly #module: FormulaModule;
  readonly #ask: Ask;
  readonly #inputs: InputTables;
  readonly #firstTime: (name: string) => bigint;

  /** @param firstTime Gives the first row's time of a column, in nanoseconds since 1970. */
  constructor(
    module: FormulaModule,
    context: FormulaContext,
    ask: Ask,
    inputs: InputTables,
    firstTime: (name: string) => bigint,
  ) {
    this.#inputs = inputs;
    this.#firstTime = firstTime;
    this.rows = context.rows;
    this.partitions = context.partitions;
    this.schema = context.schema;
    this.#files = () => context.files;
    this.#module = module;
    this.#ask = ask;
  }

  /** All files of the data, whatever a filter lets through. */
  get files(): FormulaContext["files"] {
    return this.#files();
  }

  /** A further table of the request, whole: its columns by name, as those of a chunk. */
  input(name: string): Record<string, unknown> {
    return this.#inputs.whole(name, "frame.input");
  }

  /** One whole column, gathered in parallel: the same array type as in a chunk, `rows` long. */
  async column(name: string): Promise<unknown> {
    if (Array.isArray(name)) {
      throw new TypeError(
        `frame.column takes one name: frame.columns(${listed(name)}) takes a list`,
      );
    }
    if (typeof name !== "string") throw noName("frame.column", name);
    return (await this.columns([name]))[name];
  }

  /** Several whole columns by name. */
  async columns(names: string[], ...more: unknown[]): Promise<Record<string, unknown>> {
    if (typeof names === "string") {
      throw new TypeError(`frame.columns takes a list: frame.columns(${listed([names, ...more])})`);
    }
    if (!Array.isArray(names)) throw noName("frame.columns", names);
    const strange = names.findIndex((name) => typeof name !== "string");
    if (strange >= 0) throw noName("frame.columns", names[strange]);
    const arrays = await this.#ask({ type: "columns", names });
    names.forEach((name, index) => {
      if (arrays[index] instanceof Float64Array) columns.set(arrays[index], name);
    });
    return Object.fromEntries(names.map((name, index) => [name, arrays[index]]));
  }

  /**
   * A whole column of times in seconds from an instant: a Date, ISO text, or milliseconds since 1970; from the first
   * row's time where it is absent.
   */
  async seconds(name: string, since?: unknown): Promise<unknown> {
    const instant = since === undefined
      ? this.#firstTime(name)
      : instantOf(since, `frame.seconds("${name}", since)`);
    const arrays = await this.#ask({ type: "columns", names: [name], since: instant });
    return arrays[0];
  }

  /**
   * Runs `chunk(chunk, context, ...args)` on every partition and merges the partial results with
   * `combine(a, b)`, pairwise in partition order. Both must be exports of the formula.
   */
  async reduction(chunk: unknown, combine: unknown, ...args: unknown[]): Promise<unknown> {
    assertAwaited(args, "frame.reduction was given");
    return await this.#ask({
      type: "reduction",
      chunk: nameOfExport(this.#module, chunk, "frame.reduction"),
      combine: nameOfExport(this.#module, combine, "frame.reduction"),
      args,
    });
  }

  /**
   * The table that `fn(chunk, context, ...args)` makes of every partition. It is computed when
   * `main` returns it, and goes from the workers to the result file without being gathered.
   */
  mapPartitions(fn: unknown, ...args: unknown[]): object {
    assertAwaited(args, "frame.mapPartitions was given");
    const table = Object.freeze({
      toString: () => "a table of frame.mapPartitions; return it from main to have it computed",
    });
    tables.set(table, {
      type: "lazy",
      name: nameOfExport(this.#module, fn, "frame.mapPartitions"),
      args,
    });
    return table;
  }
}

/** The column that an array was gathered as, if any. */
export function nameOfColumn(values: Float64Array): string | undefined {
  return columns.get(values);
}

/** The table to compute that a value returned from `main` stands for, if it is one. */
export function lazyTable(value: unknown): LazyTable | undefined {
  return typeof value === "object" && value !== null ? tables.get(value) : undefined;
}

function listed(names: unknown[]): string {
  return show(names, { depth: 1, strAbbreviateSize: 40, breakLength: Infinity, iterableLimit: 10 })
    .replace(/^\[ (.*) \]$/, "[$1]");
}

function noName(use: string, value: unknown): TypeError {
  const wanted = use === "frame.column"
    ? `a column's name: frame.column("u")`
    : `a list of columns' names: frame.columns(["u", "i"])`;
  return new TypeError(
    `${use} takes ${wanted}, not ${show(value, { depth: 1, strAbbreviateSize: 40 })}`,
  );
}
