/** Keys of every scalar type, and times, in groups of jobs: against DuckDB and integer arithmetic. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

/** A key of every scalar type, by `k`, a small whole number. */
const KEYS: Record<string, string> = {
  tinyint: "k - 3",
  smallint: "k * 1000 - 3000",
  integer: "k * 10000000 - 30000000",
  bigint: "9223372036854775807 - k",
  "bigint ": "k * 1000 - 3000",
  utinyint: "k",
  usmallint: "65535 - k",
  uinteger: "4294967295 - k",
  ubigint: "18446744073709551615 - k",
  boolean: "k % 2 = 0",
  float: "(k - 3) / 3",
  double: "(k - 3) / 7",
  varchar: "'unit ' || k",
  blob: "('\\xFF\\x00' || k)",
  uuid: "md5(k::varchar)",
  "decimal(9, 2)": "(k - 3) / 100::decimal(9, 2)",
  "decimal(18, 3)": "999999999999999::decimal(18, 3) - k::decimal(18, 3) / 1000",
  "decimal(38, 10)": "1234567890123456789012345678::decimal(38, 10) + k::decimal(38, 10) / 1000",
  date: "date '1969-12-29' + k::int",
  time: "time '00:00:00.000001' + interval (k) second",
  timestamp_ms: "timestamp '1969-12-31 23:59:59.997' + interval (k) millisecond",
  timestamp: "timestamp '2024-01-01' + interval (k) microsecond",
  timestamp_ns: "make_timestamp_ns(1700000000000000000 + k)",
  timestamptz: "timestamptz '2024-01-01 12:00:00+03' + interval (k) microsecond",
};

/** Nanoseconds between two times at most: all lie in what 64 bits can hold. */
const LONGEST = 1_000_000_000_000_000n;

for (const way of ways) {
  const shared = shareService(way);

  randomTest(
    "group-types",
    `groups by keys of any types are those of DuckDB, with their types [${way.name}]`,
    async () => {
      const kinds = Object.entries(KEYS);
      for (const index of randomCases("group-types")) {
        const random = fuzzRandom(index);
        const columns = Array.from({ length: 1 + random(3) }, (_, at) => {
          const [type, value] = kinds[at === 0 ? index % kinds.length : random(kinds.length)]!;
          const every = 2 + random(9);
          const there = random(3) === 0
            ? `case when i % ${every} = 0 then null else ${value} end`
            : value;
          return `(select (${there})::${type.trim()} from (select (i * ${1 + random(50)} // ${
            1 + random(20)
          }) % ${2 + random(30)} as k)) as k${at}`;
        });
        const names = columns.map((_, at) => `k${at}`);
        const path = await shared.folder();
        const data = quoted(join(path, "time_series.parquet"));
        await duckdb.run(
          `copy (select ${columns}, (i % 10)::double as u from range(${1 + random(3000)}) t(i))
           to ${data} (format parquet, row_group_size ${2048 * (1 + random(2))})`,
        );
        const int64 = random(2) ? `export const int64 = "bigint";` : "";
        const { Response } = await runFormula(
          shared.server,
          path,
          `import { groupBy } from "measuring/groups"; ${int64}
           export const { chunk, combine, aggregate } = groupBy(${
            JSON.stringify(names)
          }).sum("u").count();`,
        );
        const where = `case ${index}: ${columns}`;
        assertEquals(Response.Status, "complete", `${where}: ${JSON.stringify(Response)}`);
        const result = quoted(join(path, "work_ansver.parquet"));
        const typesOf = (table: string) =>
          duckdb.rows(
            `select column_name, column_type from (describe select ${names} from ${table})`,
          );
        assertEquals(await typesOf(result), await typesOf(data), where);
        const wanted =
          `select ${names}, sum(u) as sum_u, count(*)::int as count from ${data} group by ${names}`;
        const [[same]] = await duckdb.rows(
          `select not exists (from (${wanted}) except all from ${result})
             and not exists (from ${result} except all from (${wanted}))`,
        ) as [[boolean]];
        assert(same, where);
      }
    },
  );

  randomTest(
    "group-types",
    `intervals of times are those of whole numbers, in any unit [${way.name}]`,
    async () => {
      for (const index of randomCases("group-types")) {
        const random = fuzzRandom(7919 + index);
        const path = await shared.folder();
        const data = quoted(join(path, "time_series.parquet"));
        const { type, per, every, nanoseconds, origin } = randomIntervals(random);
        const rows = 1 + random(2000);
        const wide = BigInt(1 + random(1000)) * nanoseconds / 97n + 1n;
        const step = wide < LONGEST ? wide : LONGEST;
        const start = [0n, -step * 500n, 1_704_067_200_000_000_000n][random(3)]! / per;
        const value = `make_timestamp_ns(((${start} + (i * 7919 % ${rows}) * ${
          step / per + 1n
        }) * ${per})::bigint)`;
        const nulls = random(3) === 0 ? `case when i % 5 = 2 then null else ${value} end` : value;
        await duckdb.run(
          `copy (select (${nulls})${
            type === "timestamp_ms" ? "::timestamp" : ""
          }::${type} as t, i::double as u from range(${rows}) t(i))
           to ${data} (format parquet, row_group_size 2048)`,
        );
        const options = origin === 0n ? "" : `, { origin: ${origin / 1_000_000n} }`;
        const { Response } = await runFormula(
          shared.server,
          path,
          `import { groupBy, interval } from "measuring/groups";
           export const { chunk, combine, aggregate } = groupBy(interval("t", ${
            JSON.stringify(every)
          }${options})).count().first("t").last("t").min("t").max("t");`,
        );
        const where = `case ${index}: ${every} of ${type}, ${value}${options}`;
        assertEquals(Response.Status, "complete", `${where}: ${JSON.stringify(Response)}`);
        const result = quoted(join(path, "work_ansver.parquet"));
        const first = origin === 0n ? 946_857_600_000_000_000n : origin;
        const ns = "epoch_ns(t::timestamp_ns)";
        const floored =
          `(${ns} - ${first}) // ${nanoseconds} - ((${ns} - ${first}) % ${nanoseconds} < 0)::int`;
        const wanted = `select (${first} + (${floored}) * ${nanoseconds})::bigint, count(*)::int,
           ${["arg_min", "arg_max"].map((pick) => `epoch_ns(${pick}(t, u)::timestamp_ns)`)},
           epoch_ns(min(t)::timestamp_ns), epoch_ns(max(t)::timestamp_ns) from ${data} group by 1`;
        const found = `select epoch_ns(t::timestamp_ns), count, ${
          ["first_t", "last_t", "min_t", "max_t"].map((name) => `epoch_ns(${name}::timestamp_ns)`)
        } from ${result}`;
        const [[same, isTime, sameType]] = await duckdb.rows(
          `select not exists (${wanted} except all ${found}) and not exists (${found} except all (${wanted})),
           (select typeof(t) like 'TIMESTAMP%' or typeof(t) = 'DATE' from ${result} limit 1),
           (select typeof(min_t) from ${result} limit 1) = (select typeof(t) from ${data} limit 1)`,
        ) as [[boolean, boolean, boolean]];
        assertEquals([same, isTime, sameType], [true, true, true], where);
      }
    },
  );
}

for (const way of ways) {
  const shared = shareService(way);

  Deno.test(`keys keep their type when all are null or there are no rows [${way.name}]`, async () => {
    const path = await shared.folder();
    for (const rows of [3, 0]) {
      for (const type of Object.keys(KEYS)) {
        const data = quoted(join(path, "time_series.parquet"));
        await duckdb.run(
          `copy (select null::${type.trim()} as k from range(${rows})) to ${data} (format parquet)`,
        );
        const { Response } = await runFormula(
          shared.server,
          path,
          `import { groupBy } from "measuring/groups";
           export const { chunk, combine, aggregate } = groupBy("k").count();`,
        );
        assertEquals(Response.Status, "complete", `${type}: ${JSON.stringify(Response)}`);
        const typeOf = (table: string) =>
          duckdb.rows(`select column_type from (describe select k from ${table})`);
        const result = quoted(join(path, "work_ansver.parquet"));
        assertEquals(await typeOf(result), await typeOf(data), `${rows} rows`);
        assertEquals(await duckdb.rows(`from ${result}`), rows ? [[null, rows]] : []);
      }
    }
  });

  Deno.test(`times that overflow their unit get a coarser one or are refused by name [${way.name}]`, async () => {
    const path = await shared.folder();
    await Deno.mkdir(join(path, "data"));
    const run = async (key: string, nanoseconds: number) => {
      const far = "timestamp '3000-01-01 10:00:00.000001'";
      const near = `make_timestamp_ns(1704067200000000000 + ${nanoseconds})`;
      for (const [k, time] of [far, near].entries()) {
        const file = quoted(join(path, "data", `${k}.parquet`));
        await duckdb.run(`copy (select ${time} as t) to ${file} (format parquet)`);
      }
      const { Response } = await runFormula(
        shared.server,
        path,
        `import { groupBy, interval } from "measuring/groups";
         export const { chunk, combine, aggregate } = groupBy(${key}).count();`,
        { Base: "data" },
      );
      return Response;
    };
    const timesOf = () =>
      duckdb.rows(
        `select typeof(t), t::varchar from ${quoted(join(path, "work_ansver.parquet"))} order by t`,
      );
    for (const [key, nanoseconds] of [[`"t"`, 0], [`interval("t", "1ns")`, 1000]] as const) {
      assertEquals((await run(key, nanoseconds)).Status, "complete");
      assertEquals(await timesOf(), [
        ["TIMESTAMP", `2024-01-01 00:00:00${nanoseconds ? ".000001" : ""}`],
        ["TIMESTAMP", "3000-01-01 10:00:00.000001"],
      ]);
    }
    assertEquals((await run(`interval("t", "1h")`, 1)).Status, "complete");
    assertEquals(await timesOf(), [
      ["TIMESTAMP", "2024-01-01 00:00:00"],
      ["TIMESTAMP", "3000-01-01 10:00:00"],
    ]);
    for (const key of [`"t"`, `interval("t", "1ns")`]) {
      const { Error: error } = await run(key, 1);
      assertEquals(error?.Code, "FORMULA_FAILED", key);
      assertStringIncludes(error!.Message, `column "t": 32503716000000001000 is more than 64 bits`);
    }
  });

  Deno.test(`keys of bytes keep their length, and FLOAT16 keys stay FLOAT16 [${way.name}]`, async () => {
    const path = await shared.folder();
    const data = join(path, "time_series.parquet");
    const columns = [
      [[3, 1, 2, 1].map((last) => Uint8Array.of(0, 255, last)), { type_length: 3 }],
      [[-0.5, 65504, 2 ** -24, -0.5], { type_length: 2, logical_type: { type: "FLOAT16" } }],
    ] as const;
    const wanted = [
      [["00FF01", 2], ["00FF02", 1], ["00FF03", 1]],
      [["00B8", 2], ["0100", 1], ["FF7B", 1]],
    ];
    for (const [index, [k, type]] of columns.entries()) {
      const element = { type: "FIXED_LEN_BYTE_ARRAY", repetition_type: "REQUIRED" } as const;
      const buffer = parquetWriteBuffer({
        columnData: [{ name: "k", data: [...k] }],
        schema: [{ name: "root", num_children: 1 }, { name: "k", ...element, ...type }],
      });
      await Deno.writeFile(data, new Uint8Array(buffer));
      const { Response } = await runFormula(
        shared.server,
        path,
        `import { groupBy } from "measuring/groups";
         export const { chunk, combine, aggregate } = groupBy("k").count();`,
      );
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      const file = (await Deno.readFile(join(path, "work_ansver.parquet"))).buffer;
      const { schema } = parquetMetadata(file);
      assertEquals(schema[1]!.type_length, type.type_length);
      assertEquals(schema[1]!.logical_type, "logical_type" in type ? type.logical_type : undefined);
      const rows = await parquetReadObjects({ file, utf8: false }) as Record<string, unknown>[];
      const keys = rows.map((row) => [
        typeof row.k === "number"
          ? new Uint8Array(new Float16Array([row.k]).buffer).toHex().toUpperCase()
          : (row.k as Uint8Array).toHex().toUpperCase(),
        row.count,
      ]);
      assertEquals(keys, wanted[index]);
    }
  });
}

/** A column of times, and intervals that its rows fall into, in nanoseconds. */
function randomIntervals(random: Random) {
  const [type, per] = ([
    ["date", 86_400_000_000_000n],
    ["timestamp_ms", 1_000_000n],
    ["timestamp", 1_000n],
    ["timestamptz", 1_000n],
    ["timestamp_ns", 1n],
  ] as const)[random(5)]!;
  const [every, nanoseconds] = ([
    ["1ns", 1n],
    ["250us", 250_000n],
    ["0.1ms", 100_000n],
    [0.3, 300_000n],
    ["1s", 1_000_000_000n],
    ["7 s", 7_000_000_000n],
    ["15m", 900_000_000_000n],
    ["1h", 3_600_000_000_000n],
    ["1d", 86_400_000_000_000n],
    ["1w", 604_800_000_000_000n],
  ] as const)[random(10)]!;
  const origin = random(3) === 0 ? 1_600_000_000_123_000_000n : 0n;
  return { type, per, every, nanoseconds, origin };
}
