/** Tables of many columns, more than are read with memory of their own at once, read in pieces in any order. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { planDataset, rowRange } from "../../mod/dataset/dataset.ts";
import { openDataset } from "../../mod/dataset/open_dataset.ts";
import { compileFilter } from "../../mod/dataset/predicate.ts";
import { planFiltered } from "../../mod/dataset/prune.ts";
import { DatasetReader } from "../../mod/dataset/reader.ts";
import { ArrayPool } from "../../mod/parquet/read/array_pool.ts";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { tempDir } from "../support/harness.ts";
import { type Random, randomFrom } from "../support/random_numbers.ts";
import { SEED } from "../support/suite_options.ts";

const CASES = 6, READS = 60;

/** Columns in SQL, by the row `k`: what compresses and what does not, with nulls and without. */
const KINDS = [
  (c: number) => `hash(k, ${c}) / 1e9 as c${c}`,
  (c: number) => `(k // ${c + 3} % 1000)::double as c${c}`,
  (c: number) => `(k * ${c} % 100000)::integer as c${c}`,
  (c: number) => `(hash(k, ${c}) % 7)::double as c${c}`,
  (c: number) => `if(hash(k, ${c}) % 9 = 0, null, hash(k, ${c + 1}) / 1e9) as c${c}`,
  (c: number) => `if(k % ${c + 2} = 0, null, 'text ' || (k % 50)) as c${c}`,
];

const CODECS = ["snappy", "snappy", "uncompressed", "zstd", "gzip"];

/** Makes a file. @returns How many rows and columns it has. */
async function makeFile(duckdb: DuckDB, path: string, random: Random) {
  const rows = 40_000 + random(60_000), columns = 30 + random(60);
  const list = Array.from({ length: columns }, (_, c) => KINDS[random(KINDS.length)]!(c));
  const codec = CODECS[random(CODECS.length)], group = 4096 + random(120_000);
  await duckdb.run(
    `copy (select ${list.join(", ")} from range(${rows}) r(k)) to ${quoted(path)}
     (format parquet, compression ${codec}, row_group_size ${group})`,
  );
  return { rows, columns };
}

Deno.test("columns of wide tables are what DuckDB reads, in any order and when their arrays are changed", async () => {
  await using folder = await tempDir();
  using duckdb = await DuckDB.open();
  for (let index = 0; index < CASES; index++) {
    const random = randomFrom(SEED + 7919 * index);
    const path = join(folder.path, `wide_${index}.parquet`);
    const { rows, columns } = await makeFile(duckdb, path, random);
    const wanted = await duckdb.columns(`select * from ${quoted(path)}`);
    const dataset = openDataset("wide", [{ path, hive: {} }]);
    using reader = new DatasetReader(dataset);
    const pool = new ArrayPool();
    for (let read = 0, from = 0; read < READS; read++) {
      if (from >= rows || random(4) === 0) from = random(rows);
      const to = Math.min(rows, from + 1 + random(12_000));
      const part = rowRange(dataset, from, to);
      const borrowed = pool.lend();
      const first = random(columns), count = 1 + random(columns);
      for (let k = 0; k < count; k++) {
        const name = `c${(first + k) % columns}`;
        const { values } = reader.column(name, part, { int64: "number", arrays: borrowed });
        const told = `seed ${SEED}, case ${index}, ${name}, rows ${from} to ${to}`;
        assertSame(values, wanted[name]!, from, to, told);
        if (ArrayBuffer.isView(values)) values.fill(-1 as never);
      }
      borrowed.end(null);
      from = to;
    }
  }
});

function assertSame(
  values: ArrayLike<unknown>,
  wanted: readonly unknown[],
  from: number,
  to: number,
  told: string,
): void {
  assertEquals(values.length, to - from, told);
  for (let row = from; row < to; row++) {
    const value = values[row - from], other = wanted[row];
    const same = value === other || (other === null && Number.isNaN(value));
    if (!same) throw new Error(`${told}: ${value} in row ${row} is ${other}`);
  }
}

Deno.test("partitions of wide tables have fewer rows, as the columns that are read have it", async () => {
  await using folder = await tempDir();
  using duckdb = await DuckDB.open();
  const path = join(folder.path, "wide.parquet");
  const list = Array.from({ length: 400 }, (_, c) => `(k % 10)::double as c${c}`);
  await duckdb.run(
    `copy (select ${list.join(", ")} from range(150000) r(k)) to ${quoted(path)} (format parquet)`,
  );
  const dataset = openDataset("wide", [{ path, hive: {} }]);
  const bytesOf = (names: string[] | null) => {
    const partitions = planDataset(dataset, names);
    assertEquals(partitions.reduce((rows, part) => rows + part.rows, 0), 150_000);
    const width = 8 * (names?.length ?? 400);
    return Math.max(...partitions.map((part) => part.rows * width));
  };
  const most = 40 << 20;
  assertEquals(bytesOf(null) <= most, true);
  assertEquals(bytesOf(list.slice(0, 200).map((_, c) => `c${c}`)) <= most, true);
  assertEquals(bytesOf(["c1", "c2", "none"]) <= most, true);
  const filter = compileFilter({ c0: { $gt: 3 } }, dataset.columns);
  const { partitions } = planFiltered(dataset, filter);
  assertEquals(partitions.every((part) => part.rows * 8 * 400 <= most), true);
  assertEquals(partitions.reduce((rows, part) => rows + part.rows, 0), 150_000);
  assertEquals(planDataset(dataset, ["c1"]).length < planDataset(dataset).length, true);
});
