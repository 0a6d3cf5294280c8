/** Results as Arrow IPC, against what pyarrow, Polars and DuckDB read in them. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { basename, join } from "@std/path";
import { ArrowWriter, gatheredPath } from "../../mod/arrow/arrow_writer.ts";
import { arrowColumn } from "../../mod/arrow/column_types.ts";
import { encodeRowGroup, type OutputColumn } from "../../mod/parquet/write/encode.ts";
import { ParquetWriter } from "../../mod/parquet/write/writer.ts";
import { readNestedRows } from "../../mod/parquet/write/nested_rows.ts";
import { jobOfPart, partialPath } from "../../mod/result/place.ts";
import { removePartial } from "../../mod/result/publish.ts";
import { removeLeftovers } from "../../mod/system/leftovers.ts";
import { listing, runFormula } from "../support/fixtures.ts";
import { bothWays, finish, tempDir, ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { inFolder, OpenFile, rowsOf } from "../support/parquet/files.ts";
import { dataPage, type RawElement, rawFile, REPEATED } from "../support/parquet/raw_file.ts";
import { randomEntries, randomField } from "../support/parquet/raw_schemas.ts";
import { pythonScript, pythonTest } from "../support/peers/python.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();
const script = pythonScript("arrow_readers.py");

/** Asks the script of Python. */
async function ask<T>(name: string, ...args: unknown[]): Promise<T> {
  const answer = JSON.parse(await script(JSON.stringify([name, args]), name));
  if (answer.error !== undefined) {
    throw new Error(`${name} ${JSON.stringify(args)}: ${answer.error}`);
  }
  return answer.value;
}

interface About {
  rows: number;
  /** Rows of each record batch, and its bytes in memory. */
  batches: number[];
  bytes: number[];
  types: Record<string, string>;
  metadata: Record<string, string>;
  columns: Record<string, Record<string, string>>;
}

/** Columns that a formula makes of `n`, of all kinds that it can. */
const MADE = `{
  doubles: Float64Array.from(n, (v) => v / 7),
  floats: Float32Array.from(n, (v) => v / 7),
  tiny: Int8Array.from(n, (v) => v), small: Int16Array.from(n, (v) => v * 3),
  whole: Int32Array.from(n, (v) => v - 5), byte: Uint8Array.from(n, (v) => v),
  word: Uint16Array.from(n, (v) => v * 3), unsigned: Uint32Array.from(n, (v) => -v),
  long: BigInt64Array.from(n, (v) => -BigInt(v) * 9007199254740993n),
  "unsigned long": BigUint64Array.from(n, (v) => -BigInt(v)),
  flags: Array.from(n, (v) => [true, false, null][v % 3]),
  texts: Array.from(n, (v) => v % 5 === 2 ? null : "насос " + v % 13),
  dates: Array.from(n, (v) => v % 7 === 3 ? null : new Date(v * 86_399_999 - 1e12)),
  raw: Array.from(n, (v) => v % 4 ? new Uint8Array(v % 6).fill(v) : null),
  records: Array.from(n, (v) => v % 3 ? { v, list: [v, null] } : null),
  empty: Array.from(n, () => null),
  late: Array.from(n, (v) => v < LATE ? null : v / 2),
}`;
const MADE_NAMES = [
  ...MADE.matchAll(/(?:^|, |\{)\s*(?:"([^"]+)"|(\w+)): (?:\w+Array|Array)\.from/gm),
]
  .map(([, quoted, plain]) => quoted ?? plain!);

for (const way of ways) {
  const shared = shareService(way);

  pythonTest(
    `random tables are the same as Arrow and as Parquet to pyarrow, Polars and DuckDB [${way.name}]`,
    async () => {
      using _told = tellAmount("arrow-tables");
      for (const index of randomCases("arrow-tables")) {
        const random = fuzzRandom(index);
        const folder = await shared.folder();
        const base = join(folder, "time_series.parquet");
        const rows = [0, 1, 50, 3000, 12_000][random(5)]! + (index % 5 === 0 ? 0 : random(100));
        const names = await ask<string[]>("make", base, random(2 ** 31), rows);
        const kept = names.filter((name) => name !== "n" && random(8) > 0);
        const formula = `
          const LATE = ${random(2) ? 0 : random(rows + 1)};
          export const keep = ${JSON.stringify(kept)};
          export const units = { doubles: "kW", long: "насос" };
          export function map({ n }) { return ${MADE}; }`;
        const told = `case ${index}, ${rows} rows`;
        for (const Output of ["rows.arrow", "rows.parquet"]) {
          const { Response } = await runFormula(shared.server, folder, formula, { Output });
          assertEquals(Response.Status, "complete", `${told}: ${JSON.stringify(Response)}`);
          assertEquals(Response.Discription, { Directory: folder, File: Output });
          assertEquals(Response.Job!.BytesWritten, Deno.statSync(join(folder, Output)).size);
          assertEquals(Response.Job!.Rows, rows);
        }
        const arrow = join(folder, "rows.arrow"), parquet = join(folder, "rows.parquet");
        // What is kept, against the file that another program wrote.
        assertEquals(await ask("pyarrow", arrow, base, kept), null, told);
        for (const peer of ["pyarrow", "polars", "duckdb"]) {
          const all = [...kept, ...MADE_NAMES];
          assertEquals(await ask(peer, arrow, parquet, all), null, `${told}, ${peer}`);
        }
        const about = await ask<About>("about", arrow);
        assertEquals(Object.keys(about.types), [...kept, ...MADE_NAMES], told);
        assertEquals([about.columns.doubles, about.columns.long], [{ unit: "kW" }, {
          unit: "насос",
        }]);
        assertEquals(about.columns.floats, {});
        const lineage = JSON.parse(about.metadata["measuring.lineage"]!);
        assertEquals([lineage.Request.Output, lineage.Formula[0].Name], ["rows.arrow", "work.ts"]);
        assertEquals(listing(folder), [
          "rows.arrow",
          "rows.parquet",
          "time_series.parquet",
          "work.ts",
        ]);
      }
    },
  );
}

for (const way of bothWays) {
  const shared = shareService(way);

  pythonTest(
    `main, groups and tables are written as Arrow, and all else as text [${way.name}]`,
    async () => {
      const folder = await shared.folder();
      await duckdb.run(
        `copy (select i as n, i % 7 as unit from range(100000) t(i))
       to ${quoted(join(folder, "time_series.parquet"))} (row_group_size 20480)`,
      );
      const answer = async (formula: string, fields: Record<string, unknown> = {}) =>
        (await runFormula(shared.server, folder, formula, { Output: "made.arrow", ...fields }))
          .Response;
      const made = join(folder, "made.arrow");

      const grouped = await answer(
        `import { groupBy } from "measuring/groups";
       export const { chunk, combine, aggregate } = groupBy("unit").mean("n").count();`,
      );
      assertEquals(grouped.Discription, { Directory: folder, File: "made.arrow" });
      const wanted = await duckdb.plainRows(
        `select unit, avg(n), count(*) from ${
          quoted(join(folder, "time_series.parquet"))
        } group by unit order by unit`,
      );
      const { unit, mean_n, count } = await ask<Record<string, number[]>>("values", made);
      assertEquals(
        unit!.map((one, k) => [one, mean_n![k]!, count![k]!].map(Number)),
        wanted.map((row) => row.map(Number)),
      );

      // Two workers share in a table of some size, and it is read a bounded number of rows at a time.
      const rows = 1_200_000;
      const large = await answer(
        `export const main = () => ({ n: Float64Array.from({ length: ${rows} }, (_, k) => k / 8) });`,
      );
      assertEquals(large.Job!.Rows, rows);
      const about = await ask<About>("about", made);
      assertEquals(about.rows, rows);
      assert(Math.max(...about.batches) <= 1 << 16, String(about.batches));
      const { n } = await ask<Record<string, number[]>>("values", made);
      assert(n!.every((value, k) => value === k / 8));

      const empty = await answer(`export const main = () => ({ n: [], text: new Array() });`);
      assertEquals([empty.Status, empty.Job!.Rows], ["complete", 0]);
      assertEquals(await ask("values", made), { n: [], text: [] });

      const tables = await answer(
        `export const tables = ["daily", "alarms"];
       export const map = ({ n }) => ({
         daily: { n, half: n.map((v) => v / 2) },
         alarms: { text: Array.from(n.filter((v) => v % 40_000 === 7), String) },
       });`,
      );
      assertEquals(tables.Job!.Tables!.map(({ File }) => File), [
        "made.daily.arrow",
        "made.alarms.arrow",
      ]);
      for (const { Name, File, Rows, Bytes } of tables.Job!.Tables!) {
        assertEquals(Deno.statSync(join(folder, File)).size, Bytes);
        const { rows, metadata } = await ask<About>("about", join(folder, File));
        assertEquals([rows, metadata["measuring.table"]], [Rows, Name]);
      }
      assertEquals(await ask("values", join(folder, "made.alarms.arrow")), {
        text: ["7", "40007", "80007"],
      });

      const said = await answer(`export const main = () => "done";`);
      assertEquals(said.Discription, { Directory: folder, File: "made.txt" });
      assertEquals(listing(folder).filter((name) => name.startsWith(".")), []);
    },
  );

  Deno.test(`what Arrow can't hold is refused by its name, and no file is left [${way.name}]`, async () => {
    const folder = await shared.folder();
    const decimal = { name: "digitless", repetition: 0, type: 7, length: 40 };
    const json = { name: "text", repetition: 0, type: 6, converted: 19 };
    const old = { name: "old", repetition: 0, type: 3 };
    const far = new Uint8Array(12);
    new DataView(far.buffer).setInt32(8, 4_000_000, true);
    const fields: RawElement[] = [
      { name: "n", repetition: 0, type: 1 },
      { ...decimal, converted: 5 },
      json,
      old,
    ];
    const leaf = (element: RawElement, values: unknown[]) => ({
      element,
      path: [element.name],
      definition: values.map(() => 0),
      repetition: values.map(() => 0),
      maxDefinition: 0,
      maxRepetition: 0,
      values,
    });
    const values = [
      [1, 2],
      [new Uint8Array(40), new Uint8Array(40)],
      [new Uint8Array([0x7b, 0x7d]), new Uint8Array([0xff])],
      [new Uint8Array(12), far],
    ];
    const chunks = fields.map((element, k) => {
      const one = leaf(element, values[k]!) as Parameters<typeof dataPage>[0];
      return { leaf: one, pages: [dataPage(one)] };
    });
    await Deno.writeFile(
      join(folder, "time_series.parquet"),
      rawFile(fields, [{ rows: 2, chunks }]),
    );
    const refused = async (keep: string, fields: Record<string, unknown> = {}) => {
      const text = `export const keep = [${keep}]; export const map = ({ n }) => ({ n });`;
      const { Response } = await runFormula(shared.server, folder, text, {
        Output: "made.arrow",
        ...fields,
      });
      assertEquals(listing(folder), ["time_series.parquet", "work.ts"]);
      return `${Response.Error?.Code}: ${Response.Error?.Message}`;
    };
    assertMatch(
      await refused('"digitless"'),
      /^FORMULA_FAILED: .*column "digitless" can't be written as Arrow IPC: it is DECIMAL\(0, 0\), and Arrow's decimals have 1 to 76 digits; leave it out, or name an Output that ends in \.parquet/,
    );
    assertMatch(
      await refused('"text"'),
      /^FORMULA_FAILED: column "text", row 1: its text is not UTF-8, .* \.parquet, which can hold it/,
    );
    assertMatch(
      await refused('"old"'),
      /^FORMULA_FAILED: column "old", row [01]: its time is before 1677 or after 2262/,
    );
    assertMatch(
      await refused('"old"', { Codec: "zstd" }),
      /^BAD_REQUEST: Request\.Codec compresses Parquet, and made\.arrow is none/,
    );
    assertMatch(
      await refused("", { Limits: { ResultBytes: 100 } }),
      /^TOO_LARGE: /,
    );
  });

  pythonTest(`files of Arrow are no data, and the commands say so [${way.name}]`, async () => {
    const folder = await shared.folder();
    const text = `export const main = () => ({ n: new Float64Array(5) });`;
    await duckdb.run(
      `copy (select 1 as n) to ${quoted(join(folder, "time_series.parquet"))}`,
    );
    const { Response } = await runFormula(shared.server, folder, text, { Output: "made.arrow" });
    assertEquals(Response.Status, "complete");
    const again = (await runFormula(shared.server, folder, text, { Base: "made.arrow" })).Response;
    assertMatch(
      `${again.Error?.Code}: ${again.Error?.Message}`,
      /^BASE_NOT_PARQUET: made\.arrow .*make it Parquet first, in Python: pandas\.read_feather\('made\.arrow'\)/,
    );
    const own = (await runFormula(shared.server, folder, text, {
      Base: ["time_series.parquet", "made.arrow"],
      Output: "made.arrow",
    })).Response;
    assertMatch(
      `${own.Error?.Code}: ${own.Error?.Message}`,
      /^BAD_REQUEST: the result made\.arrow would take the place of its own input/,
    );
    for (const command of ["lineage", "verify"]) {
      const { code, stderr } = await finish(way, [command, join(folder, "made.arrow")]);
      assertEquals(code === 0, false);
      assertMatch(stderr, /made\.arrow is a file of Arrow/, `${command}: ${stderr}`);
    }
    const ran = await finish(way, [
      ...["run", "--directory", folder, "--base", "time_series.parquet", "--file", "work.ts"],
      ...["--output", "run.arrow"],
    ]);
    assertEquals(ran.code, 0, ran.stderr);
    assertEquals(await ask("values", join(folder, "run.arrow")), { n: [0, 0, 0, 0, 0] });
  });
}

/** Two row groups of a nested field of random form. */
function nestedFile(random: Random): { bytes: Uint8Array; form: string; rows: number[] } {
  let field: RawElement;
  do field = randomField("a", 1 + random(3), random); while (
    field.type !== undefined && field.repetition !== REPEATED
  );
  const groups = [20 + random(20), 1 + random(5)].map((rows) => ({
    rows,
    chunks: randomEntries([field], rows, random).map((leaf) => ({ leaf, pages: [dataPage(leaf)] })),
  }));
  return {
    bytes: rawFile([field], groups),
    form: JSON.stringify(field),
    rows: groups.map(({ rows }) => rows),
  };
}

pythonTest(
  "nested columns of any form are the same as Arrow and as Parquet to pyarrow",
  async () => {
    using _told = tellAmount("arrow-nested");
    await inFolder(async (folder) => {
      let refused = 0, count = 0;
      for (const index of randomCases("arrow-nested")) {
        const random = fuzzRandom(index);
        const { bytes, form, rows } = nestedFile(random);
        const parquet = join(folder, `${index}.parquet`), path = join(folder, `${index}.arrow`);
        await Deno.writeFile(parquet, bytes);
        const writer = new ArrowWriter(path, () => Promise.resolve(), { mostRows: 1 + random(40) });
        {
          using open = new OpenFile(parquet);
          const { name } = open.file.columns[0]!;
          rows.forEach((count, group) => {
            const nested = readNestedRows(open.reader, name, rowsOf(group, 0, count));
            const values = Int32Array.from({ length: count }, (_, row) => row);
            const type = { schema: nested.schema, leaf: 0 };
            const encoded = encodeRowGroup([{ name, type, values, nested }]);
            writer.appendJoined({ rows: count, parts: [[encoded]] });
          });
        }
        await writer.finish();
        writer.close();
        const differs = await ask<string | null>("pyarrow", path, parquet, ["a"]);
        count++;
        if (differs === "refused") refused++;
        else assertEquals(differs, null, `case ${index}: ${form}`);
      }
      assert(refused < count / 3, `pyarrow refuses ${refused} of ${count}`);
    });
  },
);

pythonTest(
  "record batches are bounded in bytes, however short a dictionary makes texts",
  async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "wide.arrow"), parquet = join(folder, "wide.parquet");
      const long = "x".repeat(1 << 19);
      const rows = 600;
      const columns: OutputColumn[] = [
        { name: "n", type: "int32", values: Int32Array.from({ length: rows }, (_, k) => k) },
        {
          name: "t",
          type: "string",
          values: Array.from({ length: rows }, (_, k) => k % 9 ? long : null),
        },
      ];
      const encoded = encodeRowGroup(columns, { codec: "UNCOMPRESSED" });
      assert(encoded.bytes.length < 3 << 20, "the text is in a dictionary");
      const other = new ParquetWriter(parquet);
      other.append(encoded);
      other.finish();
      other.close();
      let seen = 0;
      const writer = new ArrowWriter(path, () => {
        seen++;
        return Promise.resolve();
      }, { mostBytes: 8 << 20 });
      writer.appendJoined({ rows, parts: [[encoded]] });
      const made = await writer.finish();
      assertEquals(made, { rows, bytes: Deno.statSync(path).size });
      writer.close();
      const { batches, bytes } = await ask<About>("about", path);
      assertEquals([batches.reduce((a, b) => a + b), batches.length], [rows, seen]);
      assert(Math.max(...bytes) < 9 << 20, String(bytes));
      assertEquals(await ask("pyarrow", path, parquet, ["n", "t"]), null);
    });
  },
);

Deno.test("a writer that is ended leaves nothing, while it gathers rows and while it writes them", async () => {
  await using folder = await tempDir();
  const path = join(folder.path, ".made.part");
  const group = () => {
    const columns: OutputColumn[] = [{ name: "n", type: "float64", values: new Float64Array(100) }];
    return { rows: 100, parts: [[encodeRowGroup(columns)]] };
  };
  const gathering = new ArrowWriter(path, () => Promise.resolve());
  gathering.appendJoined(group());
  assertEquals(listing(folder.path), [".made.part", ".rows.made.part"]);
  assertEquals(gatheredPath(path), join(folder.path, ".rows.made.part"));
  gathering.abort();
  assertEquals(listing(folder.path), []);

  const writing = new ArrowWriter(path, () => {
    // Nothing but the file has a name by now: a process that dies here leaves no rows.
    assertEquals(listing(folder.path), [".made.part"]);
    return Promise.reject(new Error("stopped"));
  });
  writing.appendJoined(group());
  await assertRejects(() => writing.finish(), Error, "stopped");
  writing.abort();
  assertEquals(listing(folder.path), []);
});

Deno.test("rows that a process gathered before it died are removed, with its file", async () => {
  for (const attempt of [1, 2]) {
    await using folder = await tempDir();
    const id = crypto.randomUUID();
    const place = { id, attempt, directory: await Deno.realPath(folder.path), stem: "made" };
    const leave = () => {
      const path = partialPath(place);
      for (const one of [path, gatheredPath(path)]) Deno.writeTextFileSync(one, "rows");
    };
    leave();
    removePartial(place);
    assertEquals(listing(folder.path), []);
    leave();
    await removeLeftovers([folder.path], new AbortController().signal);
    assertEquals(listing(folder.path), []);
    // Of nodes, whose parts have names of their own.
    assertEquals(jobOfPart(basename(gatheredPath(partialPath({ ...place, part: "whole" })))), id);
  }
});

Deno.test("types that Arrow has none of are named", () => {
  const type = { schema: [{ name: "x", type: "FIXED_LEN_BYTE_ARRAY", type_length: 40 }], leaf: 0 };
  const element = { ...type.schema[0]!, repetition_type: "OPTIONAL", converted_type: "DECIMAL" };
  const of = (precision: number) => ({
    name: "x",
    type: { leaf: 0, schema: [{ ...element, precision, scale: 1 }] } as OutputColumn["type"],
  });
  assertEquals(arrowColumn(of(76)).types, [{
    form: "decimal",
    precision: 76,
    scale: 1,
    bits: 256,
  }]);
  for (const digits of [0, 77]) {
    let message = "";
    try {
      arrowColumn(of(digits));
    } catch (thrown) {
      message = String(thrown);
    }
    assertMatch(
      message,
      new RegExp(`column "x" can't be written as Arrow IPC: it is DECIMAL\\(${digits}, 1\\)`),
    );
  }
});
