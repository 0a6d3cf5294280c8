/** The files of the data as a formula is told of them. */
import type { Dataset, DatasetFile, DatasetPartition } from "../dataset/dataset.ts";
import { metadataOf } from "../dataset/file_metadata.ts";
import { lowerBound } from "../dataset/lower_bound.ts";
import type { KeyValues } from "../parquet/format/key_values.ts";

/** A file of the data. */
export interface DataFile {
  /** From the folder on that holds all files. */
  name: string;
  index: number;
  /** Its first row in the dataset, and its number of rows, whatever a filter lets through. */
  rowStart: number;
  rows: number;
  /** What the names of its folders say, as text. */
  folders: Readonly<Record<string, string | null>>;
  /** Keys and values in its footer; read when it is looked at. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The same of one of its columns. */
  columnMetadata: (column: string) => Readonly<Record<string, string>>;
}

/** A file that rows of a chunk are from: those from `from` up to `to`, not included. */
export interface ChunkFile extends DataFile {
  from: number;
  to: number;
}

/** The files of a dataset, told alike to all calls. */
export class DataFiles {
  readonly #dataset: Dataset;
  readonly #told: DataFile[] = [];
  /** Of the folders, not of what else stands as a column beside them. */
  readonly #hidden: string | null;

  /** @param fileColumn The column that has the files' names, if any. */
  constructor(dataset: Dataset, fileColumn: string | null) {
    this.#dataset = dataset;
    this.#hidden = fileColumn;
  }

  /** All files. */
  get all(): readonly DataFile[] {
    return Object.freeze(this.#dataset.files.map((_, index) => this.#file(index)));
  }

  /** Those that rows of a chunk are from, in their order. @param selection Rows of the partition that the chunk has. */
  ofChunk({ parts }: DatasetPartition, selection: Int32Array | null): readonly ChunkFile[] {
    const found: { index: number; from: number; to: number }[] = [];
    let rows = 0, from = 0;
    for (const { file: index, partition } of parts) {
      rows += partition.rows;
      const to = selection ? lowerBound(selection, rows) : rows;
      const last = found.at(-1);
      if (last?.index === index) last.to = to;
      else if (to > from) found.push({ index, from, to });
      from = to;
    }
    return Object.freeze(
      found.map(({ index, from, to }) =>
        Object.freeze(Object.defineProperties({ from, to }, this.#properties(index)) as ChunkFile)
      ),
    );
  }

  /** The file of a chunk without rows: that in which its place is. */
  ofPlace({ parts }: DatasetPartition): DataFile | null {
    const index = parts[0]?.file ?? 0;
    return this.#dataset.files[index] ? this.#file(index) : null;
  }

  #file(index: number): DataFile {
    return this.#told[index] ??= told(this.#dataset.files[index]!, index, this.#hidden);
  }

  #properties(index: number): PropertyDescriptorMap {
    return Object.getOwnPropertyDescriptors(this.#file(index));
  }
}

function told(file: DatasetFile, index: number, hidden: string | null): DataFile {
  const { name, rowStart, rows } = file;
  const folders = Object.entries(file.hive).filter(([key]) => key !== hidden);
  const columnMetadata = Object.freeze((column: string) =>
    recordOf(metadataOf(file).column(column))
  );
  const shown = { name, index, rowStart, rows, folders: record(folders) };
  return Object.freeze(
    withHidden(shown, {
      metadata: () => recordOf(metadataOf(file).file),
      columnMetadata: () => columnMetadata,
    }),
  );
}

/** Adds members that are made when they are asked for, and are out of sight of those who list or copy an object. */
export function withHidden<T extends object, M extends object>(
  object: T,
  members: { [Name in keyof M]: () => M[Name] },
): T & M {
  for (const name of Object.keys(members) as (keyof M)[]) {
    Object.defineProperty(object, name, { get: Object.freeze(members[name]) });
  }
  return object as T & M;
}

/** Metadata of a column in the first file that has it. */
export function columnMetadata({ files }: Dataset, name: string): Readonly<Record<string, string>> {
  const file = files.find(({ columns }) => columns.some((column) => column.name === name));
  return recordOf(file ? metadataOf(file).column(name) : new Map());
}

function recordOf(pairs: KeyValues): Readonly<Record<string, string>> {
  return record([...pairs]);
}

/** A record without a prototype: keys are anybody's. */
function record<T>(pairs: [string, T][]): Readonly<Record<string, T>> {
  const made: Record<string, T> = Object.create(null);
  for (const [key, value] of pairs) made[key] = value;
  return Object.freeze(made);
}
