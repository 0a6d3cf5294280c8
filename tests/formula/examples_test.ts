import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { tableFromIPC } from "apache-arrow";
import { quoted } from "../support/parquet/duckdb.ts";
import { job, readRows } from "../support/fixtures.ts";
import { type RunningServer, ways } from "../support/harness.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

const EXAMPLES = new URL("../../examples/formulas/", import.meta.url);

interface Example {
  folder: string;
  /** The data, as SQL names it. */
  data: string;
  run(file: string, params?: unknown, more?: Record<string, unknown>): Promise<unknown>;
}

const dataOf = (folder: string) => quoted(join(folder, "time_series.parquet"));

/**
 * Writes a file of 200,000 rows in several partitions, with two columns of numbers around three centres,
 * some of them missing, and a text.
 */
async function writeData(folder: string): Promise<void> {
  await duckdb.run(
    `copy (select i as n, timestamp '2024-01-01' + interval (i * 100) microsecond as time,
             case when i % 97 = 0 then null else 10 * (i % 3) + sin(i * 12.9898) end as u,
             case when i % 89 = 0 then null else 5 * (i % 3) + cos(i * 78.233) + 1000 end as i,
             50 + sin(i / 1000) as f, 'unit ' || i % 7 as unit, sin(radians(15 * i)) as "values"
           from range(200000) t(i)) to ${dataOf(folder)} (format parquet, row_group_size 40960)`,
  );
}

const services = ways.map((way) => ({ way, shared: shareService(way, { prepare: writeData }) }));

/** A test of examples with data in its folder; DuckDB is there to compare with. */
function exampleTest(name: string, check: (example: Example) => Promise<void>): void {
  for (const { way, shared } of services) {
    Deno.test(`${name} [${way.name}]`, async () => {
      const { server, root: folder } = shared;
      const run: Example["run"] = (file, params, more) =>
        runExample(server, folder, file, params, more);
      await check({ folder, data: dataOf(folder), run });
    });
  }
}

async function runExample(
  server: RunningServer,
  folder: string,
  file: string,
  params?: unknown,
  more: Record<string, unknown> = {},
) {
  await Deno.copyFile(new URL(file, EXAMPLES), join(folder, file));
  const fields = { File: file, ...(params === undefined ? {} : { Params: params }), ...more };
  const { Response } = await server.request(job(folder, fields));
  assertEquals(Response.Status, "complete", JSON.stringify(Response));
  assert(Response.Job!.Partitions > 1);
  return Response.Result;
}

function assertClose(found: unknown, expected: unknown, tolerance = 1e-12): void {
  const scale = Math.max(1, Math.abs(Number(expected)));
  assertAlmostEquals(Number(found) / scale, Number(expected) / scale, tolerance);
}

exampleTest(
  "power: derived columns as DuckDB computes them",
  async ({ folder, data, run }) => {
    await run("power.ts");
    const result = quoted(join(folder, "power_ansver.parquet"));
    const units = await duckdb.plainRows(
      `select distinct path_in_schema, decode(key_value_metadata['unit']) from parquet_metadata(${result}) order by 1`,
    );
    assertEquals(units, [["power", "W"], ["resistance", "Ω"]]);
    const [[different]] = await duckdb.rows(
      `select count(*) from (from ${data} positional join (from ${result}))
     where u is not null and i is not null and (power != u * i or resistance != u / i)`,
    ) as [[bigint]];
    assertEquals(different, 0n);
  },
);

exampleTest("statistics and variance: as DuckDB's aggregates", async ({ data, run }) => {
  const [[rows, missing, mean, deviation, variance, min, max]] = await duckdb.rows(
    `select count(i), count(*) - count(i), avg(i), stddev_samp(i), var_samp(i), min(i), max(i) from ${data}`,
  ) as [unknown[]];
  const { i } = await run("statistics.ts", { columns: ["u", "i"] }) as Record<
    string,
    Record<string, number>
  >;
  assertEquals([i!.rows, i!.missing], [Number(rows), Number(missing)]);
  assertEquals([i!.min, i!.max], [min as number, max as number]);
  assertClose(i!.mean, mean);
  assertClose(i!.deviation, deviation);
  const two = await run("variance.ts", { column: "i" }) as Record<string, number>;
  assertEquals(two.rows, Number(rows));
  assertClose(two.mean, mean);
  assertClose(two.variance, variance, 1e-11);
});

exampleTest("quantile: the very value of percentile_disc", async ({ data, run }) => {
  for (const quantile of [0, 0.001, 0.25, 0.5, 0.9, 1]) {
    const [[expected]] = await duckdb.rows(
      `select percentile_disc(${quantile}) within group (order by u) from ${data}`,
    ) as [[number]];
    const { value } = await run("quantile.ts", { quantile }) as { value: number };
    assertEquals(value, expected, `quantile ${quantile}`);
  }
});

exampleTest("regression: slope, intercept and r² as DuckDB's", async ({ data, run }) => {
  const [[slope, intercept, r2, rows]] = await duckdb.rows(
    `select regr_slope(i, u), regr_intercept(i, u), regr_r2(i, u), regr_count(i, u) from ${data}`,
  ) as [unknown[]];
  const found = await run("regression.ts") as Record<string, number>;
  assertEquals(found.rows, Number(rows));
  assertClose(found.slope, slope, 1e-10);
  assertClose(found.intercept, intercept, 1e-10);
  assertClose(found.r2, r2, 1e-10);
});

exampleTest("k-means: the centres are the means of the points nearest to them", async (example) => {
  const { folder, data, run } = example;
  await run("kmeans.ts");
  const found = await readRows(join(folder, "kmeans_ansver.parquet"));
  const expected = await duckdb.rows(
    `select n % 3, avg(u), avg(i), count(*) from ${data}
     where u is not null and i is not null group by 1 order by avg(u)`,
  );
  found.sort((a, b) => (a.x as number) - (b.x as number));
  assertEquals(found.length, 3);
  for (const [k, [, x, y, rows]] of expected.entries()) {
    assertClose(found[k]!.x, x);
    assertClose(found[k]!.y, y);
    assertEquals(found[k]!.rows, Number(rows));
  }
});

exampleTest("means by unit: as DuckDB's group by", async ({ folder, data, run }) => {
  await run("means_by_unit.ts");
  const found = await readRows(join(folder, "means_by_unit_ansver.parquet"));
  const expected = await duckdb.rows(
    `select unit, count(u), avg(u) from ${data} group by unit order by unit`,
  );
  assertEquals(found.map(({ unit }) => unit), expected.map(([unit]) => unit));
  assertEquals(found.map(({ rows }) => rows), expected.map(([, rows]) => Number(rows)));
  found.forEach(({ mean }, k) => assertClose(mean, expected[k]![2]));
  await run("means_by_unit.ts", undefined, { Output: "means.arrow" });
  const batches = tableFromIPC(await Deno.readFile(join(folder, "means.arrow")));
  assertEquals(
    batches.toArray().map(({ unit, rows, mean }) => [unit, Number(rows), mean]),
    found.map(({ unit, rows, mean }) => [unit, Number(rows), mean]),
  );
  await run("means_by_unit.ts", undefined, { Output: "means.csv" });
  const csv = await duckdb.plainRows(
    `from read_csv(${quoted(join(folder, "means.csv"))}, header = true)`,
  );
  assertEquals(
    csv.map(([unit, rows, mean]) => [unit, Number(rows), mean]),
    found.map(({ unit, rows, mean }) => [unit, Number(rows), mean]),
  );
  await run("means_by_unit.ts", undefined, { Output: "means/{unit}/" });
  const folders = await duckdb.plainRows(
    `select unit, rows, mean from read_parquet(${
      quoted(join(folder, "means/**/*.parquet"))
    }, hive_partitioning = true) order by unit`,
  );
  assertEquals(folders, found.map(({ unit, rows, mean }) => [unit, rows, mean]));
});

exampleTest("quantiles by unit: as DuckDB's group by", async ({ folder, data, run }) => {
  await run("quantiles_by_unit.ts");
  const found = await duckdb.plainRows(
    `from ${quoted(join(folder, "quantiles_by_unit_ansver.parquet"))}`,
  );
  const expected = await duckdb.plainRows(
    `select unit, quantile_cont(u, 0.05), median(u), quantile_cont(u, 0.95), count(*)::int
     from ${data} group by unit order by unit`,
  );
  assertEquals(found.length, 7);
  for (const [k, [unit, low, median, high, rows]] of found.entries()) {
    const [name, ...figures] = expected[k]!;
    assertEquals([unit, rows], [name, figures[3]]);
    [low, median, high].forEach((figure, at) => assertClose(figure, figures[at]));
  }
});

exampleTest("power by unit: as DuckDB's group by of the same column", async (example) => {
  const { folder, data, run } = example;
  await run("power_by_unit.ts");
  const found = await duckdb.plainRows(
    `from ${quoted(join(folder, "power_by_unit_ansver.parquet"))}`,
  );
  const expected = await duckdb.plainRows(
    `select unit, date_trunc('second', time) as second, avg(u * i), quantile_cont(u * i, 0.99), max(u * i),
       count(*)::int from ${data} group by 1, 2 order by 1, 2`,
  );
  assertEquals(found.length, 140);
  for (const [k, [unit, second, ...figures]] of found.entries()) {
    const [name, start, ...others] = expected[k]!;
    assertEquals([unit, second], [name, start]);
    figures.forEach((figure, at) => assertClose(figure, others[at]));
  }
});

exampleTest("rolling by unit: as DuckDB's windows", async ({ folder, data, run }) => {
  await run("rolling_by_unit.ts");
  const result = quoted(join(folder, "rolling_by_unit_ansver.parquet"));
  // DuckDB's average of a window adds and takes away, so it is off in the last digits.
  const [[rows, different, order]] = await duckdb.rows(
    `with found as (select *, row_number() over () as place from ${result}),
       wanted as (
         select unit, time, coalesce(u, 'nan') as u, coalesce(u - lag(u) over w, 'nan') as change,
           coalesce(avg(u) over (w rows between 9 preceding and current row), 'nan') as mean,
           row_number() over (order by unit, time) as place
         from ${data} window w as (partition by unit order by time))
     select count(*)::int, count(*) filter (not ((f.mean = w.mean or abs(f.mean - w.mean) < 1e-9)
         and f.u = w.u and f.change = w.change))::int,
       count(*) filter (f.unit <> w.unit or f.time <> w.time)::int
     from found f join wanted w using (place)`,
  ) as [[number, number, number]];
  assertEquals([rows, different, order], [200_000, 0, 0]);
});

exampleTest("seconds of a unit: as DuckDB's groups of the same rows", async (example) => {
  const { folder, data, run } = example;
  const rows = { From: "2024-01-01T00:00:02.5", To: "2024-01-01T00:00:18" };
  await run("seconds_of_unit.ts", { unit: "unit 3" }, rows);
  const found = await readRows(join(folder, "seconds_of_unit_ansver.parquet"));
  const expected = await duckdb.plainRows(
    `select date_trunc('second', time), avg(u), count(*)::integer from ${data}
     where unit = 'unit 3' and time >= timestamp '2024-01-01 00:00:02.5'
       and time < timestamp '2024-01-01 00:00:18' group by 1 order by 1`,
  );
  assertEquals(found.length, 16);
  assertEquals(found.map(({ time }) => time), expected.map(([time]) => time));
  assertEquals(found.map(({ count }) => Number(count)), expected.map(([, , count]) => count));
  found.forEach(({ mean_u }, k) => assertClose(mean_u, expected[k]![1]));
});

exampleTest("above limits: as DuckDB's join", async ({ folder, data, run }) => {
  const limits = quoted(join(folder, "limits.parquet"));
  await duckdb.run(
    `copy (select 'unit ' || i as unit, 9.5::double + i as high from range(1, 7) r(i)) to ${limits} (format parquet)`,
  );
  await run("above_limits.ts", undefined, { Inputs: { limits: "limits.parquet" } });
  const [[rows, different]] = await duckdb.plainRows(
    `select count(*)::integer, (count(*) filter (
       coalesce(case when d.u < l.high then 0 else d.u - l.high end, 'nan'::double) is distinct from r.above
       or d.unit != r.unit))::integer
     from ${data} d left join ${limits} l on d.unit = l.unit
     join ${quoted(join(folder, "above_limits_ansver.parquet"))} r on d.time = r.time`,
  ) as [[number, number]];
  assertEquals([rows, different], [200_000, 0]);
});

exampleTest("means of batches: as DuckDB's ASOF join", async ({ folder, data, run }) => {
  const batches = quoted(join(folder, "batches.parquet"));
  await duckdb.run(
    `copy (select timestamp '2024-01-01' + interval (i * 1300) millisecond as time, 'unit ' || i % 6 as unit,
       'batch ' || i as batch from range(20) r(i)) to ${batches} (format parquet)`,
  );
  await run("batch_means.ts", undefined, { Inputs: { batches: "batches.parquet" } });
  const found = await readRows(join(folder, "batch_means_ansver.parquet"));
  const expected = await duckdb.plainRows(
    `select case when d.time - b.time <= interval 5 second then b.batch end as batch, avg(u), count(*)::integer
     from ${data} d asof left join ${batches} b on d.unit = b.unit and d.time >= b.time
     group by 1 order by 1 nulls last`,
  );
  assertEquals(found.map((row) => row["batches.batch"]), expected.map(([batch]) => batch));
  assertEquals(found.map(({ count }) => Number(count)), expected.map(([, , count]) => count));
  found.forEach(({ mean_u }, k) => assertClose(mean_u, expected[k]![1]));
});

exampleTest("long table: as DuckDB's UNPIVOT", async ({ folder, data, run }) => {
  await run("long_table.ts");
  const [[rows, different]] = await duckdb.plainRows(
    `with wanted as (from (select time, u, i, f from ${data})
         unpivot include nulls (value for sensor in (u, i, f))),
       found as (from ${quoted(join(folder, "long_table_ansver.parquet"))})
     select (select count(*) from found)::integer,
       (select count(*) from (from found except all from wanted))::integer`,
  ) as [[number, number]];
  assertEquals([rows, different], [600_000, 0]);
});

exampleTest("last milliseconds: as DuckDB's windows, wherever From begins", async (example) => {
  const { folder, data, run } = example;
  for (const from of ["2024-01-01", "2024-01-01T00:00:05.00005"]) {
    await run("last_milliseconds.ts", undefined, { From: from });
    const result = quoted(join(folder, "last_milliseconds_ansver.parquet"));
    const [[rows, different]] = await duckdb.rows(
      `with wanted as (
         select time, avg(u) over w as mean, count(u) over w as values from ${data}
         window w as (order by time range between interval 9999 microsecond preceding and current row))
       select count(*)::int, count_if(r.values is distinct from w.values or
           (w.values > 0 and not abs(r.mean - w.mean) <= 1e-9))::int
       from (from wanted where time >= timestamp '${
        from.replace("T", " ")
      }') w full join ${result} r using (time)`,
    ) as [[number, number]];
    assertEquals(different, 0);
    assertEquals(rows, from.endsWith("5") ? 149_999 : 200_000);
  }
});

exampleTest("power and alarms: two tables of one pass", async ({ folder, data, run }) => {
  await run("power_and_alarms.ts", { limit: 20_000 });
  for (
    const [table, wanted] of [
      ["power", `select time, u * i as power from ${data}`],
      [
        "alarms",
        `select time, u * i as power, u * i - 20000 as over from ${data} where u * i > 20000`,
      ],
    ]
  ) {
    const result = `from ${quoted(join(folder, `power_and_alarms_ansver.${table}.parquet`))}`;
    // NaN stands for null in what is computed.
    const filled = `select * replace (coalesce(power, 'nan'::double) as power) from (${wanted})`;
    const [[different, rows]] = await duckdb.plainRows(
      `select (select count(*)::int from (${filled} except all ${result})),
         (select count(*)::int ${result})`,
    ) as [[number, number]];
    assertEquals(different, 0);
    assert(table === "power" ? rows === 200_000 : rows > 0 && rows < 100_000, `${table}: ${rows}`);
  }
});

exampleTest("spectrum and Fourier transform: the line of a sine of 15° a row", async (example) => {
  const { folder, data, run } = example;
  await run("spectrum.ts", { column: "values" });
  const spectrum = await readRows(join(folder, "spectrum_ansver.parquet"));
  const strongest = spectrum.reduce((a, b) =>
    (a.amplitude as number) > (b.amplitude as number) ? a : b
  );
  // 10,000 rows a second, one period in 24 rows; no whole number of periods fits into the rows.
  assert(Math.abs(strongest.frequency as number - 10_000 / 24) < 0.05, `${strongest.frequency}`);
  await run("fourier.ts");
  const fourier = await readRows(join(folder, "fourier_ansver.parquet"));
  assertEquals(fourier.length, 100_001);
  const energy = fourier.reduce((sum, { re, im }, k) => {
    const sides = k === 0 || k === 100_000 ? 1 : 2;
    return sum + sides * ((re as number) ** 2 + (im as number) ** 2);
  }, 0);
  // Parseval: the energy of the transform is n times that of the values.
  const [expected] = await duckdb.column(`select sum("values" * "values") from ${data}`);
  assertClose(energy / 200_000, expected);
});

for (const { way, shared } of services) {
  Deno.test(`shifts follow the clocks through the end of summer time [${way.name}]`, async () => {
    const { server } = shared, folder = await shared.folder();
    // A gap of two days lies between two runs of quarters of a minute.
    await duckdb.run(
      `copy (select timestamptz '2024-10-20 00:00:00+00'
                 + interval (15 * i + 172800 * (i // 50000)) second as time, i::double as u
               from range(100000) t(i)) to ${dataOf(folder)}
       (format parquet, row_group_size 40960)`,
    );
    await runExample(server, folder, "shifts.ts");
    const clock = "time_bucket(interval 8 hour, l, timestamp '2000-01-03 06:00')";
    const wanted = await duckdb.plainRows(
      `with shifts as (
         select ${clock} as shift, avg(u) as mean, max(u) as peak, count(*)::int as rows
         from (select *, time at time zone 'Europe/Berlin' as l from ${dataOf(folder)}) group by 1
       ), starts as (
         select unnest(generate_series(min(shift), max(shift), interval 8 hour)) as shift from shifts
       )
       select epoch_ms(shift at time zone 'Europe/Berlin'), coalesce(mean, 'nan'), coalesce(peak, 'nan'),
         coalesce(rows, 0) from starts left join shifts using (shift) order by 1`,
    );
    const found = await duckdb.plainRows(
      `select epoch_ms(shift), mean, peak, rows from ${
        quoted(join(folder, "shifts_ansver.parquet"))
      }`,
    );
    assertEquals(found, wanted);
    assert(found.some((row) => row[3] === 9 * 240) && found.some((row) => row[3] === 0));
  });
}
