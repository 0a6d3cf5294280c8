import type { Column } from "../parquet/schema.ts";
import type { Partition } from "../parquet/partition.ts";

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
  /** Rows of the partition; of the dataset in `main` and `aggregate`. */
  rows: number;
  schema: { name: string; kind: string; type: string; nullable: boolean }[];
  /** Adds a line to the job's log. */
  log: (...values: unknown[]) => void;
}

/** Makes contexts of one dataset; `params` and `schema` are frozen, so that calls can't talk through them. */
export class ContextMaker {
  readonly #shared: Pick<FormulaContext, "params" | "partitions" | "schema" | "log">;
  readonly #rows: number;

  constructor(
    columns: Column[],
    partitions: number,
    rows: number,
    params: unknown,
    log: FormulaContext["log"],
  ) {
    const schema = columns.map(({ name, kind, type, nullable }) => ({
      name,
      kind,
      type,
      nullable,
    }));
    this.#rows = rows;
    this.#shared = { params: deepFreeze(params), partitions, schema: deepFreeze(schema), log };
  }

  /** For a call on one partition. */
  ofPartition({ index, rowStart, rows }: Partition): FormulaContext {
    return { ...this.#shared, partition: index, rowStart, rows };
  }

  /** For a call on the whole dataset. */
  ofDataset(): FormulaContext {
    return { ...this.#shared, partition: 0, rowStart: 0, rows: this.#rows };
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
