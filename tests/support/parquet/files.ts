import { DuckDBBlobValue, DuckDBDateValue, DuckDBTimestampValue } from "@duckdb/node-api";
import {
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampTZValue,
} from "@duckdb/node-api";
import { withClientErrors } from "../../../mod/dataset/client_errors.ts";
import { type OpenedFile, openParquet } from "../../../mod/parquet/read/parquet_file.ts";
import { type Partition, planPartitions } from "../../../mod/parquet/read/partition.ts";
import {
  type ColumnValues,
  readColumn,
  type ReadOptions,
} from "../../../mod/parquet/read/read_column.ts";
import { ParquetReader } from "../../../mod/parquet/read/parquet_reader.ts";

/** A Parquet file that is open for tests. */
export class OpenFile implements Disposable {
  readonly file: OpenedFile;
  readonly reader: ParquetReader;
  readonly partitions: Partition[];

  constructor(path: string) {
    this.file = withClientErrors(() => openParquet(path));
    this.partitions = planPartitions(this.file);
    this.reader = withClientErrors(() => new ParquetReader(this.file));
  }

  read(
    column: string,
    partition: Partition = this.partitions[0]!,
    int64: ReadOptions["int64"] = "bigint",
  ): ColumnValues {
    return withClientErrors(() => readColumn(this.reader, column, partition, { int64 }));
  }

  /** A column of the whole file with null where the validity says so. */
  column(name: string, int64: ReadOptions["int64"] = "bigint"): unknown[] {
    return this.partitions.flatMap((partition) => {
      const { values, validity } = this.read(name, partition, int64);
      return Array.from<unknown, unknown>(
        values,
        (value, row) => validity && !validity[row] ? null : value,
      );
    });
  }

  [Symbol.dispose](): void {
    this.reader[Symbol.dispose]();
  }
}

/** A partition of some rows of one row group. */
export function rowsOf(rowGroup: number, from: number, to: number): Partition {
  return { index: 0, rowStart: 0, rows: to - from, slices: [{ rowGroup, from, to }] };
}

/** What a value of DuckDB should be in a chunk: times become milliseconds, booleans 0 and 1. */
export function inChunk(value: unknown): unknown {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof DuckDBDateValue) return value.days * 86_400_000;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return Number(value.micros) / 1000;
  }
  if (value instanceof DuckDBTimestampMillisecondsValue) return Number(value.millis);
  if (value instanceof DuckDBTimestampNanosecondsValue) {
    const whole = value.nanos / 1_000_000n;
    return Number(whole) + Number(value.nanos - whole * 1_000_000n) / 1e6;
  }
  if (value instanceof DuckDBBlobValue) return new Uint8Array(value.bytes);
  return value;
}

/** Calls back with a folder that is removed afterwards. */
export async function inFolder(test: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Pseudorandom numbers from 0 up to 1, the same every time. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** Some of a list, or all where there are no more; at random, in their order. */
export function sampleOf<T>(list: readonly T[], count: number, random: () => number): T[] {
  let wanted = Math.min(count, list.length);
  return list.filter((_, index) => {
    const taken = random() * (list.length - index) < wanted;
    if (taken) wanted--;
    return taken;
  });
}

/**
 * Places from 0 to below a length, spread evenly: each comes once before any comes again.
 *
 * @param start Where the first is, from 0 up to 1.
 */
export function* spreadPlaces(length: number, count: number, start: number): Generator<number> {
  let step = Math.max(1, Math.round(length * 0.618));
  while (greatestDivisor(step, length) > 1) step++;
  let at = Math.floor(start * length);
  for (let k = 0; k < count; k++, at = (at + step) % length) yield at;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
