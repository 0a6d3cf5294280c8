/** Folders whose files have columns of different types, against DuckDB's union by name. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

/** Types that can be joined with each other, and a value of each by `i`. */
const FAMILIES: Record<string, string>[] = [
  {
    tinyint: "i % 100 - 50",
    smallint: "i * 31 % 60000 - 30000",
    integer: "i * 7919",
    bigint: "i * 1000003",
  },
  { utinyint: "i % 250", usmallint: "i % 60000", uinteger: "4000000000 + i", bigint: "-i" },
  { utinyint: "i % 250", uinteger: "4000000000 + i", ubigint: "18446744073709551615 - i::ubigint" },
  { integer: "i", float: "i / 4", double: "i / 7" },
  {
    timestamp_ms: "timestamp '2024-01-01' + interval (i) minute",
    timestamp: "timestamp '1969-12-31 23:59:59.999999' + interval (i * 1001) microsecond",
    timestamp_ns: "timestamp_ns '2024-01-01 00:00:00.000000001'",
  },
  { "decimal(9, 2)": "i / 100", "decimal(18, 4)": "i / 10000", "decimal(30, 1)": "i / 10" },
  { varchar: "'text ' || i" },
  { boolean: "i % 2 = 0" },
  { uuid: "md5(i::varchar)" },
  { blob: "('\\xFF' || i)" },
  { date: "date '1969-12-01' + i::int" },
  { timestamptz: "timestamptz '2024-01-01 12:00:00+03' + interval (i) hour" },
  { time: "time '00:00:00.000001' + interval (i) second" },
  { "integer[]": "case i % 3 when 0 then [] when 1 then [i, null] else [1, 2, i] end" },
  { "struct(a integer, b varchar[])": "{'a': i, 'b': ['x' || i, null]}" },
  { "map(varchar, double)": "map {'k' || i: i / 3}" },
];

/** A folder of files, and its columns. */
interface Folder {
  files: { name: string; rows: number; columns: string[] }[];
  names: string[];
}

function randomFolder(random: Random): Folder {
  const columns = Array.from({ length: 1 + random(5) }, (_, k) => ({
    name: `c${k}`,
    types: Object.entries(FAMILIES[random(FAMILIES.length)]!),
  }));
  const files = Array.from({ length: 2 + random(4) }, (_, index) => {
    const own = columns.filter(() => random(6) > 0).toSorted(() => random(3) - 1);
    const texts = own.map(({ name, types }) => {
      const [type, value] = types[random(types.length)]!;
      const nulls = random(3) === 0
        ? `case when i % 3 = ${random(3)} then null else ${value} end`
        : value;
      return `(${random(12) === 0 ? "null" : nulls})::${type} as ${name}`;
    });
    return { name: `day.${index}.parquet`, rows: random(40), columns: ["i", ...texts] };
  });
  return { files, names: columns.map(({ name }) => name) };
}

/** Gives the values of a column. */
const VALUES = `export const chunk = ({ v }) => v; export const combine = (a, b) => a.concat(b);`;

/** Writes a file of `days` for each list of columns, over files of the same names. */
async function writeDays(path: string, selected: readonly string[]): Promise<void> {
  await Deno.mkdir(join(path, "days"), { recursive: true });
  for (const [index, columns] of selected.entries()) {
    const file = quoted(join(path, "days", `day.${index}.parquet`));
    await duckdb.run(`copy (select ${columns}) to ${file} (format parquet)`);
  }
}

for (const way of ways) {
  const shared = shareService(way);

  randomTest(
    "joined-folders",
    `files of any types are one table, as DuckDB has them by name [${way.name}]`,
    async () => {
      for (const index of randomCases("joined-folders")) {
        const random = fuzzRandom(index);
        const { files, names } = randomFolder(random);
        const path = await shared.folder();
        await Deno.mkdir(join(path, "days"));
        for (const { name, rows, columns } of files) {
          await duckdb.run(
            `copy (select ${columns.join(", ")} from range(${rows}) t(i)) to ${
              quoted(join(path, "days", name))
            } (format parquet)`,
          );
        }
        const list = files.map(({ name }) => quoted(join(path, "days", name)));
        const all = `read_parquet([${list}], union_by_name = true)`;
        const there = names.filter((name) =>
          files.some(({ columns }) => columns.some((text) => text.endsWith(` as ${name}`)))
        );
        const where = `folder ${index}: ${JSON.stringify(files)}`;
        const { Response } = await runFormula(
          shared.server,
          path,
          `export const keep = ${JSON.stringify(["i", ...there])};
           export const map = ({ i }) => ({ twice: Float64Array.from(i, (v) => 2 * v) });`,
          { Base: "days" },
        );
        assertEquals(Response.Status, "complete", `${where}: ${JSON.stringify(Response)}`);
        const result = quoted(join(path, "work_ansver.parquet"));
        const typed = await duckdb.rows(
          `select column_name, column_type from (describe select * from ${result})`,
        ) as [string, string][];
        const casts = typed.filter(([name]) => name !== "twice")
          .map(([name, type]) => `${name}::${type} as ${name}`);
        const wanted = `select ${casts}, (2 * i)::double as twice from ${all}`;
        const [[same, rows]] = await duckdb.rows(
          `select not exists (from (${wanted}) except all from ${result})
             and not exists (from ${result} except all from (${wanted})),
           (select count(*) from ${result})`,
        ) as [[boolean, bigint]];
        assertEquals(rows, BigInt(files.reduce((sum, { rows }) => sum + rows, 0)), where);
        assert(same, where);
      }
    },
  );

  Deno.test(`a null of one file is null, whatever the types of the others [${way.name}]`, async () => {
    const path = await shared.folder();
    const files = [
      "1::smallint as v, 0.5::float as f",
      "null::smallint as v, null::float as f",
      "100000::integer as v, 1e300::double as f",
    ];
    await writeDays(path, files);
    const { Response } = await runFormula(
      shared.server,
      path,
      `export const chunk = (chunk) => ["v", "f"].map((name) => [
         chunk[name].constructor.name, ...Array.from(chunk[name], String), ...chunk.validity(name)]);
       export const combine = (a, b) => [a, b];`,
      { Base: "days" },
    );
    assertEquals(Response.Result, [
      ["Float64Array", "1", "NaN", "100000", 1, 0, 1],
      ["Float64Array", "0.5", "NaN", "1e+300", 1, 0, 1],
    ]);
  });

  Deno.test(`nested columns that hold anything are joined only with their like [${way.name}]`, async () => {
    const path = await shared.folder();
    const others = [
      "{'a': null::integer, 'b': 'text'}",
      "{'c': 1}",
      "null::struct(d varchar)",
      "{'d': null::varchar}",
    ];
    const conflicts = [true, true, false, false];
    for (const [index, other] of others.entries()) {
      await writeDays(path, ["{'a': 1} as v", `${other} as v`]);
      const { Response } = await runFormula(shared.server, path, VALUES, { Base: "days" });
      const code = Response.Status === "error" ? Response.Error!.Code : null;
      assertEquals(code, conflicts[index] ? "BASE_UNREADABLE" : null, other);
    }
    // A list's nulls and empty lists may be as many as its rows.
    const lists = ["[['a'], [null]]", "[[1, null], []]"];
    await writeDays(path, lists.map((values) => `unnest(${values}) as v`));
    const { Response } = await runFormula(shared.server, path, VALUES, { Base: "days" });
    assertEquals(Response.Error?.Code, "BASE_UNREADABLE", JSON.stringify(Response));
  });
}
