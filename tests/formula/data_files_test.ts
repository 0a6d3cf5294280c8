/** Which files a formula's rows are from, and what files say of themselves. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { fileNames } from "../../mod/dataset/file_names.ts";
import { arrowFields } from "../../mod/parquet/format/arrow_fields.ts";
import { ByteWriter, serializeTCompactProtocol } from "../../mod/parquet/format/hyparquet.ts";
import { readKeyValues } from "../../mod/parquet/format/key_values.ts";
import { Malformed } from "../../mod/parquet/io/errors.ts";
import type { ByteSource } from "../../mod/parquet/io/source.ts";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import { randomFrom } from "../support/random_numbers.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { SEED } from "../support/suite_options.ts";

const duckdb = await sharedDuckDB();

/** Rows of each file, by its path in the folder. */
const FILES: Record<string, number> = {
  "unit=1/part.2.parquet": 3,
  "unit=1/part.10.parquet": 5000,
  "unit=2/part.1.parquet": 200_000,
  "unit=2/empty.parquet": 0,
  "unit=%C3%A9/x.parquet": 70,
};

/** The files in the order of the dataset. */
const ORDER = [
  "unit=%C3%A9/x.parquet",
  "unit=1/part.2.parquet",
  "unit=1/part.10.parquet",
  "unit=2/empty.parquet",
  "unit=2/part.1.parquet",
];

async function writeFiles(folder: string): Promise<void> {
  let from = 0;
  for (const name of ORDER) {
    const rows = FILES[name]!, path = join(folder, "data", name);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await duckdb.run(
      `copy (select (${from} + i)::integer as id, i % 5 as n from range(${rows}) r(i)) to ${
        quoted(path)
      } (format parquet, row_group_size 20480, kv_metadata {origin: ${
        quoted(`plant ${name}`)
      }, unit: 'V'})`,
    );
    from += rows;
  }
}

/** What a formula tells of the files of its chunks: for each run of rows the file, its numbers and its folders. */
const TELLS = `
  export const chunk = ({ id }, { files }) => files.map((file) =>
    ({ ...file, first: id[file.from] ?? null, last: id[file.to - 1] ?? null, origin: file.metadata.origin }));
  export const combine = (a, b) => [...a, ...b];`;

interface Told {
  name: string;
  index: number;
  rowStart: number;
  rows: number;
  folders: Record<string, string>;
  first: number;
  last: number;
  from: number;
  to: number;
  origin: string;
}

for (const way of ways) {
  const shared = shareService(way, { args: ["--workers", "2"], prepare: writeFiles });

  const run = async (text: string, fields: Record<string, unknown> = {}) => {
    const { server, root } = shared;
    const { Response } = await runFormula(server, root, text, { Base: "data", ...fields });
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    return Response;
  };

  Deno.test(`each row of a chunk is told to be of its file, with filters, too [${way.name}]`, async () => {
    const { server, root } = shared;
    const starts = new Map<string, number>();
    let start = 0;
    for (const name of ORDER) {
      starts.set(name, start);
      start += FILES[name]!;
    }
    const requests: Record<string, unknown>[] = [
      {},
      { Filter: { n: 3 } },
      { Filter: { id: { $gte: 4000, $lt: 6000 } } },
      { Filter: { unit: "1" } },
      { Filter: { id: -1 } },
    ];
    for (const fields of requests) {
      const { Result } = await run(TELLS, fields);
      const found = Result as Told[];
      const rows = new Map<string, number>();
      for (
        const { name, index, rowStart, folders, origin, from, to, first, last, ...told } of found
      ) {
        const begin = starts.get(name)!, size = FILES[name]!;
        assertEquals([ORDER[index], rowStart, told.rows], [name, begin, size]);
        assertEquals(folders, { unit: decodeURIComponent(/unit=(.*)\//.exec(name)![1]!) });
        assertEquals(origin, `plant ${name}`);
        assert(to > from && first >= begin && last < begin + size, `${name} ${first} ${last}`);
        rows.set(name, (rows.get(name) ?? 0) + to - from);
      }
      const where = "Filter" in fields
        ? {
          n: "n = 3",
          id: JSON.stringify(fields).includes("-1") ? "false" : "id >= 4000 and id < 6000",
          unit: "unit = '1'",
        }[Object.keys(fields.Filter as object)[0] as "n"]!
        : "true";
      const expected = await duckdb.plainRows(
        `select right(filename, -${root.length + 6}), count(*)::integer
         from read_parquet(${
          quoted(join(root, "data", "**", "*.parquet"))
        }, filename = true, hive_partitioning = true,
           hive_types_autocast = false)
         where ${where} group by 1`,
      ) as [string, number][];
      assertEquals(
        rows,
        new Map(ORDER.flatMap((name) => expected.filter(([one]) => one === name))),
      );
    }
    // The neighbours' rows are the chunk's, too.
    await run(
      `export const overlap = { before: 10, after: 10 };
       export const map = ({ id }, { files }) => {
         const index = new Int32Array(id.length);
         for (const file of files) index.fill(file.index, file.from, file.to);
         return { id, index };
       };`,
    );
    const [[wrong, count]] = await duckdb.rows(
      `select count(*) filter (index != case when id < 70 then 0 when id < 73 then 1 when id < 5073 then 2 else 4 end),
         count(*) from ${quoted(join(root, "work_ansver.parquet"))}`,
    ) as [[bigint, bigint]];
    assertEquals([wrong, count], [0n, 205_073n]);
    const single = await runFormula(
      server,
      root,
      `export const map = ({ id }, { file }) => ({ id });`,
      { Base: "data" },
    );
    assertMatch(
      single.Response.Error!.Message,
      /context\.file: the chunk has rows of \d files; context\.files tells which they are/,
    );
    const one = await run(
      `export const chunk = ({ id }, { file }) => file;
       export const combine = (a) => a;
       export const aggregate = (one, { file, files }) => ({ ...one, same: file.name === one.name, files: files.length });`,
      { Base: "data/unit=2/part.1.parquet" },
    );
    const file = { name: "part.1.parquet", index: 0, rowStart: 0, rows: 200_000 };
    assertEquals(one.Result, {
      ...file,
      folders: {},
      from: 0,
      to: 81_920,
      same: true,
      files: 1,
    });
    const main = await run(
      `export const main = ({ files }) => files.map(({ name, rows, metadata }) => [name, rows, metadata.unit]);`,
      { Filter: { id: { $lt: 10 } } },
    );
    assertEquals(main.Result, ORDER.map((name) => [name, FILES[name], "V"]));
  });

  Deno.test(`files' names can be a column, by which rows are grouped, kept and chosen [${way.name}]`, async () => {
    const { server, root } = shared;
    const column = `export const fileColumn = "source";`;
    const all = `read_parquet(${quoted(join(root, "data", "**", "*.parquet"))}, filename = true)`;
    const named = `right(filename, -${root.length + 6})`;
    await run(`${column} import { groupBy } from "measuring/groups";
      export const { chunk, combine, aggregate } = groupBy("source").count().sum("id");`);
    const result = quoted(join(root, "work_ansver.parquet"));
    assertEquals(
      await duckdb.rows(`select source, count::integer, sum_id::bigint from ${result}`),
      await duckdb.rows(
        `select ${named} as source, count(*)::integer, sum(id)::bigint from ${all} group by 1 order by 1`,
      ),
    );
    const chosen = await run(
      `${column} export const keep = ["source", "id"];
       export const map = ({ source, n }) => ({ n, same: source.map((name) => name.length) });`,
      { Filter: { source: { $in: ["unit=2/part.1.parquet", "unit=1/part.2.parquet"] } } },
    );
    assertEquals(chosen.Job!.Rows, 200_003);
    const { Skipped } = chosen.Job as unknown as { Skipped: { Rows: number } };
    assertEquals(Skipped.Rows, 5070);
    const [[wrong]] = await duckdb.rows(
      `select count(*) from ${result} r left join ${all} a using (id)
       where r.source is distinct from ${
        named.replace("filename", "a.filename")
      } or r.same != length(r.source)`,
    ) as [[bigint]];
    assertEquals(wrong, 0n);
    const refused = async (text: string) =>
      (await runFormula(server, root, `${text} export const map = ({ id }) => ({ id });`, {
        Base: "data",
      }))
        .Response.Error!;
    const taken = await refused(`export const fileColumn = "unit";`);
    assertEquals(taken.Code, "FORMULA_INVALID");
    assertMatch(taken.Message, /"fileColumn": there is a column "unit" in data already/);
    assertMatch(
      (await refused("export const fileColumn = true;")).Message,
      /must be a column's name/,
    );
    assertMatch(
      (await refused(`export const filecolum = "f";`)).Message,
      /did you mean "fileColumn"/,
    );
  });

  peerTest(`what writers note of files and columns is told [${way.name}]`, async () => {
    const folder = await shared.folder();
    await callPeer("write_noted", join(folder, "noted.parquet"));
    const { Response } = await runFormula(
      shared.server,
      folder,
      `export const main = (frame, { schema }) => ({
         units: schema.map(({ name, metadata }) => [name, { ...metadata }]),
         keys: Object.keys(frame.files[0].metadata).filter((key) => key !== "ARROW:schema").sort(),
         plant: frame.files[0].metadata.plant,
         listed: Object.keys(schema[0]),
         own: { ...frame.files[0].columnMetadata("u") }, none: { ...frame.files[0].columnMetadata("none") },
       });`,
      { Base: "noted.parquet" },
    );
    assertEquals(Response.Result, {
      units: [["time", {}], ["u", { unit: "V", sensor: "Größe 🔧" }], ["n", {}]],
      keys: ["pandas", "plant"],
      plant: "Nord",
      listed: ["name", "kind", "type", "nullable"],
      own: { unit: "V", sensor: "Größe 🔧" },
      none: {},
    });
  });
}

Deno.test("files are called by what tells them apart", () => {
  assertEquals(fileNames(["/a/b/c.parquet"]), ["c.parquet"]);
  assertEquals(fileNames(["/a/b/u=1/c.parquet", "/a/b/u=2/c.parquet"]), [
    "u=1/c.parquet",
    "u=2/c.parquet",
  ]);
  assertEquals(fileNames(["/a/b.parquet", "/a/b.parquet"]), ["b.parquet", "b.parquet"]);
  assertEquals(fileNames(["/a/x/y.parquet", "/a/x.parquet"]), ["x/y.parquet", "x.parquet"]);
  assertEquals(
    fileNames(["http://me:secret@h/d/a%20b.parquet?key=1", "/x/y.parquet", "http://h/d/c.parquet"]),
    ["a b.parquet", "y.parquet", "c.parquet"],
  );
  assertEquals(fileNames([]), []);
});

/** A file that is nothing but a footer, of these keys and values. */
function footerOf(own: [string, string?][], columns: [string, string?][][]): ByteSource {
  const pairs = (list: [string, string?][]) =>
    list.map(([field_1, field_2]) => ({ field_1, ...(field_2 !== undefined && { field_2 }) }));
  const writer = new ByteWriter();
  writer.appendUint32(0x31524150);
  const group = (list: [string, string?][][]) => ({
    field_1: list.map((chunk) => ({
      field_2: 4n,
      field_3: {
        field_1: 5,
        field_3: ["u"],
        field_5: 7n,
        ...(chunk.length > 0 && { field_8: pairs(chunk) }),
      },
    })),
    field_2: 9n,
    field_3: 7n,
  });
  serializeTCompactProtocol(writer, {
    field_1: 2,
    field_2: [{ field_4: "schema", field_5: columns.length }],
    field_3: 14n,
    field_4: [group(columns), group(columns.map(() => [["unit", "of another row group"]]))],
    ...(own.length > 0 && { field_5: pairs(own) }),
    field_6: "somebody",
  });
  writer.appendUint32(writer.offset - 4);
  writer.appendUint32(0x31524150);
  const bytes = new Uint8Array(writer.getBytes());
  const read = (offset: number, length: number) => bytes.slice(offset, offset + length);
  return { size: bytes.length, read } as unknown as ByteSource;
}

Deno.test("keys and values of a footer and of its column chunks are read", () => {
  const own: [string, string?][] = [["plant", "Nord 🔧"], ["empty", ""], ["none"], [
    "plant",
    "later",
  ]];
  const { file, leaves } = readKeyValues(
    footerOf(own, [[["unit", "V"], ["x", "y"]], [], [["unit", "A"]]]),
  );
  assertEquals([...file], [["plant", "Nord 🔧"], ["empty", ""], ["none", ""]]);
  assertEquals(leaves.map((one) => [...one]), [[["unit", "V"], ["x", "y"]], [], [["unit", "A"]]]);
  const without = readKeyValues(footerOf([], [[]]));
  assertEquals([[...without.file], without.leaves.map((one) => one.size)], [[], [0]]);
  const cut = footerOf([["plant", "x"]], [[["unit", "V"]]]);
  const random = randomFrom(SEED + 78);
  for (let k = 0; k < 5000; k++) {
    const bytes = cut.read(0, cut.size);
    for (let changes = 1 + random(4); changes > 0; changes--) {
      bytes[4 + random(bytes.length - 12)] = random(256);
    }
    const read = (offset: number, length: number) => bytes.slice(offset, offset + length);
    try {
      readKeyValues({ size: bytes.length, read } as unknown as ByteSource);
    } catch (thrown) {
      assert(thrown instanceof Malformed, String(thrown));
    }
  }
});

Deno.test("a damaged note of Arrow's is no note", async () => {
  const random = randomFrom(SEED + 77);
  const text = await Deno.readTextFile(new URL("../support/arrow_schema.txt", import.meta.url));
  const sound = Uint8Array.fromBase64(text.trim());
  assertEquals([...arrowFields(text.trim()).get("u")!], [["unit", "V"], ["sensor", "Größe 🔧"]]);
  for (let k = 0; k < 20_000; k++) {
    const bytes = sound.slice(0, random(8) ? sound.length : random(sound.length));
    for (let changes = 1 + random(4); changes > 0 && bytes.length > 0; changes--) {
      bytes[random(bytes.length)] = random(256);
    }
    for (const [name, metadata] of arrowFields(bytes.toBase64())) {
      assert(typeof name === "string" && metadata instanceof Map);
    }
  }
  assertEquals(arrowFields("no base 64!").size, 0);
  assertEquals(arrowFields(undefined).size, 0);
});
