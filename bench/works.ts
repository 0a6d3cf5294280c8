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
  params?: { column: string };
  /** Whether the result is rows written to a Parquet file, or rows in memory. */
  written?: true;
  /** The work in SQL; `data` stands for the file. */
  sql?: (data: string) => string;
  peers: readonly PeerName[];
  /** The most that the time may be, as a share of a peer's; the first is the one to measure against. */
  mustReach: Readonly<Partial<Record<PeerName, number>>>;
}

const TABLES: readonly PeerName[] = ["DuckDB", "Polars", "Dask", "hyparquet"];

const LOOP = "the same by a loop in the formula";

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
];

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
