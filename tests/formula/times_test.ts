/** Times that formulas return, and time axes without loss, against DuckDB. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

/** Times of every unit, by `i`: some before 1970, none that a double of milliseconds would tell from the next. */
const TIMES: Record<string, string> = {
  timestamp_ms: "(timestamp '1969-12-31 23:59:00' + interval (i) millisecond)::timestamp_ms",
  timestamp: "timestamp '2024-02-29 23:59:59.999999' + interval (i) microsecond",
  timestamp_ns: "make_timestamp_ns(1700000000000000000 + i)",
  timestamptz: "timestamptz '2024-01-01 12:00:00.000001+03' + interval (i) microsecond",
  date: "date '1969-12-01' + (i % 60)::int",
};

/** Formulas whose `when` is the input's `time`, and rows that they give. */
const SAME: [formula: string, where?: string][] = [
  ["export const map = ({ time }) => ({ when: time });"],
  ["export const map = (chunk) => ({ when: chunk.raw('time'), n: chunk.i });", "time is not null"],
  [
    "export const filter = { i: { $gte: 1000 } }; export const map = ({ time }) => ({ when: time });",
    "i >= 1000",
  ],
  [
    "export const overlap = { before: 9, after: 5 }; export const map = ({ time }) => ({ when: time });",
  ],
  ["export const main = async (frame) => ({ when: await frame.column('time') });"],
  [
    `export const filter = { i: { $lt: 70000 } };
     export async function main(frame) {
       const { time, i } = await frame.columns(["time", "i"]);
       return { when: time, i };
     }`,
    "i < 70000",
  ],
];

for (const way of ways) {
  const shared = shareService(way);

  Deno.test(`times that a formula returns unchanged keep their unit, zone and every digit [${way.name}]`, async () => {
    for (const [type, value] of Object.entries(TIMES)) {
      for (const [nulls, [formula, where = "true"]] of SAME.entries()) {
        const path = await shared.folder();
        const data = quoted(join(path, "time_series.parquet"));
        const there = nulls % 2 ? value : `case when i % 7 = 3 then null else ${value} end`;
        await duckdb.run(
          `copy (select i::int as i, ${there} as time from range(150000) t(i)) to ${data}
           (format parquet, row_group_size 40960)`,
        );
        const { Response } = await runFormula(shared.server, path, formula);
        const told = `${type}, ${formula}`;
        assertEquals(Response.Status, "complete", `${told}: ${JSON.stringify(Response)}`);
        const result = quoted(join(path, "work_ansver.parquet"));
        const raw = formula.includes("raw");
        const wanted = `select time as "when" from ${data} where ${where}`;
        const found = `select "when" from ${result} where ${raw ? '"when" is not null' : "true"}`;
        const [[same, kind]] = await duckdb.rows(
          `select not exists (from (${wanted}) except all from (${found}))
             and not exists (from (${found}) except all from (${wanted})),
           (select any_value(typeof("when")) from ${result})`,
        ) as [[boolean, string]];
        const [wantedKind] = await duckdb.column(`select any_value(typeof(time)) from ${data}`);
        if (!raw) assert(same, told);
        assertEquals(kind, wantedKind, told);
      }
    }
  });

  Deno.test(`times that a formula changes stay times under their own name, and are numbers under another [${way.name}]`, async () => {
    const path = await shared.folder();
    const data = quoted(join(path, "time_series.parquet"));
    await duckdb.run(
      `copy (select ${TIMES.timestamp} as time from range(50000) t(i)) to ${data} (format parquet)`,
    );
    const result = quoted(join(path, "work_ansver.parquet"));
    const run = async (name: string) => {
      const { Response } = await runFormula(
        shared.server,
        path,
        `export function map({ time }) {
           for (let row = 0; row < time.length; row += 2) time[row] += 3_600_000;
           return { ${name}: time };
         }`,
      );
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
    };
    await run("time");
    assertEquals(
      await duckdb.rows(
        `select typeof(a.time), bool_and(a.time = b.time + interval ((1 - b.row % 2)) hour) from
         (select *, row_number() over () - 1 as row from ${result}) a
         join (select *, row_number() over () - 1 as row from ${data}) b using (row) group by 1`,
      ),
      [["TIMESTAMP", true]],
    );
    await run("later");
    assertEquals(await duckdb.column(`select any_value(typeof(later)) from ${result}`), ["DOUBLE"]);
  });

  Deno.test(`times are declared with unit and zone, and invalid ones are refused [${way.name}]`, async () => {
    const path = await shared.folder();
    await duckdb.run(
      `copy (select 1.5 as u) to ${quoted(join(path, "time_series.parquet"))} (format parquet)`,
    );
    const run = async (times: string) =>
      (await runFormula(shared.server, path, `export const main = () => ({ t: ${times} });`))
        .Response;
    const given: [times: string, type: string, text: string][] = [
      ["{ values: [1n, null], unit: 'ms', utc: true }", "TIMESTAMP WITH TIME ZONE", "1000000"],
      ["{ values: BigInt64Array.of(1n), unit: 'us' }", "TIMESTAMP", "1000"],
      ["{ values: Float64Array.of(-1, NaN), unit: 'ns' }", "TIMESTAMP_NS", "-1"],
      ["{ values: Int32Array.of(-1), unit: 'day' }", "DATE", "-86400000000000"],
    ];
    for (const [times, type, text] of given) {
      const { Status } = await run(times);
      assertEquals(Status, "complete", times);
      const result = quoted(join(path, "work_ansver.parquet"));
      assertEquals(
        await duckdb.rows(`select typeof(t), epoch_ns(t)::varchar from ${result} limit 1`),
        [[type, text]],
      );
    }
    const refused: [times: string, message: RegExp][] = [
      ["{ values: [1.5], unit: 'ms' }", /row 0: 1.5 is no whole number/],
      [
        "{ values: [2n ** 63n], unit: 'ns' }",
        /row 0: 9223372036854775808 is no whole number of 64 bits/,
      ],
      ["{ values: [1n], unit: 'min' }", /the unit of times is/],
      ["{ values: [1n], unit: 'ms', zone: 'UTC' }", /no "zone"/],
      ["{ values: [1n], unit: 'ms', utc: 'yes' }", /true or false/],
    ];
    for (const [times, message] of refused) {
      const { Error: error } = await run(times);
      assertEquals(error?.Code, "FORMULA_FAILED", times);
      assertMatch(error!.Message, message);
    }
  });

  Deno.test(`seconds from an instant are exact differences [${way.name}]`, async () => {
    for (const [type, value] of Object.entries(TIMES)) {
      const path = await shared.folder();
      const data = quoted(join(path, "time_series.parquet"));
      await duckdb.run(
        `copy (select i::int as i, case when i % 7 = 3 then null else ${value} end as time
         from range(150000) t(i)) to ${data} (format parquet, row_group_size 40960)`,
      );
      const nanoseconds = await duckdb.column(
        `select epoch_ns(time) from ${data}`,
      ) as (bigint | null)[];
      const checks: [formula: string, since: bigint][] = [
        [
          `export const chunk = (chunk) => Array.from(chunk.seconds("time", "2024-01-01T06:00:00.5Z"));
           export const combine = (a, b) => a.concat(b);
           export const aggregate = (s) => ({ s: Float64Array.from(s) });`,
          1_704_088_800_500_000_000n,
        ],
        [
          `export const main = async (frame) => ({ s: await frame.seconds("time") });`,
          nanoseconds[0]!,
        ],
        [
          `export const filter = { i: { $gte: 0 } };
           export const main = async (frame) => ({ s: await frame.seconds("time", new Date(0)) });`,
          0n,
        ],
      ];
      for (const [formula, since] of checks) {
        const { Response } = await runFormula(shared.server, path, formula);
        assertEquals(Response.Status, "complete", JSON.stringify(Response));
        const found = await duckdb.column(
          `select s from ${quoted(join(path, "work_ansver.parquet"))}`,
        ) as number[];
        found.forEach((seconds, row) => {
          const wanted = secondsOf(nanoseconds[row]!, since);
          const near = Math.abs(seconds - wanted) <= Math.abs(wanted) * Number.EPSILON;
          assert(
            near || (seconds !== seconds && wanted !== wanted),
            `${type}, row ${row}: ${seconds}`,
          );
        });
        // Below 2^53 of its unit a difference is rounded once.
        if (since === nanoseconds[0]) {
          assertEquals(found, nanoseconds.map((time) => secondsOf(time, since)), type);
        }
      }
    }
  });

  Deno.test(`a value that a record can't hold without loss is refused, and can be kept [${way.name}]`, async () => {
    const run = async (path: string, formula: string) =>
      (await runFormula(shared.server, path, formula)).Response;
    const read = `export const chunk = ({ r }) => r.map(({ v }) => v);
                  export const combine = (a, b) => a.concat(b);`;
    const values: [value: string, wanted: unknown][] = [
      ["timestamp '2024-01-01 00:00:00.001'", "2024-01-01T00:00:00.001Z"],
      ["timestamp '2024-01-01 00:00:00.000001'", /1704067200000001 µs since 1970/],
      ["make_timestamp_ns(-1)", /-1 ns since 1970/],
      ["1.25::decimal(18, 2)", 1.25],
      ["9007199254740993::decimal(18, 0)", /9007199254740993, is too long for a number/],
    ];
    for (const [value, wanted] of values) {
      const path = await shared.folder();
      const data = quoted(join(path, "time_series.parquet"));
      await duckdb.run(`copy (select {'v': ${value}} as r) to ${data} (format parquet)`);
      const { Result, Error: error } = await run(path, read);
      if (wanted instanceof RegExp) {
        assertEquals(error?.Code, "FORMULA_FAILED", value);
        assertMatch(error!.Message, wanted);
      } else assertEquals(Result, [wanted]);
      const keep = `export const keep = ["r"]; export const map = () => ({ one: [1] });`;
      assertEquals((await run(path, keep)).Status, "complete");
      const [same] = await duckdb.column(
        `select (select r from ${quoted(join(path, "work_ansver.parquet"))}) = r from ${data}`,
      );
      assertEquals(same, true, value);
    }
  });

  Deno.test(`bytes are text when the author says so and all of them are UTF-8 [${way.name}]`, async () => {
    const path = await shared.folder();
    const data = quoted(join(path, "time_series.parquet"));
    await duckdb.run(
      `copy (select encode('насос ' || i % 3) as unit, '\\xFF'::blob as raw, i::double as u
       from range(1000) t(i)) to ${data} (format parquet)`,
    );
    const run = async (text: string) => (await runFormula(shared.server, path, text)).Response;
    const grouped = await run(
      `import { groupBy } from "measuring/groups";
       export const text = ["unit"];
       export const filter = { unit: { $ne: "насос 1" } };
       export const { chunk, combine, aggregate } = groupBy("unit").count();`,
    );
    assertEquals(grouped.Status, "complete", JSON.stringify(grouped));
    assertEquals(
      await duckdb.rows(
        `select typeof(unit), unit, count from ${quoted(join(path, "work_ansver.parquet"))}`,
      ),
      [["VARCHAR", "насос 0", 334], ["VARCHAR", "насос 2", 333]],
    );
    const refused: [text: string, code: string, message: RegExp][] = [
      [`["raw"]`, "BASE_UNREADABLE", /"raw".*not UTF-8/],
      [`["u"]`, "FORMULA_INVALID", /"u" is DOUBLE/],
      [`["Unit"]`, "FORMULA_INVALID", /no column "Unit"/],
      [`"unit"`, "FORMULA_INVALID", /list of column names/],
    ];
    for (const [names, code, message] of refused) {
      const { Error: error } = await run(
        `export const text = ${names};
         export const map = (chunk) => ({ n: Array.from(chunk[text[0]], (one) => one.length) });`,
      );
      assertEquals(error?.Code, code, names);
      assertMatch(error!.Message, message);
    }
  });
}

/** The double nearest to a difference in seconds; NaN of null. */
function secondsOf(time: bigint | null, since: bigint): number {
  if (time === null) return NaN;
  const apart = time - since, size = apart < 0n ? -apart : apart;
  const rest = String(size % 1_000_000_000n).padStart(9, "0");
  return Number(`${apart < 0n ? "-" : ""}${size / 1_000_000_000n}.${rest}`);
}
