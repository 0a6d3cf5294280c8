import { DuckDB } from "./parquet/duckdb.ts";

/** A DuckDB for all tests of a file. */
export async function sharedDuckDB(): Promise<DuckDB> {
  const duckdb = await DuckDB.open();
  Deno.test.afterAll(() => duckdb[Symbol.dispose]());
  return duckdb;
}
