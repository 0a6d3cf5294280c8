import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dirname, join } from "@std/path";
import { expandBase } from "../../mod/base.ts";
import { planDataset, rowRange } from "../../mod/dataset/dataset.ts";
import { openDataset } from "../../mod/dataset/open_dataset.ts";
import { DatasetReader } from "../../mod/dataset/reader.ts";
import { ServiceError } from "../../mod/common/errors.ts";
import { Roots } from "../../mod/system/roots.ts";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { runFormula, writeSample } from "../support/fixtures.ts";
import { keptAlive } from "../support/kept_alive.ts";
import { ArrayPool } from "../../mod/parquet/read/array_pool.ts";
import { randomFrom } from "../support/random_numbers.ts";
import { SEED } from "../support/suite_options.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";

const INT64 = { int64: "number" } as const;

async function filesOf(folder: string, base: string | string[]) {
  using _alive = keptAlive();
  return await expandBase(new Roots([folder]), folder, base);
}

async function open(folder: string, base: string | string[]) {
  const { name, files } = await filesOf(folder, base);
  return openDataset(name, files);
}

function refusal(folder: string, base: string | string[]): Promise<ServiceError> {
  return assertRejects(() => open(folder, base), ServiceError);
}

Deno.test("a thousand small files make few partitions", async () => {
  await using folder = await tempDir();
  const { path } = folder;
  await writeSample(path, 100, 100, "part.0.parquet");
  for (let part = 1; part < 1000; part++) {
    await Deno.copyFile(join(path, "part.0.parquet"), join(path, `part.${part}.parquet`));
  }
  const dataset = await open(path, "part.*.parquet");
  assertEquals([dataset.files.length, dataset.rows], [1000, 100_000]);
  const partitions = planDataset(dataset);
  assert(partitions.length <= 2, `${partitions.length} partitions`);
  using reader = new DatasetReader(dataset);
  const sums = partitions.map((partition) =>
    (reader.column("n", partition, INT64).values as Int32Array).reduce((a, b) => a + b, 0)
  );
  assertEquals(sums.reduce((a, b) => a + b), 1000 * 4950);
});

Deno.test("the parts of a folder are one table, in natural order, with the columns that folders name", async () => {
  await using folder = await tempDir();
  const { path } = folder;
  using duckdb = await DuckDB.open();
  await duckdb.run(`
    copy (select i % 13 as unit, chr(97 + (i % 3)::int) as "kind", i as n, i / 7 as x,
          case when i % 5 = 0 then null else i::int end as holes, 'text ' || i as s
          from range(20000) t(i))
    to ${
    quoted(join(path, "parts"))
  } (format parquet, partition_by (unit, "kind"), row_group_size 2048)`);
  const dataset = await open(path, "parts");
  assertEquals(dataset.rows, 20_000);
  assertEquals(
    dataset.columns.map(({ name, kind }) => `${name} ${kind}`),
    ["n int64", "x float64", "holes int32", "s string", "unit int32", "kind string"],
  );
  assert(dataset.files.length >= 39);
  using reader = new DatasetReader(dataset);
  const rows: unknown[][] = [];
  for (const partition of planDataset(dataset)) {
    const columns = dataset.columns.map(({ name }) => reader.column(name, partition, INT64));
    for (let row = 0; row < partition.rows; row++) {
      rows.push(
        columns.map(({ values, validity }) => validity && !validity[row] ? null : values[row]),
      );
    }
  }
  const expected = await duckdb.rows(`
    select n::double as n, x, holes::double as holes, s, unit::double as unit, "kind"
    from read_parquet(${quoted(join(path, "parts/**/*.parquet"))}, hive_partitioning = true)
    order by n`);
  rows.sort((a, b) => (a[0] as number) - (b[0] as number));
  assertEquals(rows, expected);
});

Deno.test("any range of rows equals the same rows of the whole, across files", async () => {
  await using folder = await tempDir();
  const { path } = folder;
  for (const part of [0, 1, 2, 10, 9]) {
    await writeSample(path, 1000 + 37 * part, 300, `part.${part}.parquet`);
  }
  const dataset = await open(path, "part.*.parquet");
  assertEquals(
    dataset.files.map((file) => file.path.replace(/.*part/, "")),
    [".0.parquet", ".1.parquet", ".2.parquet", ".9.parquet", ".10.parquet"],
  );
  using reader = new DatasetReader(dataset);
  const all = rowRange(dataset, 0, dataset.rows);
  const whole = {
    u: reader.column("u", all, INT64).values,
    unit: reader.column("unit", all, INT64).values,
    time: reader.raw("time", all).values,
  };
  for (let round = 0, from = 0; round < 40; round++, from = (from * 7 + 131) % dataset.rows) {
    const to = Math.min(dataset.rows, from + 1 + (round * 97) % 2500);
    const range = rowRange(dataset, from, to);
    assertEquals(range.rows, to - from);
    assertEquals(reader.column("u", range, INT64).values, whole.u.slice(from, to));
    assertEquals(reader.column("unit", range, INT64).values, whole.unit.slice(from, to));
    assertEquals(reader.raw("time", range).values, whole.time.slice(from, to));
    const { codes, dictionary } = reader.codes("unit", range);
    assertEquals(Array.from(codes, (code) => dictionary[code]), whole.unit.slice(from, to));
  }
});

Deno.test("codes of texts follow the order of rows, across pages with and without dictionaries", async () => {
  await using folder = await tempDir();
  using duckdb = await DuckDB.open();
  const base = join(folder.path, "texts.parquet");
  for (const limit of [4096, 1]) {
    await duckdb.run(
      `copy (select case when i % 11 = 5 then null else 'text ' || (i * 7919 % (3 + i // 9000)) end as s
        from range(100000) t(i)) to ${quoted(base)}
        (row_group_size 20480, dictionary_size_limit ${limit})`,
    );
    const dataset = await open(folder.path, "texts.parquet");
    using reader = new DatasetReader(dataset);
    for (
      const [from, to] of [[0, 100_000], [15_000, 70_000], [20_480, 20_481], [99_000, 100_000]]
    ) {
      const range = rowRange(dataset, from!, to!);
      const texts = reader.column("s", range, INT64).values as (string | null)[];
      const { codes, dictionary } = reader.codes("s", range);
      assertEquals(Array.from(codes, (code) => dictionary[code]), texts);
      assertEquals(dictionary, [...new Set(texts)]);
    }
  }
});

Deno.test("columns that differ between files are joined by name, and a conflict is reported when the column is read", async () => {
  await using folder = await tempDir();
  const { path } = folder;
  using duckdb = await DuckDB.open();
  const write = (name: string, query: string) =>
    duckdb.run(`copy (${query}) to ${quoted(join(path, name))} (format parquet)`);
  await write("a.parquet", "select 1::double as x, 'a' as s");
  await write("type.parquet", "select 1::int as x, 'a' as s");
  await write("less.parquet", "select 1::double as x");
  await write("more.parquet", "select 1::double as x, 'a' as s, 2 as y");
  await write("order.parquet", "select 'b' as s, 2::double as x");
  await write("text.parquet", "select 'b' as x, null as s");
  const joined = async (other: string) => {
    const dataset = await open(path, ["a.parquet", other]);
    using reader = new DatasetReader(dataset);
    const all = rowRange(dataset, 0, 2);
    const columns = dataset.columns.map(({ name, conflict }) =>
      [name, conflict ?? Array.from(reader.column(name, all, INT64).values)] as const
    );
    return { columns: Object.fromEntries(columns), told: dataset.joined };
  };
  assertEquals(await joined("order.parquet"), { columns: { x: [1, 2], s: ["a", "b"] }, told: [] });
  assertEquals(await joined("type.parquet"), {
    columns: { x: [1, 1], s: ["a", "a"] },
    told: ['"x" is DOUBLE in a.parquet, INT32 in type.parquet, read as DOUBLE'],
  });
  assertEquals(await joined("less.parquet"), {
    columns: { x: [1, 1], s: ["a", null] },
    told: ['"s" is absent in 1 of 2 files, null there'],
  });
  assertEquals(await joined("more.parquet"), {
    columns: { x: [1, 1], s: ["a", "a"], y: [NaN, 2] },
    told: ['"y" is absent in 1 of 2 files, null there'],
  });
  const conflict = '"x" is DOUBLE in a.parquet, STRING in text.parquet, which can\'t be joined';
  assertEquals(await joined("text.parquet"), {
    columns: { x: conflict, s: ["a", null] },
    told: [
      `${conflict}; it can't be read`,
      '"s" is STRING in a.parquet, INT32 in text.parquet, read as STRING',
    ],
  });
  const dataset = await open(path, ["a.parquet", "text.parquet"]);
  using reader = new DatasetReader(dataset);
  const all = rowRange(dataset, 0, 2);
  const { code, message } = assertThrows(() => reader.column("x", all, INT64), ServiceError);
  assertEquals([code, message.startsWith(conflict)], ["BASE_UNREADABLE", true]);
});

Deno.test("a Base finds its files within the roots, without earlier results", async () => {
  await using folder = await tempDir();
  const { path } = folder;
  for (const name of ["a/x.parquet", "a/b/y.parquet", "a/_hidden.parquet", "a/.z.parquet"]) {
    await Deno.mkdir(join(path, name, ".."), { recursive: true });
    await writeSample(join(path, name, ".."), 5, 5, name.replace(/.*\//, ""));
  }
  await writeSample(join(path, "a"), 5, 5, "work_ansver.parquet");
  const names = async (base: string | string[]) => {
    const { files } = await filesOf(path, base);
    return files.map((file) => file.path.slice(path.length + 1));
  };
  assertEquals(await names("a"), ["a/b/y.parquet", "a/x.parquet"]);
  assertEquals(await names("a/"), ["a/b/y.parquet", "a/x.parquet"]);
  assertEquals(await names("a/*.parquet"), ["a/x.parquet"]);
  assertEquals(await names("**/*.parquet"), ["a/b/y.parquet", "a/x.parquet"]);
  assertEquals(await names("a/?.parquet"), ["a/x.parquet"]);
  assertEquals(await names(["a/x.parquet", "a/b"]), ["a/x.parquet", "a/b/y.parquet"]);
  assertEquals(await names("a/work_ansver.parquet"), ["a/work_ansver.parquet"]);
  assertEquals((await refusal(path, "a/*.csv")).code, "BASE_NOT_FOUND");
  assertEquals((await refusal(path, ["a/x.parquet", "a"])).code, "BAD_REQUEST");
  await Deno.mkdir(join(path, "in"));
  assertEquals((await refusal(join(path, "in"), "../a")).code, "FORBIDDEN_PATH");
  assertEquals((await refusal(join(path, "in"), "../a/*.parquet")).code, "FORBIDDEN_PATH");
  await Deno.symlink(join(path, "a/x.parquet"), join(path, "in/link.parquet"));
  assertEquals((await refusal(join(path, "in"), "*.parquet")).code, "FORBIDDEN_PATH");
});

for (const way of ways) {
  Deno.test(`a job runs on a folder of parts, a glob and a list [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    await writeSample(path, 40_000, 40_000, "part.parquet");
    for (const year of [2023, 2024]) {
      const parts = join(path, `parts/year=${year}`);
      await Deno.mkdir(parts, { recursive: true });
      for (const part of [0, 1]) {
        await Deno.copyFile(join(path, "part.parquet"), join(parts, `part.${part}.parquet`));
      }
    }
    await using server = await startServer(way, { root: path });
    const text = `
      export const chunk = (chunk) => ({ rows: chunk.n.length, sum: chunk.n.reduce((a, b) => a + b, 0),
        years: chunk.year ? [...new Set(chunk.year)] : [] });
      export const combine = (a, b) => ({ rows: a.rows + b.rows, sum: a.sum + b.sum, years: [...new Set([...a.years, ...b.years])] });`;
    const sum = 40_000 * 39_999 / 2;
    const { Response } = await runFormula(server, path, text, { Base: "parts" });
    assertEquals(Response.Result, { rows: 160_000, sum: 4 * sum, years: [2023, 2024] });
    const glob = await runFormula(server, path, text, { Base: "parts/*/part.1.parquet" });
    assertEquals(glob.Response.Result, { rows: 80_000, sum: 2 * sum, years: [2023, 2024] });
    const list = await runFormula(server, path, text.replaceAll("chunk.year", "null"), {
      Base: ["parts/year=2024/part.1.parquet", "parts/year=2023/part.0.parquet"],
    });
    assertEquals(list.Response.Result, { rows: 80_000, sum: 2 * sum, years: [] });
    const empty = await runFormula(server, path, text, { Base: [] });
    assertEquals(empty.Response.Error?.Code, "BAD_REQUEST");
  });
}

Deno.test("many files of many columns are what DuckDB reads, whatever a partition has of them", async () => {
  await using folder = await tempDir();
  const { path } = folder;
  using duckdb = await DuckDB.open();
  const random = randomFrom(SEED);
  const columns = 12, files = 150 + random(60);
  const list = Array.from({ length: columns }, (_, c) => `hash(i, ${c}) % 1000 / 8 as c${c}`);
  for (let file = 0, from = 0; file < files; file++) {
    const to = from + random(900), group = 1 + random(500);
    const name = join(path, "parts", `unit=${file % 7}`, `${file}.parquet`);
    await Deno.mkdir(dirname(name), { recursive: true });
    await duckdb.run(
      `copy (select ${list.join(", ")}, i from range(${from}, ${to}) t(i)) to ${quoted(name)}
       (format parquet, row_group_size ${group})`,
    );
    from = to;
  }
  const names = [...list.keys()].map((c) => `c${c}`);
  const sums = ["i", "unit", ...names].map((name) => `sum(${name})::double`);
  const [wanted] = await duckdb.rows(
    `select ${sums.join(", ")} from read_parquet(${quoted(join(path, "parts/**/*.parquet"))},
     hive_partitioning = true)`,
  );
  const dataset = await open(path, "parts");
  using reader = new DatasetReader(dataset);
  const pool = new ArrayPool();
  const found = ["i", "unit", ...names].map(() => 0);
  for (const partition of planDataset(dataset)) {
    const arrays = pool.lend();
    ["i", "unit", ...names].forEach((name, index) => {
      const { values } = reader.column(name, partition, { ...INT64, arrays });
      for (const value of values as Float64Array) found[index]! += value;
      (values as Float64Array).fill(-1);
    });
    arrays.end(null);
  }
  assertEquals(found, wanted as number[], `seed ${SEED}`);
});
