/** DuckDB, in this process, with two threads. */
import { type DuckDB, quoted } from "../tests/support/parquet/duckdb.ts";
import { tableOf } from "./data.ts";
import type { Doer, Result } from "./peer.ts";
import type { Work } from "./work.ts";

/** Does works in SQL. */
export function duckdbPeer(duckdb: DuckDB): Doer {
  return {
    async run({ sql, written, folders }, { input, beside, output }) {
      const query = sql!(tableOf(input), beside && tableOf(beside));
      const started = performance.now();
      if (folders) {
        await duckdb.run(
          `copy (${query}) to ${quoted(output)} (format parquet, compression snappy,
             partition_by (${folders.column}))`,
        );
        const seconds = (performance.now() - started) / 1000;
        return { seconds, result: await checkOfFolders(duckdb, folders, output) };
      }
      if (written) {
        await duckdb.run(
          `copy (${query}) to ${quoted(output)} (format parquet, compression snappy)`,
        );
        return { seconds: (performance.now() - started) / 1000, result: { files: [output] } };
      }
      const rows = await rowsOf(duckdb, query);
      return { seconds: (performance.now() - started) / 1000, result: { rows } };
    },
  };
}

/** What is in the folders of a result. */
export async function checkOfFolders(
  duckdb: DuckDB,
  { check }: NonNullable<Work["folders"]>,
  folder: string,
): Promise<Result> {
  const files = quoted(`${folder}/**/*.parquet`);
  const rows = await rowsOf(duckdb, check(`read_parquet(${files}, hive_partitioning = true)`));
  return { rows };
}

/** A query's rows as records; integers of any width are numbers. */
export async function rowsOf(duckdb: DuckDB, query: string): Promise<Record<string, unknown>[]> {
  const rows = await duckdb.plainRows(`select r from (${query}) r`) as [Record<string, unknown>][];
  const plain = (value: unknown) => typeof value === "bigint" ? Number(value) : value;
  return rows.map(([row]) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]))
  );
}
