/** Wide tables made long: the service against DuckDB's UNPIVOT, and what is refused. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { unpivot } from "measuring/tables";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { SEED } from "../support/suite_options.ts";

const duckdb = await sharedDuckDB();

/** Columns that are kept, of `i` and a number `h` that depends on it, and what DuckDB has for them in a result. */
const KEPT: Record<string, string> = {
  ms: "make_timestamp_ms(1700000000000 + i * 7)::timestamp_ms",
  us: "make_timestamp(1700000000000000 + i)::timestamptz",
  ns: "make_timestamp_ns(1700000000000000000 + i)",
  day: "date '2024-01-01' + (i % 300)::int",
  clock: "time '00:00:01' + interval (i) second",
  small: "(h % 100)::tinyint",
  whole: "h::int - 500",
  long: "9007199254740993 + i",
  unsigned: "h::ubigint",
  money: "(h / 4)::decimal(9, 2)",
  huge: "(i * 10000000000000000000 + 7)::decimal(30, 3)",
  single: "(h / 4)::float",
  double: "sin(i)",
  flag: "h % 2 = 0",
  words: "'unit ' || h",
  id: "md5(i::varchar)::uuid",
  bytes: "encode('bytes ' || h)",
};

/** Columns that become rows: those of a list go together. */
const VALUES: readonly (readonly string[])[] = [
  ["sin(i)", "h::double", "i / 7"],
  ["(h / 8)::float", "(i % 5)::float"],
  ["h::int", "-i::int"],
  ["h::int", "sin(i)", "(h / 8)::float", "(h % 100)::tinyint", "(h * 65)::usmallint"],
  ["'a' || h", "chr((1040 + h % 32)::int)", "''"],
  ...Object.values(KEPT).map((form) => [form]),
];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random(list.length)]!;
}

for (const way of ways) {
  const shared = shareService(way);

  randomTest(
    "unpivots",
    `long tables are those of DuckDB's UNPIVOT, with the types of what is kept [${way.name}]`,
    async () => {
      const folder = await shared.folder();
      for (const index of randomCases("unpivots")) {
        const random = fuzzRandom(index);
        const rows = 1 + random(pick(random, [20, 5000, 150_000]));
        const forms = pick(random, VALUES);
        const count = 1 + random(6);
        const made = Array.from({ length: count }, () => pick(random, forms));
        const keep = Object.keys(KEPT).filter(() => random(4) === 0);
        const nulls = () => pick(random, [0, 0, 30]);
        const withNulls = (form: string, name: string) =>
          `case when hash(i, '${name}') % 100 < ${nulls()} then null else ${form} end as "${name}"`;
        const columns = made.map((_, k) => `c${k}, °C`);
        const filter = pick(random, [null, null, { row: { $gte: 7, $lt: 40_000 } }]);
        const selected = [
          "i as row",
          ...keep.map((name) => withNulls(KEPT[name]!, name)),
          ...made.map((form, k) => withNulls(form, columns[k]!)),
        ];
        const data = quoted(join(folder, "data.parquet"));
        await duckdb.run(
          `copy (select ${selected} from (select i, (hash(i, 1) % 1000)::int as h from range(${rows}) r(i)))
           to ${data} (format parquet, row_group_size 20480)`,
        );
        const isNamed = random(3) > 0;
        const options = {
          ...(isNamed ? { columns } : {}),
          keep: ["row", ...keep],
          name: "sensor",
        };
        const what = `seed ${SEED}, case ${index}: ${rows} rows, ${
          JSON.stringify(options)
        } ${made}, ${JSON.stringify(filter)}`;
        console.error(what);
        const { Response } = await runFormula(
          shared.server,
          folder,
          `import { unpivot } from "measuring/tables";
           export const filter = ${JSON.stringify(filter)};
           export const map = unpivot(${JSON.stringify(options)});`,
          { Base: "data.parquet" },
        );
        assertEquals(Response.Status, "complete", `${what}: ${JSON.stringify(Response)}`);
        const result = quoted(join(folder, "work_ansver.parquet"));
        const names = ["row", ...keep].map((name) => `"${name}"`);
        const list = columns.map((column) => `"${column}"`);
        const isMixed = new Set(await types(data, list)).size > 1;
        const wanted = `select * from (select ${names}, ${
          list.map((column) => isMixed ? `${column}::double as ${column}` : column)
        } from ${data} ${
          filter ? "where row >= 7 and row < 40000" : ""
        }) unpivot include nulls (value for sensor in (${list}))`;
        const [[missing, more, disordered]] = await duckdb.rows(
          `with wanted as (${wanted}), found as (select * from ${result})
           select (select count(*) from (from wanted except all from found))::int,
             (select count(*) from (from found except all from wanted))::int,
             (select count(*) from (select row, lag(row) over (order by file_row_number) as before
                from read_parquet(${result}, file_row_number = true)) where before > row)::int`,
        ) as [[number, number, number]];
        assertEquals([missing, more, disordered], [0, 0, 0], what);
        assertEquals(await types(result, names), await types(data, names), what);
        const [type] = isMixed ? ["DOUBLE"] : await types(data, list);
        assertEquals(await types(result, ["value"]), [type], what);
      }
    },
  );
}

async function types(from: string, names: readonly string[]): Promise<unknown[]> {
  return (await duckdb.rows(`describe select ${names} from ${from}`)).map(([, type]) => type);
}

/** A job on a small file of all kinds of columns. */
async function jobOn(shared: ReturnType<typeof shareService>, formula: string, more: object = {}) {
  const folder = await shared.folder();
  await duckdb.run(
    `copy (select i::int as i, i / 2 as u, case when i % 3 = 0 then null else i * 3 end::int as n,
        9007199254740993 + i as big, 'unit ' || i % 2 as unit, (i / 4)::decimal(9, 2) as money, [i, i] as list,
        timestamp '2024-01-01' + interval (i) second as t
      from range(3000) r(i)) to ${quoted(join(folder, "data.parquet"))}
      (format parquet, row_group_size 2048)`,
  );
  const { Response } = await runFormula(
    shared.server,
    folder,
    `import { unpivot } from "measuring/tables";
     import { groupBy, resample } from "measuring/groups";
     ${formula}`,
    { Base: "data.parquet", ...more },
  );
  return { folder, Response };
}

for (const way of ways) {
  const shared = shareService(way);

  Deno.test(`a group-by groups a long table [${way.name}]`, async () => {
    const compare = async (formula: string, wanted: string) => {
      const { folder, Response } = await jobOn(shared, formula);
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      const data = quoted(join(folder, "data.parquet"));
      const result = quoted(join(folder, "work_ansver.parquet"));
      const rows = (sql: string) => duckdb.plainRows(`from (${sql}) order by all`);
      assertEquals(await rows(`from ${result}`), await rows(wanted.replace("DATA", data)));
    };
    // Null among numbers is no value, but a row.
    await compare(
      `export const map = unpivot({ columns: ["u", "n"], keep: ["unit", "t"], name: "sensor" });
       export const { chunk, combine, aggregate } =
         groupBy(["unit", "sensor"]).max("value").count("value").count();`,
      `select unit, sensor, max(value), count(value)::double, count(*)::double
       from (from (select unit, t, u::double as u, n::double as n from DATA)
         unpivot include nulls (value for sensor in (u, n))) group by all`,
    );
    await compare(
      `export const filter = { unit: "unit 1" };
       export const map = unpivot({ columns: ["n"], keep: ["money", "t"] });
       export const { chunk, combine, aggregate } = groupBy("money").min("value").max("t");`,
      `select money, coalesce(min(n)::double, 'nan'), max(t) from DATA where unit = 'unit 1' group by all`,
    );
    await compare(
      `export const map = unpivot({ columns: ["big"], keep: ["unit"] });
       export const { chunk, combine, aggregate } = groupBy("value").count();`,
      `select big, count(*)::double from DATA group by all`,
    );
    await compare(
      `export const map = unpivot({ columns: ["t"] });
       export const { chunk, combine, aggregate } = resample("value", "1min").count();`,
      `select time_bucket(interval '1 minute', t), count(*)::double from DATA group by all`,
    );
  });

  Deno.test(`a map of one's own returns a long table, to CSV and folders, too [${way.name}]`, async () => {
    const formula = `const long = unpivot({ columns: ["u", "n"], keep: ["i"], name: "sensor" });
      export async function map(chunk) { await null; return long(chunk); }`;
    for (const Output of ["long.csv", "long/{sensor}/"]) {
      const { folder, Response } = await jobOn(shared, formula, { Output });
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      const from = Output.endsWith(".csv")
        ? quoted(join(folder, Output))
        : `read_parquet(${
          quoted(join(folder, "long", "**", "*.parquet"))
        }, hive_partitioning = true)`;
      const rows = await duckdb.plainRows(
        `select i::int, sensor, value::double from ${from} order by all`,
      );
      const wanted = await duckdb.plainRows(
        `from (select i, u::double as u, n::double as n from ${
          quoted(join(folder, "data.parquet"))
        })
         unpivot include nulls (value for sensor in (u, n)) order by all`,
      );
      assertEquals(rows, wanted);
    }
  });

  Deno.test(`long tables that can't be had without loss are refused by name [${way.name}]`, async () => {
    const refused = async (formula: string, code: string, message: string) => {
      const { Response } = await jobOn(shared, formula);
      assertEquals([Response.Status, Response.Error?.Code], ["error", code], formula);
      assertStringIncludes(Response.Error!.Message, message);
    };
    const invalid = (formula: string, message: string) =>
      refused(formula, "FORMULA_INVALID", message);
    const failed = (formula: string, message: string) =>
      refused(formula, "FORMULA_FAILED", message);
    const mapOf = (options: string) => `export const map = unpivot(${options});`;
    await invalid(mapOf('{ columns: ["u", "big"] }'), '"u" is DOUBLE, "big" is INT64');
    await invalid(mapOf('{ columns: ["unit", "n"] }'), '"unit" is STRING, "n" is INT32');
    await invalid(mapOf('{ columns: ["list"] }'), '"list" is LIST');
    await invalid(mapOf('{ columns: ["m"] }'), 'there is no column "m"');
    await invalid(mapOf('{ columns: ["u"], keep: ["monye"] }'), 'the columns are "money"');
    await invalid(mapOf(""), '"list" is LIST, which can\'t become rows');
    await invalid(
      `export const keep = ["i"]; ${mapOf('{ columns: ["u"] }')}`,
      'export "keep" stands',
    );
    await invalid(
      `${mapOf('{ columns: ["money"] }')}
       export const { chunk, combine, aggregate } = groupBy("value").count();`,
      '"value" has values that a group-by can\'t have',
    );
    const own = (body: string) =>
      `const long = unpivot({ columns: ["u"] });
       export function map(chunk) { ${body} }`;
    await failed(own("return { ...long(chunk), x: chunk.u };"), "return it from map as it is");
    await failed(own("return long({ u: chunk.u });"), "for another chunk");
    await failed(
      `export const main = (frame) => unpivot({ columns: ["u"] })(frame);`,
      "return it from map as it is",
    );
  });
}

Deno.test("what unpivot can't do is refused by name", () => {
  const refused = (options: unknown, message: string) =>
    assertThrows(() => unpivot(options as never), Error, message);
  refused({ columns: [] }, '"columns" is empty');
  refused({ columns: "u" }, '"columns" must be a list of columns\' names');
  refused({ columns: ["u", "u"] }, '"columns" has "u" twice');
  refused({ column: ["u"] }, 'did you mean "columns"?');
  refused({ columns: ["u"], keep: ["value"] }, 'two columns of the result would be called "value"');
  refused({ columns: ["u"], name: "x", value: "x" }, 'would be called "x"');
  assertThrows(() => ({ ...unpivot()({}) }), TypeError, "return it from map as it is");
});
