/** What is measured. */
import { START_MICROSECONDS } from "./data.ts";
import {
  byKeys,
  each,
  inSql,
  LOOP,
  names,
  SENSOR_ROWS,
  seven,
  spectrum,
  statistics,
  sum,
  TABLES,
  threeSums,
  units,
  type Work,
} from "./work.ts";

/** Whose months are asked for, as in bench/formulas/months.ts. */
const ZONE = "Europe/Berlin";

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
  inSql("months", "mean of each month in a zone", "months", "years", ["time", "u"], 1, {
    written: true,
    sql: (data) =>
      `select date_trunc('month', time at time zone '${ZONE}') at time zone '${ZONE}' as time,
       avg(u) as mean_u from ${data} group by 1 order by 1`,
    polars: null,
  }),
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
    "one-day",
    "one day of a year by From and To: sum",
    "one_day",
    "year",
    ["time", "u"],
    1.5,
    {
      rowsAsked: { From: "2024-10-27", To: "2024-10-28" },
      sql: (data) =>
        `select coalesce(sum(u), 0) as sum from ${data}
         where time >= timestamp '2024-10-27' and time < timestamp '2024-10-28'`,
      polars: null,
    },
  ),
  {
    name: "folders",
    title: "twice a column and the time, written to folders of 100 units",
    formula: "twice",
    data: "hundred",
    columns: ["time", "unit", "u"],
    written: true,
    folders: {
      column: "unit",
      check: (data) =>
        `select unit, count(*) as rows, sum(twice) as sum, min(epoch_us(time)) as first,
           max(epoch_us(time)) as last from ${data} group by unit order by unit`,
    },
    sql: (data) => `select time, unit, 2 * u as twice from ${data}`,
    peers: ["DuckDB"],
    mustReach: { DuckDB: 1.2 },
  },
  {
    name: "as-of",
    title: "as-of join with a tenth of the rows: sum of a product",
    formula: "as_of",
    data: "series",
    beside: "slow",
    columns: ["time", "u"],
    sql: (data, beside) =>
      `select sum(d.u * b.v) as sum from ${data} d asof join ${beside} b on d.time >= b.time`,
    peers: ["DuckDB", "Polars"],
    mustReach: { DuckDB: 1 },
  },
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
    mustReach: { DuckDB: 0.8 },
  },
];
