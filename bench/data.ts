/** The data: made once by DuckDB, the same for the same number of rows. */
import { join } from "@std/path";
import { type DuckDB, quoted } from "../tests/support/parquet/duckdb.ts";

/** Microseconds since 1970 of the first row. */
export const START_MICROSECONDS = Date.UTC(2024, 4, 1) * 1000;

/** A file of the data; each holds the same values. */
export type DataFile = keyof typeof FILES;

/** Columns, codec and rows of a row group. */
const FILES = {
  series: { columns: "*", codec: "snappy", rowGroup: 1_048_576 },
  small_groups: { columns: "*", codec: "snappy", rowGroup: 122_880 },
  zstd: { columns: "u", codec: "zstd", rowGroup: 1_048_576 },
  gzip: { columns: "u", codec: "gzip", rowGroup: 1_048_576 },
} as const;

/** A number from -0.5 to 0.5 that depends on the row `k` alone. */
const noise = (seed: number) => `(hash(k, ${seed}) / 18446744073709551616.0 - 0.5)`;

/** Mains at 1000 values a second: phases drift, values are noisy. No column has nulls. */
const COLUMNS = [
  `make_timestamp(${START_MICROSECONDS} + 1000 * k) as time`,
  `1.5 + 325 * sin(0.3142 * k) + 4 * ${noise(1)} as u`,
  `0.1 + 14.2 * sin(0.3142 * k - 0.31) + 0.4 * ${noise(2)} as i`,
  `50.006 + 0.02 * sin(k / 60000.0) + 0.004 * ${noise(3)} as f`,
  `(1000000 + 900000 * sin(k / 5000.0) + 5000 * ${noise(4)})::integer as n32`,
  `(1000 * k + hash(k, 5) % 1000)::bigint as n64`,
  `'pump ' || (1 + hash(k, 6) % 20) as unit`,
];

/** The folder of the data of so many rows. Formulas and results lie there, too. */
export function folderOf(cache: string, rows: number): string {
  return join(cache, `rows_${rows}`);
}

/** The path of a data file. */
export function pathOf(cache: string, rows: number, file: DataFile): string {
  return join(folderOf(cache, rows), `${file}.parquet`);
}

/** Makes a data file where it is not there yet, and says so. */
export async function makeData(
  duckdb: DuckDB,
  cache: string,
  rows: number,
  file: DataFile,
): Promise<void> {
  const { columns, codec, rowGroup } = FILES[file];
  const folder = folderOf(cache, rows);
  const path = pathOf(cache, rows, file);
  const query = `select ${columns} from (select ${COLUMNS.join(", ")} from range(${rows}) r(k))`;
  const options = `(format parquet, compression ${codec}, row_group_size ${rowGroup})`;
  // How the file was made lies beside it, so that an older one is not taken for this.
  const recipe = `${path}.sql`;
  if (await textOf(recipe) === `${query} ${options}\n`) return;
  console.error(`making ${rows.toLocaleString("en")} rows: ${file}.parquet`);
  await Deno.mkdir(folder, { recursive: true });
  await duckdb.run(`copy (${query}) to ${quoted(path)} ${options}`);
  await Deno.writeTextFile(recipe, `${query} ${options}\n`);
}

/** The text of a file; undefined where it is not there. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
