/** A work that is measured, as every peer is told it, and what it must reach; and how works of a kind are made. */
import type { DataFile } from "./data.ts";

/** What this project is compared with. */
export type PeerName = "DuckDB" | "Polars" | "Dask" | "pandas" | "hyparquet" | "numpy";

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
  /** A second table, and what the formula calls it. */
  beside?: DataFile;
  /** Which rows the request asks for. */
  rowsAsked?: Readonly<{ From: string; To: string }>;
  /** What is unlike the others: from nothing to the reply, or a client for each file, all at once. */
  way?: "cold" | "clients";
  /** The column by whose values the result's rows are written to folders, and what tells whether they are the same. */
  folders?: Readonly<{ column: string; check: (data: string) => string }>;
  /** Whether the result is rows written to a Parquet file, or rows in memory. */
  written?: true;
  /** The work in SQL; `data` stands for the table, `beside` for the second one. */
  sql?: (data: string, beside?: string) => string;
  /** The same as Polars wants it, where that is not `sql`; null where it can't do the work in SQL. */
  polars?: ((data: string) => string) | null;
  peers: readonly PeerName[];
  /** The most that the time may be, as a share of a peer's; the first is the one to measure against. */
  mustReach: Readonly<Partial<Record<PeerName, number>>>;
}

export const TABLES: readonly PeerName[] = ["DuckDB", "Polars", "Dask", "pandas", "hyparquet"];
/** Formulas whose work the bench's Dask does, too, among those in SQL. */
const IN_DASK = ["by_n", "by_part", "by_line_station", "seven", "three_sums", "wide_sum"]
  .concat("ten_minutes", "one_day", "two_units", "sum", "units");

export const LOOP = "the same by a loop in the formula";

/** A row for each of twelve sensors. */
export const SENSOR_ROWS = `unnest([${each(12, (c) => `'c${c}'`, ", ")}]) as sensor,
  unnest([${each(12, (c) => `c${c}`, ", ")}]) as value`;

export function seven(data: string, deviation: string): string {
  return `select unit, avg(u) as mean_u, ${deviation}(u) as std_u, min(u) as min_u, max(u) as max_u,
    avg(i) as mean_i, ${deviation}(i) as std_i, count(*) as count from ${data}
    group by unit order by unit`;
}

export function names(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, number) => `c${first + number}`);
}

export function each(count: number, of: (number: number) => string, between: string): string {
  return Array.from({ length: count }, (_, number) => of(number)).join(between);
}

export function inSql(
  name: string,
  title: string,
  formula: string,
  data: DataFile,
  columns: readonly string[],
  most: number,
  more: Pick<Work, "sql"> & Partial<Work>,
): Work {
  const peers: PeerName[] = ["DuckDB", "pandas"];
  if (more.polars !== null) peers.push("Polars");
  if (IN_DASK.includes(formula)) peers.push("Dask");
  return { name, title, formula, data, columns, peers, mustReach: { DuckDB: most }, ...more };
}

export function threeSums(
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

export function byKeys(name: string, title: string, keys: readonly string[]): Work {
  const list = keys.join(", ");
  return inSql(name, title, `by_${keys.join("_")}`, "keys", [...keys, "u"], 1.5, {
    written: true,
    sql: (data) =>
      `select ${list}, avg(u) as mean_u, count(*) as count from ${data}
       group by ${list} order by ${list}`,
  });
}

export function statistics(name: string, title: string, formula: string): Work {
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

export function sum(
  name: string,
  title: string,
  data: DataFile,
  column: string,
  most: number,
): Work {
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

export function units(
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

export function spectrum(rows: number, most: number): Work {
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
