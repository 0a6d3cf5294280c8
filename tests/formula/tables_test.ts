/** Results of several tables, against what DuckDB makes of the same rows. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { listing, readRows, rowGroups, runFormula, writeSample } from "../support/fixtures.ts";
import { bothWays, finish, type Reply, ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

/** What a table can have of each row: in the formula of `rows`, and in DuckDB. */
const COLUMNS: Record<string, { made: string; sql: string }> = {
  half: { made: "Float64Array.from(rows, (n) => n / 2)", sql: "n / 2.0::double" },
  single: { made: "Float32Array.from(rows, (n) => n / 4)", sql: "(n / 4.0)::float" },
  small: { made: "Int16Array.from(rows, (n) => n % 999 - 500)", sql: "(n % 999 - 500)::smallint" },
  unsigned: { made: "Uint8Array.from(rows, (n) => n % 251)", sql: "(n % 251)::utinyint" },
  large: {
    made: "BigInt64Array.from(rows, (n) => BigInt(n) * 90071992547409n)",
    sql: "n::bigint * 90071992547409",
  },
  text: {
    made: "rows.map((n) => n % 5 === 2 ? null : 'text \"' + n % 13 + '\", насос')",
    sql: "case when n % 5 = 2 then null else 'text \"' || n % 13 || '\", насос' end",
  },
  flag: {
    made: "rows.map((n) => [true, false, null][n % 3])",
    sql: "[true, false, null][n % 3 + 1]",
  },
  date: {
    made: "rows.map((n) => n % 7 === 3 ? null : new Date(n * 86_399_999 - 1e12))",
    sql:
      "case when n % 7 = 3 then null else make_timestamp_ms(n::bigint * 86399999 - 1000000000000)::timestamptz end",
  },
  sparse: {
    made: "rows.map((n) => n % 40_000 === 17 ? n + 0.5 : null)",
    sql: "case when n % 40000 = 17 then n + 0.5::double else null end",
  },
  unit: { made: "picked(chunk.unit)", sql: "unit" },
};
/** What CSV can't hold, or not without a word on how. */
const TYPES: Record<string, string> = {
  half: "double",
  single: "float",
  small: "smallint",
  unsigned: "utinyint",
  large: "bigint",
  text: "varchar",
  flag: "boolean",
  date: "timestamptz",
  sparse: "double",
  unit: "varchar",
};

interface WantedTable {
  name: string;
  columns: string[];
  /** Its rows are those whose number leaves `rest`. */
  by: number;
  rest: number;
}

function randomTables(random: Random): WantedTable[] {
  const names = ["daily", "alarms", "насосы", "a-b", "_1", "Daily"].toSorted(() => random(3) - 1);
  return names.slice(0, 1 + random(5)).map((name) => {
    const by = [1, 2, 7, 1000, 30_000, 1e9][random(6)]!;
    const columns = Object.keys(COLUMNS).toSorted(() => random(3) - 1).slice(0, 1 + random(8));
    return { name, columns, by, rest: random(Math.min(by, 50_000)) };
  });
}

/** Makes the tables of rows of a chunk. */
function body(tables: WantedTable[]): string {
  return `{
    ${
    tables.map(({ name, columns, by, rest }) =>
      `${JSON.stringify(name)}: of((n) => n % ${by} === ${rest}, (rows, picked) => ({
        n: Int32Array.from(rows),
        ${columns.map((column) => `${column}: ${COLUMNS[column]!.made}`).join(",\n")}
      }))`
    ).join(",\n")
  }
  }`;
}

const OF = `
    const all = Array.from(chunk.n, Number);
    const of = (has, make) => {
      const places = [];
      for (let k = 0; k < all.length; k++) if (has(all[k])) places.push(k);
      const picked = (values) => Array.isArray(values)
        ? places.map((k) => values[k])
        : values.filter((_, k) => has(all[k]));
      return make(places.map((k) => all[k]), picked);
    };`;

/** Formulas that make the same tables in each way of driving one. */
const DRIVEN: Record<string, (tables: WantedTable[]) => string> = {
  map: (tables) => `export const map = (chunk) => {${OF}\n return ${body(tables)}; };`,
  main: (tables) =>
    `export const main = async (frame) => {
      const chunk = await frame.columns(["n", "at", "unit"]);${OF}
      return ${body(tables)};
    };`,
  lazy: (tables) =>
    `export const made = (chunk) => {${OF}\n return ${body(tables)}; };
     export const main = (frame) => frame.mapPartitions(made);`,
};
async function writeTable(path: string, rows: number): Promise<void> {
  await duckdb.run(
    `copy (select i::int as n, 'unit ' || i % 7 as unit,
             case when i % 11 = 3 then null
               else timestamp '1999-12-31 23:00:00' + interval (i * 1800500) millisecond end as at
           from range(${rows}) t(i)) to ${quoted(path)} (format parquet, row_group_size 20480)`,
  );
}

async function differing(one: string, other: string): Promise<unknown[][]> {
  return await duckdb.plainRows(
    `(from ${one} except all from ${other}) union all (from ${other} except all from ${one}) limit 3`,
  );
}

function failure({ Response: { Error } }: Reply): string {
  return `${Error?.Code}: ${Error?.Message}`;
}

for (const way of ways) {
  const shared = shareService(way);

  Deno.test(`random tables of one pass are those that DuckDB makes [${way.name}]`, async () => {
    using _told = tellAmount("result-tables");
    for (const index of randomCases("result-tables")) {
      const random = fuzzRandom(index);
      const folder = await shared.folder();
      const count = [1, 300, 30_000, 90_000][random(4)]! + random(100);
      const input = join(folder, "time_series.parquet");
      await writeTable(input, count);
      const tables = randomTables(random);
      const driver = Object.keys(DRIVEN)[random(3)]!;
      const names = JSON.stringify(tables.map(({ name }) => name));
      const formula = `export const tables = ${names};\n${DRIVEN[driver]!(tables)}`;
      for (const ending of ["parquet", "csv"]) {
        const told = `case ${index}: ${count} rows, ${driver}, ${ending}: ${
          JSON.stringify(tables)
        }`;
        const Output = `out.${ending}`;
        const { Response } = await runFormula(shared.server, folder, formula, { Output });
        assertEquals(Response.Status, "complete", `${told}: ${JSON.stringify(Response)}`);
        const files = tables.map(({ name }) => `out.${name}.${ending}`);
        assertEquals(Response.Discription, { Directory: folder, File: files[0] }, told);
        assertEquals(
          Response.Job!.Tables!.map(({ Name, File }) => [Name, File]),
          tables.map(
            ({ name }, k) => [name, files[k]],
          ),
        );
        let bytes = 0, rows = 0;
        for (const [k, { name, columns, by, rest }] of tables.entries()) {
          const path = join(folder, files[k]!);
          const { Rows, Bytes } = Response.Job!.Tables![k]!;
          assertEquals(Bytes, Deno.statSync(path).size, told);
          bytes += Bytes, rows += Rows;
          const all = ["n", ...columns];
          const types = all.map((column) => `${quoted(column)}: '${TYPES[column] ?? "integer"}'`);
          const read = ending === "parquet"
            ? `read_parquet(${quoted(path)}, file_row_number = true)`
            : `read_csv(${quoted(path)}, header = true, delim = ',', quote = '"', escape = '"',
                allow_quoted_nulls = false, nullstr = '', new_line = '\\r\\n', columns = {${types}})`;
          const typed = all.map((column) =>
            // A column without any value has no type of its own.
            `${column}::${TYPES[column] ?? "integer"} as ${column}`
          );
          const theirs = all.map((column) =>
            column === "n" ? "n" : `(${COLUMNS[column]!.sql})::${TYPES[column]} as ${column}`
          );
          const wanted = `(select ${theirs} from ${quoted(input)} where n % ${by} = ${rest})`;
          assertEquals(
            await differing(wanted, `(select ${typed} from ${read})`),
            [],
            `${told}: ${name}`,
          );
          const [[counted]] = await duckdb.plainRows(`select count(*)::int from ${wanted}`) as [
            [number],
          ];
          assertEquals(Rows, counted, `${told}: ${name}`);
          if (ending === "csv") continue;
          const disorder = await duckdb.rows(
            `select count(*) from (select n < lag(n) over (order by file_row_number) as less from ${read}) where less`,
          );
          assertEquals(disorder, [[0n]], told);
        }
        assertEquals([Response.Job!.Rows, Response.Job!.BytesWritten], [rows, bytes], told);
        assertEquals(listing(folder).filter((name) => name.startsWith(".")), [], told);
      }
    }
  });
}

for (const way of bothWays) {
  const shared = shareService(way);

  Deno.test(`tables of a chunk have rows and types of their own [${way.name}]`, async () => {
    const folder = await shared.folder();
    await writeTable(join(folder, "time_series.parquet"), 50_000);
    const formula = `
      import { groupBy } from "measuring/groups";
      export const tables = ["all", "none", "few"];
      export const units = { n: "m", twice: "V" };
      export const map = ({ at, n }) => ({
        all: { at, n },
        none: { at: at.subarray(0, 0), nothing: [] },
        few: { n: n.filter((v) => v === 30_000), twice: n.filter((v) => v === 30_000).map((v) => 2 * v) },
      });`;
    const { Response } = await runFormula(shared.server, folder, formula, {
      Output: "a.b.parquet",
    });
    assertEquals(
      Response.Job?.Tables?.map(({ Name, File, Rows }) => [Name, File, Rows]),
      [["all", "a.b.all.parquet", 50_000], ["none", "a.b.none.parquet", 0], [
        "few",
        "a.b.few.parquet",
        1,
      ]],
    );
    const all = quoted(join(folder, "a.b.all.parquet"));
    const input = quoted(join(folder, "time_series.parquet"));
    assertEquals(
      await differing(`(select "at", n from ${input})`, `(select "at", n from ${all})`),
      [],
    );
    assertEquals(await readRows(join(folder, "a.b.few.parquet")), [{ n: 30_000, twice: 60_000 }]);
    assertEquals(await rowGroups(join(folder, "a.b.none.parquet")), []);
    const units = await duckdb.plainRows(
      `select path_in_schema, decode(key_value_metadata['unit'])
       from parquet_metadata(${quoted(join(folder, "a.b.few.parquet"))}) order by 1`,
    );
    assertEquals(units, [["n", "m"], ["twice", "V"]]);

    const long = `
      import { unpivot } from "measuring/tables";
      const sensors = unpivot({ columns: ["n", "twice"], keep: ["at"] });
      export const tables = ["one", "long"];
      export const map = (chunk) => ({ one: { n: chunk.n.subarray(0, 1) }, long: sensors(chunk) });`;
    await duckdb.run(
      `copy (select *, 2 * n as twice from ${input}) to ${
        quoted(join(folder, "wide.parquet"))
      } (format parquet, row_group_size 20480)`,
    );
    const unpivoted = await runFormula(shared.server, folder, long, {
      Base: "wide.parquet",
      Output: "long",
    });
    assertEquals(unpivoted.Response.Status, "complete", JSON.stringify(unpivoted.Response));
    assertEquals(unpivoted.Response.Job!.Tables!.map(({ Rows }) => Rows)[1], 100_000);
    const wide = quoted(join(folder, "wide.parquet"));
    const wanted = `(select "at", 'n' as name, n as value from ${wide} union all
      select "at", 'twice', twice from ${wide})`;
    const found = `(select "at", name, value from ${quoted(join(folder, "long.long.parquet"))})`;
    assertEquals(await differing(wanted, found), []);

    const grouped = `
      import { groupBy } from "measuring/groups";
      const by = groupBy("unit").mean("n").count();
      export const tables = ["means", "whole"];
      export const { chunk, combine } = by;
      export const aggregate = (total) => {
        const { unit, mean_n, count } = by.aggregate(total);
        return { means: { unit, mean_n }, whole: { rows: [count.reduce((a, b) => a + b, 0)] } };
      };`;
    const groups = await runFormula(shared.server, folder, grouped, { Output: "groups" });
    assertEquals(groups.Response.Status, "complete", JSON.stringify(groups.Response));
    assertEquals(
      await duckdb.plainRows(`from ${quoted(join(folder, "groups.means.parquet"))}`),
      await duckdb.plainRows(`select unit, avg(n) from ${input} group by 1 order by 1`),
    );
    assertEquals(await readRows(join(folder, "groups.whole.parquet")), [{ rows: 50_000 }]);
  });

  Deno.test(`what is no such result of tables is refused, and nothing is left [${way.name}]`, async () => {
    const folder = await shared.folder();
    await writeSample(folder, 200_000);
    const refused = async (formula: string, wanted: RegExp, fields = {}) => {
      const before = new Set([...listing(folder), "work.ts"]);
      assertMatch(failure(await runFormula(shared.server, folder, formula, fields)), wanted);
      assertEquals(listing(folder).filter((name) => !before.has(name)), []);
    };
    const named = `export const tables = ["daily", "alarms"];`;
    const map = (body: string) => `${named} export const map = ({ u, n }) => (${body});`;
    await refused(
      map("{ dayly: { u }, alarms: { u } }"),
      /^FORMULA_FAILED: map on partition 0 returned "dayly", which export "tables" doesn't name: did you mean daily\?; it must return { daily: { … }, alarms: { … } }$/,
    );
    await refused(
      map("{ daily: { u } }"),
      /^FORMULA_FAILED: map on partition 0 returned no table "alarms", which export "tables" names; where it has no rows, /,
    );
    await refused(
      map("{ u, n }"),
      /^FORMULA_FAILED: map on partition 0 returned "u", which export "tables" doesn't name/,
    );
    await refused(
      map("[{ u }]"),
      /^FORMULA_FAILED: map on partition 0 must return a record of tables, { daily: { … }, alarms: { … } }, not /,
    );
    await refused(
      map("{ daily: { u }, alarms: {} }"),
      /^FORMULA_FAILED: table "alarms" of map on partition 0 returned no column/,
    );
    await refused(
      map("{ daily: { u, n: n.subarray(1) }, alarms: { u } }"),
      /^FORMULA_FAILED: table "daily" of map on partition 0 returned columns of different lengths/,
    );
    await refused(
      `${named} export const map = ({ u }, { partition }) =>
        ({ daily: { u }, alarms: partition === 1 ? { u: [...u].map(String) } : { u } });`,
      /^FORMULA_FAILED: column "u" is string in partition 1 and .* in those before; .*here of table "alarms"$/,
    );
    await refused(
      `${named} export const keep = ["u"]; export const map = ({ u }) => ({ daily: { u }, alarms: { u } });`,
      /^FORMULA_INVALID: export "keep" does not go with "tables"/,
    );
    await refused(
      `${named} export const overlap = { before: 3 };
       export const map = ({ u }) => ({ daily: { u }, alarms: { u: u.subarray(1) } });`,
      /^FORMULA_FAILED: table "alarms" of map on partition \d returned column "u" with \d+ rows; with "overlap" it must have/,
    );
    await refused(
      `export const tables = ["daily", "a/b"]; export const map = ({ u }) => ({});`,
      /^FORMULA_INVALID: export "tables" has "a\/b"; a name is a text of 1 to 64 letters/,
    );
    await refused(
      `export const tables = ["a", "a"]; export const map = ({ u }) => ({});`,
      /^FORMULA_INVALID: export "tables" has "a" twice/,
    );
    await refused(
      `export const tables = "daily"; export const map = ({ u }) => ({});`,
      /^FORMULA_INVALID: export "tables" must be a list of 1 to 64 names, such as \["daily", "alarms"\], not "daily"/,
    );
    await refused(
      `export const table = ["daily"]; export const map = ({ u }) => ({ daily: { u } });`,
      /^FORMULA_INVALID: export "table" is not known; did you mean "tables"/,
    );
    await refused(
      `export const units = { volts: "V" }; ${map("{ daily: { u }, alarms: { n } }")}`,
      /^FORMULA_INVALID: export "units" has "volts", which is no column of the result/,
    );
    await refused(
      `export const map = ({ u }) => ({ daily: { u }, alarms: { u } });`,
      /^FORMULA_FAILED: map on partition 0 returned an object as column "daily"; a column must be an array or a typed array; several tables take export const tables = \["daily","alarms"\]$/,
    );
    await refused(
      map("{ daily: { u }, alarms: { u } }"),
      /^BAD_REQUEST: Request\.Output names a folder, and the formula has tables, .* such as "out\.parquet", which makes out\.daily\.parquet and out\.alarms\.parquet$/,
      { Output: "out/" },
    );
    await refused(
      `${named} export const main = () => "text";`,
      /^FORMULA_FAILED: .*main must return a record of tables/,
    );
    await refused(
      `${named} export const f = ({ u }) => ({ u });
       export const main = (frame) => ({ daily: frame.mapPartitions(f), alarms: { u: [1] } });`,
      /^FORMULA_FAILED: .*main returned a table of mapPartitions as "daily"/,
    );
    await Deno.copyFile(join(folder, "time_series.parquet"), join(folder, "x.daily.parquet"));
    await refused(
      map("{ daily: { u }, alarms: { u } }"),
      /^BAD_REQUEST: the result x\.daily\.parquet would take the place of its own input/,
      { Base: "x.daily.parquet", Output: "x" },
    );
    // An author's own constant of a like name stays one.
    const own = `export const table = [1, 2]; export const map = ({ u }) => ({ u });`;
    assertEquals((await runFormula(shared.server, folder, own)).Response.Status, "complete");
  });

  Deno.test(`tables replace those of earlier runs all together, or none of them [${way.name}]`, async () => {
    const folder = await shared.folder();
    await writeSample(folder, 200_000);
    const formula = (value: number) =>
      `export const tables = ["a", "b", "c"];
       export const map = ({ u }) => ({ a: { v: [${value}] }, b: { v: [${value}] }, c: { v: [${value}] } });`;
    const values = async () =>
      await Promise.all(["a", "b", "c"].map(async (name) => {
        const path = join(folder, `work_ansver.${name}.parquet`);
        return Deno.statSync(path).isFile ? (await readRows(path)).map(({ v }) => v) : "a folder";
      }));
    assertEquals((await runFormula(shared.server, folder, formula(1))).Response.Status, "complete");
    assertEquals(await values(), [[1, 1], [1, 1], [1, 1]]);
    assertEquals((await runFormula(shared.server, folder, formula(2))).Response.Status, "complete");
    assertEquals(await values(), [[2, 2], [2, 2], [2, 2]]);
    // No file can take the name of a folder: the first table, which could, is as it was.
    await Deno.remove(join(folder, "work_ansver.b.parquet"));
    await Deno.mkdir(join(folder, "work_ansver.b.parquet/mine"), { recursive: true });
    await Deno.remove(join(folder, "work_ansver.a.parquet"));
    const before = listing(folder),
      inode = Deno.statSync(join(folder, "work_ansver.c.parquet")).ino;
    assertMatch(
      failure(await runFormula(shared.server, folder, formula(3))),
      /^OUTPUT_FAILED: the result can't be written/,
    );
    assertEquals(listing(folder), before);
    assertEquals(Deno.statSync(join(folder, "work_ansver.c.parquet")).ino, inode);
    await Deno.remove(join(folder, "work_ansver.b.parquet"), { recursive: true });
    assertEquals((await runFormula(shared.server, folder, formula(4))).Response.Status, "complete");
    assertEquals(await values(), [[4, 4], [4, 4], [4, 4]]);
    assertEquals(listing(folder).filter((name) => name.startsWith(".")), []);
  });

  Deno.test(`each table says where it came from, and is verified by itself [${way.name}]`, async () => {
    const folder = await shared.folder();
    await writeSample(folder, 200_000);
    const formula = `export const tables = ["high", "low"];
      export const map = ({ u, n }) => ({ high: { u: u.filter((v) => v > 0) }, low: { n } });`;
    const { Response } = await runFormula(shared.server, folder, formula);
    assertEquals(Response.Status, "complete");
    for (const table of ["high", "low"]) {
      const path = join(folder, `work_ansver.${table}.parquet`);
      const told = await finish(way, ["lineage", path]);
      assertMatch(told.stdout, new RegExp(`^table +${table}$`, "m"));
      const { code, stdout } = await finish(way, ["verify", path]);
      assertEquals([code, stdout.includes("it has the same bytes")], [0, true], stdout);
    }
    // Another file in the place of one is told.
    const low = join(folder, "work_ansver.low.parquet");
    await runFormula(shared.server, folder, formula.replace("{ n }", "{ n: n.map((v) => v + 1) }"));
    await Deno.writeTextFile(join(folder, "work.ts"), formula);
    assertEquals((await finish(way, ["verify", low])).code, 4);
    const check = await finish(way, [
      "check",
      join(folder, "work.ts"),
      "--base",
      "time_series.parquet",
    ]);
    assertMatch(check.stdout, /^returned table high: \d+ rows of u /m);
    assertMatch(check.stdout, /^returned table low: 1000 rows of n /m);
    assert(!/^returned: /m.test(check.stdout), check.stdout);
  });
}
