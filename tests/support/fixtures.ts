/** Data and formulas for tests of jobs. */
import { join } from "@std/path";
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { Reply, RunningServer } from "./harness.ts";

/** The columns of the sample, as plain arrays for an independent computation of what a job must give. */
export interface Sample {
  rows: number;
  u: Float64Array;
  i: Float64Array;
  unit: string[];
  n: number[];
}

/**
 * Writes `time_series.parquet`: hourly `time`, `u` and `i` doubles, `unit` strings, `n` integers; written
 * by hyparquet-writer, which the service doesn't read with.
 */
export async function writeSample(
  folder: string,
  rows: number,
  rowGroupSize = 100_000,
  name = "time_series.parquet",
): Promise<Sample> {
  const u = new Float64Array(rows);
  const i = new Float64Array(rows);
  const unit = new Array<string>(rows);
  const n = new Array<number>(rows);
  for (let row = 0; row < rows; row++) {
    u[row] = 230 * Math.sin(row * 0.0173);
    i[row] = 10 * Math.cos(row * 0.0091) + row / 1e6;
    unit[row] = `unit ${row % 7}`;
    n[row] = row;
  }
  const time = Array.from({ length: rows }, (_, row) => new Date(Date.UTC(2024, 0, 1, row)));
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "time", data: time, type: "TIMESTAMP" },
      { name: "u", data: u, type: "DOUBLE" },
      { name: "i", data: i, type: "DOUBLE" },
      { name: "unit", data: unit, type: "STRING" },
      { name: "n", data: n, type: "INT32" },
    ],
    rowGroupSize,
  });
  await Deno.writeFile(join(folder, name), new Uint8Array(buffer));
  return { rows, u, i, unit, n };
}

/** The rows of a Parquet file as objects, read by hyparquet. */
export async function readRows(path: string): Promise<Record<string, unknown>[]> {
  const file = (await Deno.readFile(path)).buffer;
  return await parquetReadObjects({ file }) as Record<string, unknown>[];
}

/** One column of a Parquet file, read by hyparquet. */
export async function readColumn(path: string, column: string): Promise<unknown[]> {
  const file = (await Deno.readFile(path)).buffer;
  const rows = await parquetReadObjects({ file, columns: [column] }) as Record<string, unknown>[];
  return rows.map((row) => row[column]);
}

/** Rows of each row group of a Parquet file. */
export async function rowGroups(path: string): Promise<number[]> {
  const { row_groups } = await parquetMetadataAsync((await Deno.readFile(path)).buffer);
  return row_groups.map((group) => Number(group.num_rows));
}

/** Writes a formula and runs it as a job on `time_series.parquet`. */
export async function runFormula(
  server: RunningServer,
  folder: string,
  text: string,
  fields: Record<string, unknown> = {},
): Promise<Reply> {
  const { File: file = "work.ts" } = fields;
  await Deno.writeTextFile(join(folder, String(file)), text);
  return await server.request(job(folder, { File: file, ...fields }));
}

/** A job request. */
export function job(folder: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    Header: "Dask",
    Request: { Directory: folder, Base: "time_series.parquet", File: "work.ts", ...fields },
  };
}

/** The names of what lies in a folder, hidden files too, sorted. */
export function listing(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}
