/** Results in folders by the values of columns, against what DuckDB, Polars and the service itself read in them. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { encodeRowGroup, type OutputColumn } from "../../mod/parquet/write/encode.ts";
import { PartedFolder } from "../../mod/result/parted_folder.ts";
import { listing, rowGroups, runFormula } from "../support/fixtures.ts";
import { bothWays, ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { pythonScript, pythonTest } from "../support/peers/python.ts";
import { fuzzRandom } from "../support/random_numbers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();
const ask = pythonScript("result_readers.py");

/** Columns that rows are parted by, and the types as which their values come back from names of folders. */
const KEYS: Record<string, string> = {
  unit: "varchar",
  "dot.ted name": "integer",
  day: "date",
  at: "timestamp",
  on: "boolean",
  "=": "bigint",
};

/** What texts are made of: all that a path, or who reads it, could take for something else. */
const PIECES = [
  ...["/", "\\", "..", ".", "%", "%20", "=", " ", "насос", "🌡", "a", "+", "&", "?", "#", ":", "*"],
  ...['"', "'", "{x}", "~", "\n", "\t", "Z", "é", "|"],
];

const FORMULA = `
  const PIECES = ${JSON.stringify(PIECES)};
  export const map = ({ n, at, day, text }, { params: { seed, values } }) => {
    const dice = (row, k, below) => {
      let t = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(k + seed, 0x85ebca6b);
      t = Math.imul(t ^ (t >>> 15), 0x2c1b3c6d);
      return ((t ^ (t >>> 13)) >>> 0) % below;
    };
    const pick = (row, k) => dice(row, k, values);
    const unitOf = (value) => {
      if (value === 1) return null;
      let made = "u";
      for (let k = dice(value, 1, 5); k > 0; k--) made += PIECES[dice(value, k + 1, PIECES.length)];
      return made;
    };
    const rows = Array.from(n, Number);
    return {
      n,
      unit: rows.map((row) => unitOf(pick(row, 50))),
      "dot.ted name": rows.map((row) => pick(row, 51) === 2 ? null : pick(row, 51) - 2),
      day,
      at,
      on: rows.map((row) => [true, false, null][pick(row, 52) % 3]),
      "=": BigInt64Array.from(rows, (row) => BigInt(pick(row, 53)) * 1_000_000_007n - 5n),
      x: Float64Array.from(rows, (row) => dice(row, 60, 1e9) / 977),
      text,
      sparse: rows.map((row) => pick(row, 50) === 0 ? row / 2 : null),
    };
  };`;

async function writeTable(path: string, rows: number, values: number): Promise<void> {
  await duckdb.run(
    `copy (select i::int as n, date '1969-12-30' + (i % ${values})::int as day,
             case when i % 11 = 3 then null
               else timestamp '1999-12-31 23:00:00' + interval (i % ${values} * 1800500) millisecond end as at,
             'text ' || i % 13 as text
           from range(${rows}) t(i)) to ${quoted(path)} (format parquet, row_group_size 20480)`,
  );
}

/** Rows that only one of two relations has. */
async function differing(one: string, other: string): Promise<unknown[][]> {
  return await duckdb.plainRows(
    `(from ${one} except all from ${other}) union all (from ${other} except all from ${one}) limit 3`,
  );
}

/** The folders below one that hold files, sorted. */
function foldersIn(folder: string, path = ""): string[] {
  const entries = [...Deno.readDirSync(join(folder, path))];
  const below = entries.filter(({ isDirectory }) => isDirectory)
    .flatMap(({ name }) => foldersIn(folder, join(path, name)));
  return (entries.some(({ isFile }) => isFile) ? [path, ...below] : below).sort();
}

const identifier = (name: string) => `"${name}"`;

for (const way of ways) {
  const shared = shareService(way);

  pythonTest(
    `random tables in folders are the same to DuckDB, Polars and the service [${way.name}]`,
    async () => {
      using _told = tellAmount("partitioned-folders");
      for (const index of randomCases("partitioned-folders")) {
        const random = fuzzRandom(index);
        const folder = await shared.folder();
        const rows = [1, 300, 5000, 50_000][random(4)]! + random(100), values = 2 + random(8);
        await writeTable(join(folder, "time_series.parquet"), rows, values);
        const Params = { seed: random(1e6), values };
        const keys = Object.keys(KEYS).toSorted(() => random(3) - 1).slice(0, 1 + random(3));
        const Output = `out/${keys.map((key) => `{${key}}/`).join("")}`;
        const told = `case ${index}: ${rows} rows by ${keys}`;
        for (const name of [Output, "plain.parquet"]) {
          const { Response } = await runFormula(shared.server, folder, FORMULA, {
            Output: name,
            Params,
          });
          assertEquals(Response.Status, "complete", `${told}: ${JSON.stringify(Response)}`);
          const File = name.replace(/\/.*/, "/");
          assertEquals(Response.Discription, { Directory: folder, File });
          assertEquals(Response.Job!.Rows, rows);
        }
        // DuckDB reads what is escaped in values, and not in names of columns, though it writes both.
        const types = keys.map((key) => `${quoted(encodeURIComponent(key))}: ${KEYS[key]!}`);
        const shown = (name: string) =>
          keys.includes(name)
            ? `${identifier(encodeURIComponent(name))} as ${identifier(name)}`
            : identifier(name);
        const all = ["n", ...Object.keys(KEYS), "x", "text", "sparse"];
        const names = all.map(identifier).join();
        const plain = `(select ${names} from ${quoted(join(folder, "plain.parquet"))})`;
        const parted = `(select ${all.map(shown)} from read_parquet(${
          quoted(join(folder, "out/**/*.parquet"))
        },
        hive_partitioning = true, hive_types = {${types}}))`;
        assertEquals(await differing(plain, parted), [], told);
        // The folders are those that DuckDB makes of the same rows.
        await duckdb.run(
          `copy (select * replace (${
            keys.map((key) => `${identifier(key)}::${KEYS[key]!} as ${identifier(key)}`)
          }) from ${plain}) to ${quoted(join(folder, "theirs"))} (format parquet, partition_by (${
            keys.map(identifier)
          }))`,
        );
        assertEquals(foldersIn(join(folder, "out")), foldersIn(join(folder, "theirs")), told);
        // Rows of a folder are in the order of the input.
        const disorder = await duckdb.rows(
          `select count(*) from (select n < lag(n) over (partition by filename order by file_row_number) as less
         from read_parquet(${
            quoted(join(folder, "out/**/*.parquet"))
          }, filename = true, file_row_number = true))
         where less`,
        );
        assertEquals(disorder, [[0n]], told);
        const answer = JSON.parse(
          await ask(
            JSON.stringify(["parted", [join(folder, "out"), join(folder, "plain.parquet"), keys]]),
            "polars",
          ),
        );
        assertEquals(answer, { value: null }, told);
        const back = await runFormula(
          shared.server,
          folder,
          `export const int64 = "bigint"; export const keep = ${
            JSON.stringify(["n", ...Object.keys(KEYS), "text", "sparse"])
          }; export const map = ({ x }) => ({ x });`,
          { Base: "out", Output: "back.parquet" },
        );
        assertEquals(back.Response.Status, "complete", `${told}: ${JSON.stringify(back.Response)}`);
        const cast = Object.entries(KEYS).map(([name, type]) =>
          `${identifier(name)}::${type} as ${identifier(name)}`
        );
        const read = `(select n, ${cast}, x, text, sparse from ${
          quoted(join(folder, "back.parquet"))
        })`;
        assertEquals(await differing(plain, read), [], told);
      }
    },
  );
}

for (const way of bothWays) {
  const shared = shareService(way);

  Deno.test(`a folder by columns is there whole or not at all, and replaces such ones only [${way.name}]`, async () => {
    const folder = await shared.folder();
    await duckdb.run(
      `copy (select i as n, 'unit ' || i % 3 as unit, i % 2 as half from range(100000) t(i))
       to ${quoted(join(folder, "time_series.parquet"))} (row_group_size 20480)`,
    );
    const answer = async (formula: string, Output: string) =>
      (await runFormula(shared.server, folder, formula, { Output })).Response;
    const map = `export const map = ({ n, unit, half }) => ({ n, unit, half });`;
    assertEquals((await answer(map, "by/{unit}/")).Status, "complete");
    assertEquals(listing(join(folder, "by")), ["unit=unit%200", "unit=unit%201", "unit=unit%202"]);
    // What is made of several partitions is one row group.
    assertEquals(await rowGroups(join(folder, "by/unit=unit%200/part.0.parquet")), [33_334]);
    assertEquals((await answer(map, "by/{half}/{unit}/")).Status, "complete");
    assertEquals(listing(join(folder, "by")), ["half=0", "half=1"]);

    const grouped = `import { groupBy } from "measuring/groups";
      export const { chunk, combine, aggregate } = groupBy(["unit", "half"]).mean("n").count();`;
    assertEquals((await answer(grouped, "groups/{unit}/")).Job!.Rows, 6);
    const counts = await duckdb.plainRows(
      `select unit, half, count::int from read_parquet(${
        quoted(join(folder, "groups/**/*.parquet"))
      }, hive_partitioning = true) order by all`,
    );
    assertEquals(counts.length, 6);
    assert(counts.every(([, , count]) => Math.abs(Number(count) - 100_000 / 6) < 1));

    const kept =
      `export const keep = ["unit", "n"]; export const map = ({ n }) => ({ twice: n.map((v) => 2 * v) });`;
    assertEquals((await answer(kept, "kept/{unit}/")).Status, "complete");
    const sums = await duckdb.plainRows(
      `select count(*)::int, sum(n)::double, sum(twice)::double from read_parquet(${
        quoted(join(folder, "kept/**/*.parquet"))
      }, hive_partitioning = true)`,
    );
    assertEquals(sums, [[100_000, 4_999_950_000, 9_999_900_000]]);

    const none = `export const filter = { n: { $lt: 0 } }; ${map}`;
    assertEquals((await answer(none, "none/{unit}/")).Job!.Rows, 0);
    assertEquals(listing(join(folder, "none")), []);

    await Deno.writeTextFile(join(folder, "by/half=0/notes.txt"), "mine");
    const before = listing(folder);
    const refused = async (formula: string, Output: string) => {
      const { Error } = await answer(formula, Output);
      assertEquals(listing(folder), before);
      return `${Error?.Code}: ${Error?.Message}`;
    };
    assertMatch(
      await refused(map, "by/{half}/"),
      /^OUTPUT_FAILED: .*half=0\/notes\.txt, which is no part/,
    );
    assertEquals(Deno.readTextFileSync(join(folder, "by/half=0/notes.txt")), "mine");
    assertMatch(
      await refused(map, "new/{unti}/"),
      /^BAD_REQUEST: Request\.Output names "unti", which is no column of the result; the columns are "unit", /,
    );
    assertMatch(
      await refused(`export const map = ({ n }) => ({ n });`, "new/{n}/"),
      /^BAD_REQUEST: Request\.Output names all columns of the result/,
    );
    assertMatch(
      await refused(`export const map = ({ n }) => ({ n, k: n });`, "new/{k}/"),
      /^TOO_LARGE: the result has more than 1000 folders; part it by columns of fewer values$/,
    );
    assertMatch(
      await refused(`export const map = ({ n }) => ({ n, k: n.map((v) => v / 2) });`, "new/{k}/"),
      /^FORMULA_FAILED: column "k", row 1: 0\.5 is no whole number; folders are named by whole numbers/,
    );
    const text = (value: string) =>
      `export const map = ({ n }) => ({ n, k: Array.from(n, () => ${value}) });`;
    assertMatch(
      await refused(text(`"__HIVE_DEFAULT_PARTITION__"`), "new/{k}/"),
      /^FORMULA_FAILED: column "k", row 0: a folder named __HIVE_DEFAULT_PARTITION__ stands for null/,
    );
    assertMatch(
      await refused(text(`"x".repeat(300)`), "new/{k}/"),
      /^FORMULA_FAILED: column "k", row 0: no folder can be named by a text of so many characters/,
    );
    assertMatch(
      await refused(text(`({ a: 1 })`), "new/{k}/"),
      /^FORMULA_FAILED: column "k" holds records or arrays, which a folder's name can't hold/,
    );
    for (
      const name of [
        "a/{unit}",
        "a/b/{unit}/",
        "../{unit}/",
        "a/{}/",
        "a/{..}/../",
        "/{unit}/",
        "a/{x}b/",
      ]
    ) {
      assertMatch(
        await refused(map, name),
        /^BAD_REQUEST: Request\.Output must be a plain file name/,
      );
    }
    assertMatch(await refused(map, "a/{unit}/{unit}/"), /names the column "unit" twice/);
    const said = await answer(`export const main = () => "done";`, "said/{unit}/");
    assertEquals(said.Discription, { Directory: folder, File: "said.txt" });
  });
}

Deno.test("rows of a folder wait for a row group, and all its files have the same types", async () => {
  const path = join(await Deno.makeTempDir(), "parted");
  const writer = new PartedFolder(path, ["unit"]);
  const append = (unit: number, rows: number, text: string | null) => {
    const columns: OutputColumn[] = [
      { name: "n", type: "int32", values: new Int32Array(rows).fill(unit) },
      {
        name: "text",
        type: text === null ? "null" : "string",
        values: new Array(rows).fill(text),
      },
    ];
    const group = { ...encodeRowGroup(columns, { joinable: true }), folder: `unit=${unit}` };
    writer.appendJoined({ rows, parts: [[group]] });
  };
  append(1, 100_000, null);
  append(2, 10, "two");
  append(1, 20_000, null);
  append(1, 20_000, null);
  append(1, 7, null);
  append(3, 5, null);
  append(3, 5, "three");
  assertEquals(writer.finish().rows, 140_027);
  await writer.sync();
  writer.close();
  const files = [1, 2, 3].map((unit) => join(path, `unit=${unit}/part.0.parquet`));
  assertEquals(await Promise.all(files.map(rowGroups)), [[140_000, 7], [10], [5, 5]]);
  for (const file of files) {
    const described = await duckdb.rows(
      `describe select * from read_parquet(${quoted(file)}, hive_partitioning = false)`,
    );
    assertEquals(described.map(([name, type]) => [name, type]), [["n", "INTEGER"], [
      "text",
      "VARCHAR",
    ]]);
  }
  const texts = await duckdb.plainRows(
    `select text, count(*)::int from read_parquet(${
      quoted(join(path, "**/*.parquet"))
    }) group by 1 order by 2`,
  );
  assertEquals(texts, [["three", 5], ["two", 10], [null, 140_012]]);
  for (
    const folder of [
      undefined,
      "",
      "unit=1/x=2",
      "../unit=1",
      "unit=..%2F/",
      "unit=a/b",
      "unit",
      ".unit=1",
    ]
  ) {
    const other = new PartedFolder(join(path, "other"), ["unit"]);
    const n: OutputColumn = { name: "n", type: "int32", values: Int32Array.of(1) };
    const group = { ...encodeRowGroup([n]), ...(folder === undefined ? {} : { folder }) };
    assertThrows(() => other.appendJoined({ rows: 1, parts: [[group]] }), Error, "folder of rows");
    other.abort();
  }
  await Deno.remove(path, { recursive: true });
});
