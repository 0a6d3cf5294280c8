/** What is measured: each work as every peer is told it, and what it must reach. */
import { type DataFile, START_MICROSECONDS } from "./data.ts";

/** What this project is compared with. */
export type PeerName = "DuckDB" | "Polars" | "Dask" | "hyparquet" | "numpy";

/** One work, done by this project and by its peers. */
export interface Work {
  /** As `--only` has it. */
  name: string;
  title: string;
  /** The formula's file in bench/formulas/, without its ending; the Python peers' name of the work. */
  formula: string;
  data: DataFile;
  /** Rows where they are not those of the run. */
  rows?: number;
  /** Columns that the work reads. */
  columns: readonly string[];
  /** Handed to the formula. */
  params?: Readonly<Record<string, string | readonly string[]>>;
  /** What is unlike the others: from nothing to the reply, or a client for each file, all at once. */
  way?: "cold" | "clients";
  /** Whether the result is rows written to a Parquet file, or rows in memory. */
  written?: true;
  /** The work in SQL; `data` stands for the table. */
  sql?: (data: string) => string;
  /** The same as Polars wants it, where that is not `sql`; null where it can't do the work in SQL. */
  polars?: ((data: string) => string) | null;
  peers: readonly PeerName[];
  /** The most that the time may be, as a share of a peer's; the first is the one to measure against. */
  mustReach: Readonly<Partial<Record<PeerName, number>>>;
}

const TABLES: readonly PeerName[] = ["DuckDB", "Polars", "Dask", "hyparquet"];
/** Those that take the work in SQL. */
const SQL: readonly PeerName[] = ["DuckDB", "Polars"];

const LOOP = "the same by a loop in the formula";

/** A row for each of twelve sensors. */
const SENSOR_ROWS = `unnest([${each(12, (c) => `'c${c}'`, ", ")}]) as sensor,
  unnest([${each(12, (c) => `c${c}`, ", ")}]) as value`;

/** The works, in the order of the table. */
export const WORKS: readonly Work[] = [
  statistics("statistics", "mean, std, min, max of one double", "statistics"),
  statistics("statistics-loop", LOOP, "statistics_loop"),
  sum("sum-double", "sum of a double", "series", "u", 1.3),
  { ...sum("sum-double-loop", LOOP, "series", "u", 1.3), formula: "sum_loop" },
  sum("sum-int32", "sum of an int32", "series", "n32", 1.3),
  { ...sum("sum-int32-loop", LOOP, "series", "n32", 1.3), formula: "sum_loop" },
  sum("sum-int64", "sum of an int64", "series", "n64", 1.3),
  {
    name: "sum-timestamp",
    title: "sum of a timestamp",
    formula: "elapsed",
    data: "series",
    columns: ["time"],
    sql: (data) => `select sum(epoch_us(time) - ${START_MICROSECONDS}) / 1000 as sum from ${data}`,
    peers: TABLES,
    mustReach: { DuckDB: 1.3 },
  },
  {
    name: "derived",
    title: "two columns derived of two, written",
    formula: "derived",
    data: "series",
    columns: ["u", "i"],
    written: true,
    sql: (data) => `select u * i as power, sqrt(u * u + i * i) as magnitude from ${data}`,
    peers: TABLES,
    mustReach: { DuckDB: 0.55, Dask: 0.2 },
  },
  {
    name: "derived-time",
    title: "the same, the time carried along",
    formula: "derived_time",
    data: "series",
    columns: ["u", "i", "time"],
    written: true,
    sql: (data) => `select time, u * i as power, sqrt(u * u + i * i) as magnitude from ${data}`,
    peers: TABLES,
    mustReach: { DuckDB: 0.5 },
  },
  {
    name: "rolling",
    title: "rolling mean of 1000 rows, written",
    formula: "rolling",
    data: "series",
    columns: ["u"],
    written: true,
    // Without `order by` the rows come as they lie in the file, and nothing has to be sorted.
    sql: (data) =>
      `select avg(u) over (rows between 999 preceding and current row) as mean from ${data}`,
    peers: TABLES,
    mustReach: { DuckDB: 0.2 },
  },
  units("units", "mean per unit", "series", { DuckDB: 1, Dask: 0.2 }),
  units("units-small", "mean per unit, row groups of 122,880", "small_groups", { DuckDB: 1.3 }),
  spectrum(2 ** 20, 1),
  spectrum(2 ** 22, 1),
  spectrum(1_000_000, 3),
  sum("sum-zstd", "sum of a double in zstd", "zstd", "u", 2.2),
  sum("sum-gzip", "sum of a double in gzip", "gzip", "u", 1.4),
  inSql("wide", "500 columns × 200,000: sum of all of them", "wide_sum", "wide", names(500), 1, {
    rows: 200_000,
    sql: (data) => `select ${each(500, (c) => `sum(c${c})`, " + ")} as sum from ${data}`,
  }),
  inSql(
    "wide-products",
    "500 columns × 200,000: 50 products of two, written",
    "wide_products",
    "wide",
    [...names(50), ...names(50, 100)],
    0.8,
    {
      rows: 200_000,
      written: true,
      sql: (data) => `select ${each(50, (c) => `c${c} * c${c + 100} as p${c}`, ", ")} from ${data}`,
    },
  ),
  threeSums("very-wide", "10,000 columns × 20 row groups (footer 16 MB)", "very_wide", 40_960, [
    "c17",
    "c5000",
    "c9999",
  ]),
  threeSums("deep", "5,000 columns × 200 row groups (footer 79 MB)", "deep", 409_600, [
    "c17",
    "c2500",
    "c4999",
  ]),
  inSql("files", "1,000 files × 10,000 rows: sum of a double", "sum", "files", ["u"], 1, {
    params: { column: "u" },
    sql: (data) => `select sum(u) as sum from ${data}`,
  }),
  inSql(
    "files-units",
    "1,000 files × 10,000 rows: mean per unit",
    "units",
    "files",
    ["unit", "u"],
    1,
    { sql: (data) => `select unit, avg(u) as mean_u from ${data} group by unit order by unit` },
  ),
  inSql("hive", "400 folders × 20,000 rows: mean per folder", "machines", "hive", ["u"], 1.2, {
    rows: 8_000_000,
    sql: (data) =>
      `select machine, avg(u) as mean_u from ${data} group by machine order by machine`,
  }),
  byKeys("groups-integers", "mean and count by a million integers", ["n"]),
  byKeys("groups-texts", "mean and count by a million texts", ["part"]),
  {
    ...byKeys("groups-pairs", "5 M rows: mean and count by 400 × 400 keys", ["line", "station"]),
    rows: 5_000_000,
  },
  inSql(
    "seven",
    "seven figures of two columns per unit",
    "seven",
    "series",
    ["unit", "u", "i"],
    0.8,
    { sql: (data) => seven(data, "stddev_samp"), polars: (data) => seven(data, "stddev") },
  ),
  inSql(
    "resample",
    "mean, min, max of each of 100,000 seconds",
    "seconds",
    "hours",
    ["time", "u"],
    0.8,
    {
      written: true,
      sql: (data) =>
        `select date_trunc('second', time) as time, avg(u) as mean_u, min(u) as min_u,
         max(u) as max_u from ${data} group by 1 order by 1`,
      polars: null,
    },
  ),
  inSql(
    "time-filter",
    "ten minutes of 28 hours by a filter: sum",
    "ten_minutes",
    "hours",
    ["time", "u"],
    1.5,
    {
      sql: (data) =>
        `select coalesce(sum(u), 0) as sum from ${data}
         where time >= timestamp '2024-05-01 01:00:00' and time < timestamp '2024-05-01 01:10:00'`,
      polars: null,
    },
  ),
  inSql(
    "text-filter",
    "two of 16 texts by a filter: sum",
    "two_units",
    "hours",
    ["unit", "u"],
    1.5,
    { sql: (data) => `select sum(u) as sum from ${data} where unit in ('pump 3', 'pump 7')` },
  ),
  inSql(
    "texts",
    "2 M texts: a part of each in upper case, and a number, written",
    "labels",
    "texts",
    ["label"],
    2,
    {
      rows: 2_000_000,
      written: true,
      sql: (data) =>
        `select upper(label[1:6]) as kind, length(label)::integer as size from ${data}`,
      polars: null,
    },
  ),
  inSql("long", "1 M rows × 12 sensors to 12 M rows, written", "long", "sensors", names(12), 1, {
    rows: 1_000_000,
    written: true,
    sql: (data) =>
      `select unnest([${each(12, (c) => `${c}`, ", ")}])::integer as number,
       ${SENSOR_ROWS} from ${data}`,
    polars: null,
  }),
  inSql(
    "long-time",
    "the same, the time beside each value",
    "long_time",
    "sensors",
    ["time", ...names(12)],
    1,
    {
      rows: 1_000_000,
      written: true,
      sql: (data) => `select time, ${SENSOR_ROWS} from ${data}`,
      polars: null,
    },
  ),
  {
    ...sum("cold", "sum of a double, from nothing to the reply: `run`, Python", "series", "u", 1),
    way: "cold",
    peers: ["DuckDB"],
  },
  {
    ...statistics("clients", "8 clients at once, each statistics of 1 M rows", "statistics"),
    data: "clients",
    rows: 8_000_000,
    way: "clients",
    peers: ["DuckDB"],
    mustReach: { DuckDB: 0.6 },
  },
];

function seven(data: string, deviation: string): string {
  return `select unit, avg(u) as mean_u, ${deviation}(u) as std_u, min(u) as min_u, max(u) as max_u,
    avg(i) as mean_i, ${deviation}(i) as std_i, count(*) as count from ${data}
    group by unit order by unit`;
}

function names(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, number) => `c${first + number}`);
}

function each(count: number, of: (number: number) => string, between: string): string {
  return Array.from({ length: count }, (_, number) => of(number)).join(between);
}

function inSql(
  name: string,
  title: string,
  formula: string,
  data: DataFile,
  columns: readonly string[],
  most: number,
  more: Pick<Work, "sql"> & Partial<Work>,
): Work {
  const peers = more.polars === null ? SQL.filter((peer) => peer !== "Polars") : SQL;
  return { name, title, formula, data, columns, peers, mustReach: { DuckDB: most }, ...more };
}

function threeSums(
  name: string,
  title: string,
  data: DataFile,
  rows: number,
  columns: readonly string[],
): Work {
  const sums = columns.map((column) => `sum(${column})`).join(" + ");
  return inSql(name, `${title}: sum of three`, "three_sums", data, columns, 1.2, {
    rows,
    params: { columns },
    sql: (table) => `select ${sums} as sum from ${table}`,
  });
}

function byKeys(name: string, title: string, keys: readonly string[]): Work {
  const list = keys.join(", ");
  return inSql(name, title, `by_${keys.join("_")}`, "keys", [...keys, "u"], 1.5, {
    written: true,
    sql: (data) =>
      `select ${list}, avg(u) as mean_u, count(*) as count from ${data}
       group by ${list} order by ${list}`,
  });
}

function statistics(name: string, title: string, formula: string): Work {
  return {
    name,
    title,
    formula,
    data: "series",
    columns: ["u"],
    sql: (data) =>
      `select avg(u) as mean, stddev_samp(u) as std, min(u) as min, max(u) as max from ${data}`,
    peers: TABLES,
    mustReach: { DuckDB: 0.5, Dask: 0.1 },
  };
}

function sum(name: string, title: string, data: DataFile, column: string, most: number): Work {
  return {
    name,
    title,
    formula: "sum",
    data,
    columns: [column],
    params: { column },
    sql: (table) => `select sum(${column}) as sum from ${table}`,
    peers: TABLES,
    mustReach: { DuckDB: most },
  };
}

function units(
  name: string,
  title: string,
  data: DataFile,
  mustReach: Work["mustReach"],
): Work {
  return {
    name,
    title,
    formula: "units",
    data,
    columns: ["unit", "u"],
    sql: (table) => `select unit, avg(u) as mean_u from ${table} group by unit order by unit`,
    peers: TABLES,
    mustReach,
  };
}

function spectrum(rows: number, most: number): Work {
  return {
    name: `spectrum-${rows}`,
    title: `spectrum of ${rows.toLocaleString("en")} values, written`,
    formula: "spectrum",
    data: "series",
    rows,
    columns: ["u"],
    written: true,
    peers: ["numpy", "hyparquet"],
    mustReach: { numpy: most },
  };
}
