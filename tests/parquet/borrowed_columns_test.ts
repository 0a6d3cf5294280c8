import { assert, assertEquals } from "@std/assert";
import { parquetWriteBuffer } from "hyparquet-writer";
import { ARRAY, kernelOf } from "#kernel";
import { ArrayPool, type Arrays } from "../../mod/parquet/read/array_pool.ts";
import { readColumn, readRaw } from "../../mod/parquet/read/read_column.ts";
import type { Partition } from "../../mod/parquet/read/partition.ts";
import { SEED } from "../support/suite_options.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { inFolder, OpenFile, randomNumbers, rowsOf } from "../support/parquet/files.ts";
import { randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

const ROWS = 300_000;

type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array | BigInt64Array;

/** Calls back with a file of numbers that can't be compressed, that repeat, and that have nulls. */
async function withFile(options: string, test: (path: string) => void): Promise<void> {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    await makeFile(path, options);
    test(path);
  });
}

async function makeFile(path: string, options: string): Promise<void> {
  await duckdb.run(
    `copy (select sqrt(i) * 1.0000001 as noise, sqrt(i)::float as float, (i // 700)::double as steps,
      (hash(i) % 4294967296)::uinteger as ids, (hash(i) % 100000)::int as small, (hash(i) >> 1)::bigint as wide,
      case when i between 100000 and 100009 then null else sqrt(i) end as rare,
      case when i % 5 = 0 then null else i::double end as nulls,
      timestamp '2024-01-01' + interval (i) second as time
      from range(${ROWS}) t(i)) to ${
      quoted(path)
    } (format parquet, row_group_size ${ROWS}, dictionary_size_limit 1, ${options})`,
  );
}

function readBorrowed(open: OpenFile, name: string, partition: Partition, arrays: Arrays): Numbers {
  const options = { int64: "bigint", arrays } as const;
  return readColumn(open.reader, name, partition, options).values as Numbers;
}

/** Whether an array lies where it was decompressed: others have their memory from its first place on. */
function isInPlace(array: ArrayBufferView): boolean {
  return kernelOf(array) !== null && array.byteOffset !== ARRAY;
}

/** Rows from front to back: some are left out, some come again, as far as `back`. */
function* walk(random: () => number, back: number): Generator<Partition> {
  for (let from = 0; from < ROWS;) {
    const to = Math.min(ROWS, from + 1 + Math.floor(random() ** 2 * 90_000));
    yield rowsOf(0, from, to);
    from = random() < 0.2 ? Math.max(0, to - back) : to;
    if (random() < 0.1) from = Math.min(ROWS, to + 30_000);
  }
}

/** How far rows come again, and how often what is lent is kept. */
const WALKS: [back: number, keptShare: number][] = [[999, 0], [40_000, 0], [999, 0.1]];

const KINDS = [
  "codec snappy",
  "codec snappy, parquet_version v2",
  "codec uncompressed",
  "codec zstd",
  "codec gzip",
];

for (const [kind, options] of KINDS.entries()) {
  randomTest(
    "lent-walks",
    `columns that are lent and changed are read on as they are in the file: ${options}`,
    (count) =>
      withFile(options, (path) => {
        using whole = new OpenFile(path);
        for (const [index, { name }] of whole.file.columns.entries()) {
          const all = whole.read(name, rowsOf(0, 0, ROWS)).values as Numbers;
          for (let turn = 0; turn < count; turn++) {
            // Few walks are of all kinds, too: through one column or another, in one file or another.
            const [back, keptShare] = WALKS[(index + kind + turn) % WALKS.length]!;
            const random = randomNumbers(SEED + 100 * turn + name.length);
            using open = new OpenFile(path);
            const stock = new ArrayPool();
            const kept: { array: Numbers; copy: Numbers }[] = [];
            for (const partition of walk(random, back)) {
              const { from, to } = partition.slices[0]!;
              const borrowed = stock.lend();
              const array = readBorrowed(open, name, partition, borrowed);
              assertSame(array, all.subarray(from, to), `${name} ${from}…${to}`);
              if (random() < 0.2) {
                const start = Math.floor(random() * to);
                const { values } = open.read(name, rowsOf(0, start, to));
                assertSame(values as Numbers, all.subarray(start, to), `${name} beside`);
                assertSame(array, all.subarray(from, to), `${name} still`);
              }
              const isKept = random() < keptShare;
              if (isKept) kept.push({ array, copy: array.slice() });
              else new Uint8Array(array.buffer, array.byteOffset, array.byteLength).fill(77);
              borrowed.end(isKept ? { array } : null);
            }
            for (const { array, copy } of kept) assertSame(array, copy, name);
          }
        }
      }),
  );
}

/** Whether two arrays of numbers have the same type and values. */
function assertSame(found: Numbers, expected: Numbers, what: string): void {
  assertEquals([found.constructor, found.length], [expected.constructor, expected.length], what);
  for (let k = 0; k < expected.length; k++) {
    if (!Object.is(found[k], expected[k])) {
      throw new Error(`${what}[${k}]: ${found[k]}, not ${expected[k]}`);
    }
  }
}

Deno.test("values that need no conversion are borrowed from the decompressed page", async () => {
  await withFile("codec snappy", (path) => {
    using open = new OpenFile(path);
    const stock = new ArrayPool();
    const inPlace = open.file.columns.map(({ name }) => name).filter((name) => {
      let all = true;
      for (let from = 0; from < ROWS; from += 50_000) {
        const borrowed = stock.lend();
        const rows = rowsOf(0, Math.max(0, from - 999), from + 50_000);
        all &&= isInPlace(readBorrowed(open, name, rows, borrowed));
        borrowed.end(null);
      }
      return all;
    });
    assertEquals(inPlace, ["noise", "float", "steps", "ids", "small", "wide"]);
  });
});

Deno.test("a column is copied from the moment its rows are kept", async () => {
  await withFile("codec snappy", (path) => {
    using open = new OpenFile(path);
    const stock = new ArrayPool();
    const first = stock.lend();
    const array = readBorrowed(open, "noise", rowsOf(0, 0, 1000), first);
    assert(isInPlace(array));
    first.end([array.subarray(10)]);
    const second = stock.lend();
    assert(!isInPlace(readBorrowed(open, "noise", rowsOf(0, 1000, 2000), second)));
    assert(isInPlace(readBorrowed(open, "float", rowsOf(0, 1000, 2000), second)));
  });
});

Deno.test("stored times are read next to a borrowed column of them", async () => {
  await withFile("codec snappy", (path) => {
    using open = new OpenFile(path);
    const borrowed = new ArrayPool().lend();
    const partition = rowsOf(0, 5000, 9000);
    const millis = readBorrowed(open, "time", partition, borrowed) as Float64Array;
    const { values } = readRaw(open.reader, "time", partition);
    assertEquals(Array.from(values as BigInt64Array, (time) => Number(time) / 1000), [...millis]);
  });
});

Deno.test("rows in several small pages are joined", async () => {
  const data = Float64Array.from({ length: 20_000 }, (_, row) => Math.sqrt(row));
  const bytes = parquetWriteBuffer({
    columnData: [{ name: "x", data, type: "DOUBLE", nullable: false }],
    pageSize: 10_000,
    rowGroupSize: data.length,
  });
  await inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    Deno.writeFileSync(path, new Uint8Array(bytes));
    using open = new OpenFile(path);
    const stock = new ArrayPool();
    for (const size of [100, 999, 7000]) {
      for (let from = 0; from < data.length; from += size) {
        const to = Math.min(data.length, from + size);
        const borrowed = stock.lend();
        const array = readBorrowed(open, "x", rowsOf(0, from, to), borrowed);
        assertEquals(array, data.slice(from, to), `${from}…${to}`);
        (array as Float64Array).fill(NaN);
        borrowed.end(null);
      }
    }
  });
});
