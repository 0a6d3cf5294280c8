/** The data: made once by DuckDB, the same for the same number of rows. */
import { dirname, join } from "@std/path";
import { type DuckDB, quoted } from "../tests/support/parquet/duckdb.ts";

/** Microseconds since 1970 of the first row. */
export const START_MICROSECONDS = Date.UTC(2024, 4, 1) * 1000;

/** What is measured on: a file, or a folder of files. */
export type DataFile = keyof typeof FILES;

/** How data is made. */
interface Recipe {
  /** Columns in SQL, by the number `k` of the row. */
  columns: string;
  codec: "snappy" | "zstd" | "gzip";
  rowGroup: number;
  /** A row for so many of the other files' rows; 1 where it is absent. */
  every?: number;
  /** For a folder: rows of a file, and its path by its number. */
  split?: { rows: number; path: (file: number) => string };
}

/** A number from -0.5 to 0.5 that depends on the row `k` alone. */
const noise = (seed: number | string) => `(hash(k, ${seed}) / 18446744073709551616.0 - 0.5)`;

/** Mains at 1000 values a second: phases drift, values are noisy. No column has nulls. */
const SERIES_COLUMNS = [
  `make_timestamp(${START_MICROSECONDS} + 1000 * k) as time`,
  `1.5 + 325 * sin(0.3142 * k) + 4 * ${noise(1)} as u`,
  `0.1 + 14.2 * sin(0.3142 * k - 0.31) + 0.4 * ${noise(2)} as i`,
  `50.006 + 0.02 * sin(k / 60000.0) + 0.004 * ${noise(3)} as f`,
  `(1000000 + 900000 * sin(k / 5000.0) + 5000 * ${noise(4)})::integer as n32`,
  `(1000 * k + hash(k, 5) % 1000)::bigint as n64`,
  `'pump ' || (1 + hash(k, 6) % 20) as unit`,
];
const SERIES = SERIES_COLUMNS.join(", "), [TIME, VOLTAGE] = SERIES_COLUMNS as [string, string];

/** A hundred values a second, of one of 16 units each: 10 million of them are 28 hours. */
const HOURS = [
  `make_timestamp(${START_MICROSECONDS} + 10000 * k) as time`,
  VOLTAGE,
  `'pump ' || (1 + hash(k, 6) % 16) as unit`,
].join(", ");

/** A value every ten seconds: 10 million of them are three years and two months. */
const YEARS = [
  `(make_timestamp(${START_MICROSECONDS} + 10000000 * k) at time zone 'UTC') as time`,
  VOLTAGE,
].join(", ");
/** Twenty values a minute, of one of 16 units each: 10 million of them are a year. */
const YEAR = HOURS.replace("10000 * k", "3153600 * k");

/** The mains of a hundred units. */
const UNITS = [TIME, VOLTAGE, `'unit ' || (1 + hash(k, 6) % 100) as unit`].join(", ");

/** A hundred values a second, between those of the mains. */
const SLOW = [
  `make_timestamp(${START_MICROSECONDS} + 10000 * k + 137) as time`,
  `1 + ${noise(11)} as v`,
].join(", ");

/** Keys of many groups: a million integers and texts, 400 by 400 pairs. */
const KEYS = [
  "(hash(k, 7) % 1000000)::bigint as n",
  "'part ' || (hash(k, 7) % 1000000) as part",
  "(hash(k, 8) % 400)::integer as line",
  "(hash(hash(k, 9)) % 400)::integer as station",
  `325 * ${noise(1)} as u`,
].join(", ");

/** Texts with a number in them. */
const TEXTS = "'sensor ' || (hash(k, 10) % 50000) || ' of hall ' || (k % 7) as label";

function wide(count: number): string {
  return Array.from({ length: count }, (_, c) => `${c} + ${noise(100 + c)} as c${c}`).join(", ");
}

/** Small integers that compress well: what is looked at are the many column chunks. */
function narrow(count: number): string {
  return Array.from({ length: count }, (_, c) => `((k + ${c}) & 15)::integer as c${c}`).join(", ");
}

/** Rows of row groups; DuckDB makes none of fewer than the last. */
const LARGE = 1_048_576, USUAL = 122_880, LEAST = 2048;

/** Files by their names; a name without an ending is a folder. */
const FILES = {
  series: { columns: SERIES, codec: "snappy", rowGroup: LARGE },
  small_groups: { columns: SERIES, codec: "snappy", rowGroup: USUAL },
  zstd: { columns: VOLTAGE, codec: "zstd", rowGroup: LARGE },
  gzip: { columns: VOLTAGE, codec: "gzip", rowGroup: LARGE },
  hours: { columns: HOURS, codec: "snappy", rowGroup: LARGE },
  years: { columns: YEARS, codec: "snappy", rowGroup: LARGE },
  hundred: { columns: UNITS, codec: "snappy", rowGroup: LARGE },
  year: { columns: YEAR, codec: "snappy", rowGroup: USUAL },
  slow: { columns: SLOW, codec: "snappy", rowGroup: USUAL, every: 10 },
  keys: { columns: KEYS, codec: "snappy", rowGroup: LARGE },
  texts: { columns: TEXTS, codec: "snappy", rowGroup: LARGE },
  sensors: { columns: `${TIME}, ${wide(12)}`, codec: "snappy", rowGroup: USUAL },
  wide: { columns: wide(500), codec: "snappy", rowGroup: USUAL },
  very_wide: { columns: narrow(10_000), codec: "snappy", rowGroup: LEAST },
  deep: { columns: narrow(5000), codec: "snappy", rowGroup: LEAST },
  files: {
    columns: SERIES,
    codec: "snappy",
    rowGroup: LARGE,
    split: { rows: 10_000, path: (file) => `${String(file).padStart(5, "0")}.parquet` },
  },
  clients: {
    columns: SERIES,
    codec: "snappy",
    rowGroup: LARGE,
    split: { rows: 1_000_000, path: (file) => `${file}.parquet` },
  },
  hive: {
    columns: SERIES,
    codec: "snappy",
    rowGroup: LARGE,
    split: { rows: 20_000, path: (file) => `machine=${file}/data.parquet` },
  },
} as const satisfies Record<string, Recipe>;

/** The folder of the data of so many rows. Formulas and results lie there, too. */
export function folderOf(cache: string, rows: number): string {
  return join(cache, `rows_${rows}`);
}

/** The path of a data file, or of a folder of files. */
export function pathOf(cache: string, rows: number, file: DataFile): string {
  return join(folderOf(cache, rows), "split" in FILES[file] ? file : `${file}.parquet`);
}

/** Data as a table in SQL. */
export function tableOf(path: string): string {
  if (path.endsWith(".parquet")) return quoted(path);
  return `read_parquet(${quoted(join(path, "**", "*.parquet"))}, hive_partitioning = true)`;
}

/** Makes data where it is not there yet, and says so. */
export async function makeData(
  duckdb: DuckDB,
  cache: string,
  rowsOfOthers: number,
  file: DataFile,
): Promise<void> {
  const { columns, codec, rowGroup, every = 1, split }: Recipe = FILES[file];
  const rows = Math.ceil(rowsOfOthers / every);
  const path = pathOf(cache, rowsOfOthers, file);
  const options = `(format parquet, compression ${codec}, row_group_size ${rowGroup})`;
  // How the data was made lies beside it, so that an older one is not taken for this.
  const recipe = `${path}.sql`, text = `${columns} ${options} ${split?.rows ?? rows} ${rows}\n`;
  if (await textOf(recipe) === text) return;
  console.error(`making ${rows.toLocaleString("en")} rows: ${file}`);
  await Deno.mkdir(folderOf(cache, rowsOfOthers), { recursive: true });
  const each = split?.rows ?? rows;
  for (let from = 0, number = 0; from < rows; from += each, number++) {
    const to = Math.min(rows, from + each);
    const target = split ? join(path, split.path(number)) : path;
    if (split) await Deno.mkdir(dirname(target), { recursive: true });
    const query = `select ${columns} from range(${from}, ${to}) r(k)`;
    await duckdb.run(`copy (${query}) to ${quoted(target)} ${options}`);
  }
  await Deno.writeTextFile(recipe, text);
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
