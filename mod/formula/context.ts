import type { Column } from "../parquet/format/column.ts";
import type { Extent } from "./pieces.ts";

/** What a formula is told about the piece of the dataset that it is given. */
export interface FormulaContext {
  /** From the request. */
  params: unknown;
  /** Index of this partition, from 0; 0 in `main` and `aggregate`. */
  partition: number;
  /** Number of partitions. */
  partitions: number;
  /** Index of the partition's first row in the dataset. */
  rowStart: number;
  /** Rows of the partition, without its halo; of the dataset in `main` and `aggregate`. */
  rows: number;
  /** Rows of the neighbours that stand before and after the partition's in the chunk. */
  before: number;
  after: number;
  schema: { name: string; kind: string; type: string; nullable: boolean }[];
  /** Adds a line to the job's log. */
  log: (...values: unknown[]) => void;
}

/** The part of a context that differs from call to call. */
export type Place = Pick<
  FormulaContext,
  "partition" | "partitions" | "rowStart" | "rows" | "before" | "after"
>;

/** What the function that gives a formula's filter is told: which rows there will be is not known yet. */
export type FilterContext = Pick<FormulaContext, "params" | "schema" | "log">;

/** Makes contexts of one dataset; what they share is frozen, so that calls can't talk through it. */
export class ContextMaker {
  readonly #shared: FilterContext;

  constructor(columns: Column[], params: unknown, log: FormulaContext["log"]) {
    const schema = columns.map(({ name, kind, type, nullable }) =>
      Object.freeze({ name, kind, type, nullable })
    );
    this.#shared = {
      params: deepFreeze(params),
      schema: Object.freeze(schema) as FormulaContext["schema"],
      log: Object.freeze(log),
    };
  }

  /** For the function that gives the filter. */
  ofFilter(): FilterContext {
    return { ...this.#shared };
  }

  /** For a call on one partition. */
  ofPartition(place: Place): FormulaContext {
    return { ...this.#shared, ...place };
  }

  /** For a call on the whole dataset. */
  ofDataset({ rows, partitions }: Extent): FormulaContext {
    return {
      ...this.#shared,
      partition: 0,
      partitions,
      rowStart: 0,
      rows,
      before: 0,
      after: 0,
    };
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
