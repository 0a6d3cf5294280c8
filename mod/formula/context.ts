import type { Dataset, DatasetPartition } from "../dataset/dataset.ts";
import {
  type ChunkFile,
  columnMetadata,
  type DataFile,
  type DataFiles,
  withHidden,
} from "./data_files.ts";
import { type BoundJoin, sourceOf } from "../dataset/joins/bind.ts";
import type { InputTables } from "./input_tables.ts";
import type { Selected } from "../dataset/select.ts";
import type { Extent } from "./pieces.ts";

/** A column of the dataset. */
export interface ColumnDescription {
  name: string;
  kind: string;
  type: string;
  nullable: boolean;
  /** Keys and values that the first file with this column has for it; read when they are looked at. */
  readonly metadata: Readonly<Record<string, string>>;
}

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
  schema: readonly ColumnDescription[];
  /** The file that all rows of the chunk are from; in `main` and `aggregate` the only one. Reading it throws where there are several. */
  readonly file: DataFile | null;
  /** The files that rows of the chunk are from; in `main` and `aggregate` all files. */
  readonly files: readonly (DataFile | ChunkFile)[];
  /** A further table of the request, whole: its columns by name. */
  input: (name: string) => Record<string, unknown>;
  /** Adds a line to the job's log. */
  log: (...values: unknown[]) => void;
}

/** The part of a context that differs from call to call. */
export type Place = Pick<
  FormulaContext,
  "partition" | "partitions" | "rowStart" | "rows" | "before" | "after"
>;

/** What the function that gives a formula's filter is told: which rows there will be is not known yet. */
export type FilterContext = Pick<FormulaContext, "params" | "schema" | "input" | "log">;

/** Makes contexts of one dataset; what they share is frozen, so that calls can't talk through it. */
export class ContextMaker {
  readonly #shared: FilterContext;
  readonly #files: DataFiles;

  constructor(
    dataset: Dataset,
    files: DataFiles,
    inputs: InputTables,
    joins: readonly BoundJoin[],
    params: unknown,
    log: FormulaContext["log"],
  ) {
    this.#files = files;
    const schema = dataset.columns.map(({ name, kind, type, nullable }) => {
      const column = { name, kind, type, nullable };
      return Object.freeze(
        withHidden(column, {
          metadata: () => {
            const source = sourceOf(dataset, joins, name);
            return columnMetadata(source.dataset, source.name);
          },
        }),
      );
    });
    this.#shared = {
      params: deepFreeze(params),
      schema: Object.freeze(schema),
      input: Object.freeze((name: string) => inputs.whole(name, "context.input")),
      log: Object.freeze(log),
    };
  }

  /** For the function that gives the filter. */
  ofFilter(): FilterContext {
    return { ...this.#shared };
  }

  /**
   * For a call on one partition.
   *
   * @param chosen The rows of it that the chunk has, with those of its neighbours.
   */
  ofPartition(
    place: Place,
    { partition: rows, selection }: Selected,
    partition: DatasetPartition,
  ): FormulaContext {
    return withFiles(
      { ...this.#shared, ...place },
      "the chunk has rows",
      () => this.#files.ofChunk(rows, selection),
      () => this.#files.ofPlace(partition),
    );
  }

  /** For a call on the whole dataset. */
  ofDataset({ rows, partitions }: Extent): FormulaContext {
    const place = { partition: 0, partitions, rowStart: 0, rows, before: 0, after: 0 };
    const context = { ...this.#shared, ...place };
    return withFiles(context, "the data is", () => this.#files.all, () => null);
  }
}

/** Adds files to a context: they are put together when they are asked for. */
function withFiles(
  context: FilterContext & Place,
  what: string,
  files: () => readonly DataFile[],
  none: () => DataFile | null,
): FormulaContext {
  let found: readonly DataFile[] | null = null;
  const all = () => found ??= files();
  const file = () => {
    if (all().length > 1) {
      throw new TypeError(
        `context.file: ${what} of ${all().length} files; context.files tells which they are`,
      );
    }
    return all()[0] ?? none();
  };
  return withHidden<FilterContext & Place, Pick<FormulaContext, "file" | "files">>(context, {
    file,
    files: all,
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
