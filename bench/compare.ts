/** Whether two results are the same. */
import { type DuckDB, quoted } from "../tests/support/parquet/duckdb.ts";
import { rowsOf } from "./duckdb_peer.ts";
import type { Result } from "./peer.ts";

/** How far apart numbers may be: as a share of the value, in a file of the column's largest. */
const TOLERANCE = 1e-9;

/** How a result differs from what is expected; undefined where it doesn't. */
export async function difference(
  duckdb: DuckDB,
  found: Result,
  expected: Result,
): Promise<string | undefined> {
  if ("files" in found && "files" in expected) {
    return await fileDifference(duckdb, found.files, expected.files);
  }
  if ("rows" in found && "rows" in expected) return rowDifference(found.rows, expected.rows);
  return "one has written a file, the other has not";
}

function rowDifference(
  found: Record<string, unknown>[],
  expected: Record<string, unknown>[],
): string | undefined {
  if (found.length !== expected.length) return `${found.length} rows, not ${expected.length}`;
  for (const [index, row] of expected.entries()) {
    for (const [name, value] of Object.entries(row)) {
      const other = found[index]![name];
      if (!isClose(other, value)) return `${name} of row ${index} is ${other}, not ${value}`;
    }
  }
  return undefined;
}

function isClose(found: unknown, expected: unknown): boolean {
  if (typeof expected !== "number" || typeof found !== "number") return found === expected;
  return Math.abs(found - expected) <= TOLERANCE * Math.abs(expected);
}

async function fileDifference(
  duckdb: DuckDB,
  found: string[],
  expected: string[],
): Promise<string | undefined> {
  const [a, b] = [tableOf(found), tableOf(expected)];
  const [rows, expectedRows] = [await rowCount(duckdb, a), await rowCount(duckdb, b)];
  if (rows !== expectedRows) return `${rows} rows, not ${expectedRows}`;
  const columns = await columnsOf(duckdb, b);
  const names = (await columnsOf(duckdb, a)).map(({ name }) => name);
  if (names.join() !== columns.map(({ name }) => name).join()) {
    return `columns ${names}, not ${columns.map(({ name }) => name)}`;
  }
  for (const { name, type } of columns) {
    if (type === "VARCHAR") {
      const unlike = await unlikeTexts(duckdb, name, a, b);
      if (unlike > 0) return `${name} has ${unlike} other texts`;
      continue;
    }
    const number = (column: string) =>
      type.startsWith("TIMESTAMP") ? `epoch_us(${column})::double` : `${column}::double`;
    const [row] = await rowsOf(
      duckdb,
      `select max(abs(x - y)) as apart, max(abs(y)) as most, count(x) as there, count(y) as wanted
       from (select ${number(`"${name}"`)} as x from ${a})
       positional join (select ${number(`"${name}"`)} as y from ${b})`,
    ) as [{ apart: number; most: number; there: number; wanted: number }];
    if (row.there !== row.wanted) return `${name}: ${row.there} values, not ${row.wanted}`;
    // A time is the same or it is not; NaN is never close.
    const most = type.startsWith("TIMESTAMP") ? 0 : TOLERANCE * row.most;
    if (!(row.apart <= most)) return `${name} is up to ${row.apart} apart`;
  }
  return undefined;
}

async function unlikeTexts(duckdb: DuckDB, name: string, a: string, b: string): Promise<number> {
  const [row] = await rowsOf(
    duckdb,
    `select count(*) filter (x is distinct from y) as unlike from (select "${name}" as x from ${a})
     positional join (select "${name}" as y from ${b})`,
  );
  return Number(row!.unlike);
}

function tableOf(files: string[]): string {
  return `read_parquet([${files.map(quoted).join(", ")}])`;
}

async function rowCount(duckdb: DuckDB, table: string): Promise<number> {
  const [row] = await rowsOf(duckdb, `select count(*) as rows from ${table}`);
  return Number(row!.rows);
}

async function columnsOf(
  duckdb: DuckDB,
  table: string,
): Promise<{ name: string; type: string }[]> {
  const rows = await duckdb.plainRows(`describe select * from ${table}`);
  return rows.map(([name, type]) => ({ name: String(name), type: String(type) }));
}
