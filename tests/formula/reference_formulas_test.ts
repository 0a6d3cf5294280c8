import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { runFormula } from "../support/fixtures.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { assertClose } from "../support/numeric_values.ts";

const ROWS = 120_000;
const SAMPLE_RATE = 100;
const PARAMS = {
  sampleRate: SAMPLE_RATE,
  from: -400,
  to: 400,
  bins: 80,
  coefficients: [0.5, 2, 0.001],
};

/** Twenty minutes of a 5 Hz voltage with drift, and a current that lags, with spikes. */
const DATA = `select timestamp '2024-03-01 10:00:07.13' + interval (k * 10) millisecond as time,
    230 * sin(2 * pi() * k / 20) + 1e-4 * k - 3 as u,
    10 * sin(2 * pi() * k / 20 - 0.4) + cos(k * 0.137) +
      case when k % 997 = 0 then 60 else 0 end as i,
    'unit ' || (k * 7919 % 11) as unit
  from range(${ROWS}) t(k)`;

/** What each formula of the reference must give, in SQL over `data`; its numbers to so many digits. */
const EXPECTED: Record<string, { sql: string; relative: number }> = {
  "Power": { sql: "select time, u * i as power from data", relative: 0 },
  "RMS over a window": {
    sql: `select time, sqrt(avg(u * u) over (rows between 199 preceding and current row)) as rms
      from data`,
    relative: 1e-12,
  },
  "Energy counter": {
    sql: `with steps as (
        select epoch_ms(time) - epoch_ms(first_value(time) over rows_so_far) as ms, u * i as p,
          lag(u * i) over (order by time) as before from data
        window rows_so_far as (order by time rows unbounded preceding))
      select ms / 3600000 as hours,
        sum(coalesce((p + before) / 2 * 10 / 3600000, 0)) over (order by ms) as energy
      from steps order by ms`,
    relative: 1e-10,
  },
  "Drift removal": {
    sql: `with numbered as (select u, row_number() over () - 1.0::double as k from data),
      line as (select regr_intercept(u, k) as a, regr_slope(u, k) as b from numbered)
      select u - (a + b * k) as steady from numbered, line order by k`,
    relative: 1e-9,
  },
  "Outliers per unit": {
    sql: `select unit, count(*) filter (abs(i - mean) > 3 * deviation)::double as outliers
      from data join (select unit, avg(i) as mean, stddev_samp(i) as deviation from data group by unit)
      using (unit) group by unit order by unit`,
    relative: 0,
  },
  "Histogram": {
    sql: `select -400 + 10.0::double * bin as lower, count(u)::double as count
      from range(80) t(bin) left join data on floor((u + 400) / 10) = bin group by bin order by bin`,
    relative: 0,
  },
  "Resampling to minutes": {
    sql: `select epoch_ms(date_trunc('minute', time))::double as time, avg(u) as mean_u,
        sqrt(avg(u * u)) as rms_u, max(i) as max_i, count(*)::int as count
      from data group by 1 order by 1`,
    relative: 1e-10,
  },
  "Calibration": {
    sql: "select time, 0.5 + u * (2 + u * 0.001) as calibrated from data",
    relative: 1e-14,
  },
};

const SECTION = /^### (.*?)\n.*?^```ts\n(.*?)^```$/gms;

function workedFormulas(): Map<string, string> {
  const page = Deno.readTextFileSync(new URL("../../docs/formulas.md", import.meta.url));
  const start = page.indexOf("\n## Ten formulas from the field\n");
  const end = page.indexOf("\n## ", start + 1);
  const sections = page.slice(start, end).matchAll(SECTION);
  return new Map(Array.from(sections, ([, title, text]) => [title!, text!]));
}

for (const way of ways) {
  Deno.test(`the ten formulas of the reference give the documented results [${way.name}]`, async (t) => {
    await using folder = await tempDir();
    const { path } = folder;
    using duckdb = await DuckDB.open();
    const file = quoted(join(path, "time_series.parquet"));
    await duckdb.run(`copy (${DATA}) to ${file} (format parquet, row_group_size 40960)`);
    await duckdb.run(`create table data as from ${file}`);
    await using server = await startServer(way, { root: path });
    const formulas = workedFormulas();
    assertEquals(formulas.size, 10);
    for (const [title, text] of formulas) {
      await t.step(title, async () => {
        const reply = await complete(server, path, text);
        const result = quoted(join(path, "work_ansver.parquet"));
        if (title === "Spectrum") return assertSpectrum(await duckdb.plainRows(`from ${result}`));
        if (title === "Correlation of two sensors") {
          const [[expected]] = await duckdb.plainRows("select corr(u, i) from data") as [[number]];
          const { rows, correlation } = reply.Response.Result as Record<string, number>;
          assertEquals(rows, ROWS);
          return assertClose([correlation!], [expected], 1e-12);
        }
        const { sql, relative } = EXPECTED[title]!;
        assertTables(
          await duckdb.columns(`from ${result}`),
          await duckdb.columns(sql),
          relative,
        );
      });
    }
  });
}

async function complete(server: RunningServer, path: string, text: string) {
  const reply = await runFormula(server, path, text, { Params: PARAMS });
  assertEquals(reply.Response.Status, "complete", JSON.stringify(reply.Response));
  assert(reply.Response.Job!.Partitions > 1);
  return reply;
}

type Table = Record<string, readonly unknown[]>;

function assertTables(found: Table, expected: Table, relative: number): void {
  assertEquals(Object.keys(found), Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) {
    const own = found[name]!;
    assertEquals(own.length, values.length, name);
    if (relative === 0 || typeof values[0] !== "number") assertEquals(own, values, name);
    else {
      const scale = values.reduce<number>(
        (most, value) => Math.max(most, Math.abs(Number(value))),
        0,
      );
      const apart = values.reduce<number>(
        (most, value, row) => Math.max(most, Math.abs(Number(own[row]) - Number(value))),
        0,
      );
      assert(apart <= relative * scale, `${name} is ${apart} apart at a scale of ${scale}`);
    }
  }
}

/** The 5 Hz of the voltage stand at their amplitude, and a Hann window's main lobe is 4 bins wide. */
function assertSpectrum(rows: unknown[][]): void {
  assertEquals(rows.length, ROWS / 2 + 1);
  const bin = 5 * ROWS / SAMPLE_RATE;
  assertEquals(rows[bin]![0], 5);
  assertClose([rows[bin]![1] as number], [230], 1e-6);
  assertClose([rows[bin - 1]![1] as number, rows[bin + 1]![1] as number], [115, 115], 1e-4);
  for (const [frequency, amplitude] of rows.slice(20)) {
    const apart = Math.abs(Number(frequency) - 5);
    if (apart > 0.002) assert(Number(amplitude) < 0.01, `${amplitude} at ${frequency} Hz`);
  }
}
