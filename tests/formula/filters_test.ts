import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { type ColumnMetaData, parquetMetadata, readColumnIndex } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { type DatasetPartition, type OpenedDataset, rowRange } from "../../mod/dataset/dataset.ts";
import { openDataset } from "../../mod/dataset/open_dataset.ts";
import { compileFilter, type Predicate } from "../../mod/dataset/predicate.ts";
import { planFiltered } from "../../mod/dataset/prune.ts";
import { DatasetReader } from "../../mod/dataset/reader.ts";
import { selectRows } from "../../mod/dataset/select.ts";
import { takeRows } from "../../mod/parquet/read/take_rows.ts";
import { ServiceError } from "../../mod/common/errors.ts";
import { carryChunk } from "../../mod/parquet/write/carried_chunk.ts";
import { ParquetReader } from "../../mod/parquet/read/parquet_reader.ts";
import { SEED } from "../support/suite_options.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { readRows, runFormula, writeSample } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { randomFrom } from "../support/random_numbers.ts";
import { randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

/** Columns of every kind that can be compared, with nulls, NaN, infinities, -0 and long texts. */
const COLUMNS = `
  i as id,
  case when i % 11 = 0 then null when i % 13 = 0 then 'nan'::double when i % 17 = 0 then 'inf'::double
       when i % 19 = 0 then '-0'::double else (i % 100) / 4 - 10 end as f,
  (case when i % 7 = 0 then null else i // 50 end)::int as n,
  (i // 40)::utinyint as small,
  9007199254740993 + i * 3 as big,
  case when i % 9 = 0 then null when i % 10 = 0 then '' when i % 4 = 0 then repeat('long prefix ', 40) || i
       when i % 4 = 1 then chr(57344 + (i % 50)::int) || i else chr(128512 + (i % 50)::int) end as s,
  i % 3 = 0 as b,
  timestamp '2024-01-01' + interval (i * 1001) microsecond as us,
  (timestamp_ns '2024-01-01 00:00:00' + interval (i) second)::timestamp_ns as ns,
  (timestamp '2024-01-01' + interval (i) minute)::timestamp_ms as ms,
  date '2024-01-01' + (i // 20)::int as d`;
const ROWS = 3000;

/** Filters, and what SQL calls the same. Null fits no comparison in either; NaN is left to a test of its own. */
const FILTERS: [unknown, string][] = [
  [{ f: { $gte: 2 } }, "f >= 2 and not isnan(f)"],
  [{ f: { $lt: -3.25 } }, "f < -3.25"],
  [{ f: 0 }, "f = 0"],
  [{ f: { $eq: Infinity } }, "f = 'inf'"],
  [{ f: { $ne: 5 } }, "f != 5"],
  [{ f: null }, "f is null"],
  [{ f: { $ne: null } }, "f is not null"],
  [{ f: { $in: [1, 2.5, null] } }, "f in (1, 2.5) or f is null"],
  [{ n: { $gt: 10, $lte: 20 } }, "n > 10 and n <= 20"],
  [{ n: { $nin: [1, 2, 3] } }, "n not in (1, 2, 3)"],
  [{ n: { $gt: 10.5 } }, "n > 10.5"],
  [{ n: -1 }, "false"],
  [{ small: { $gte: 200 } }, "small >= 200"],
  [{ big: { $gt: 9007199254743000n } }, "big > 9007199254743000"],
  [{ big: 9007199254741011n }, "big = 9007199254741011"],
  [
    { big: { $in: [9007199254740993n, 9007199254740994n] } },
    "big in (9007199254740993, 9007199254740994)",
  ],
  [{ s: "" }, "s = ''"],
  [{ s: { $gte: "long prefix" } }, "s >= 'long prefix'"],
  [{ s: { $gt: "\u{1F600}" } }, "s > chr(128512)"],
  [{ s: { $lt: "\uE010" } }, "s < chr(57360)"],
  [{ s: { $in: ["\u{1F601}", "x"] } }, "s in (chr(128513), 'x')"],
  [{ s: { $ne: "" } }, "s != ''"],
  [{ b: true }, "b"],
  [{ b: { $ne: true } }, "not b"],
  [{ us: { $gte: "2024-01-01T00:00:01.001" } }, "us >= timestamp '2024-01-01 00:00:01.001'"],
  [{ us: { $lt: "2024-01-01 00:00:00.010010" } }, "us < timestamp '2024-01-01 00:00:00.010010'"],
  [{ us: "2024-01-01T00:00:00.001001Z" }, "us = timestamp '2024-01-01 00:00:00.001001'"],
  [{ us: { $gt: "2024-01-01T00:00:00.0010015Z" } }, "us > timestamp '2024-01-01 00:00:00.001001'"],
  [
    { us: { $lte: "2024-01-01T00:00:00.0010015Z" } },
    "us <= timestamp '2024-01-01 00:00:00.001001'",
  ],
  [{ us: "2024-01-01T00:00:00.0010015Z" }, "false"],
  [{ ns: { $gt: new Date(Date.UTC(2024, 0, 1, 0, 10)) } }, "ns > timestamp '2024-01-01 00:10:00'"],
  [{ ms: { $gte: Date.UTC(2024, 0, 2) } }, "ms >= timestamp '2024-01-02'"],
  [{ d: { $lt: "2024-02-01" } }, "d < date '2024-02-01'"],
  [{ d: new Date(Date.UTC(2024, 0, 5)) }, "d = date '2024-01-05'"],
  [{ $or: [{ n: 3 }, { s: "", b: true }] }, "n = 3 or (s = '' and b)"],
  [{ $and: [{ n: { $gt: 3 } }, { n: { $lt: 9 } }], b: false }, "n > 3 and n < 9 and not b"],
  [{ $not: { n: 5 } }, "(n = 5) is not true"],
  [{ $nor: [{ n: { $lt: 50 } }, { b: true }] }, "(n < 50) is not true and not b"],
  [{ n: { $not: { $gt: 5 } } }, "(n > 5) is not true"],
];

/** Ids of the rows that a filter lets through, with and without what statistics rule out. */
function matching(path: string, filter: unknown) {
  const dataset = openDataset("data.parquet", [{ path, hive: {} }]);
  const predicate = compileFilter(filter, dataset.columns);
  const { partitions, skipped } = planFiltered(dataset, predicate);
  const pruned = idsOf(dataset, predicate, partitions);
  const unpruned = idsOf(dataset, predicate, [rowRange(dataset, 0, dataset.rows)]);
  return { pruned, unpruned, skipped, dataset };
}

/** Ids of the rows of some partitions that a predicate lets through. */
function idsOf(
  dataset: OpenedDataset,
  predicate: Predicate,
  partitions: readonly DatasetPartition[],
): number[] {
  using reader = new DatasetReader(dataset);
  return partitions.flatMap((of) => {
    const { values } = reader.column("id", of, { int64: "number" });
    const selection = selectRows(predicate, reader, of);
    return Array.from((selection ? takeRows(values, selection) : values) as Float64Array);
  });
}

Deno.test("filters give the rows of DuckDB's WHERE, whatever statistics rule out", async () => {
  await using folder = await tempDir();
  for (
    const options of ["row_group_size 2048", "row_group_size 2048, parquet_version v2, codec zstd"]
  ) {
    const path = join(folder.path, "data.parquet");
    // DuckDB's row groups are multiples of 2048 rows; sorting makes their statistics narrow.
    await duckdb.run(
      `copy (select ${COLUMNS} from range(${3 * ROWS}) t(i)) to ${
        quoted(path)
      } (format parquet, ${options})`,
    );
    // A table of its own: in Parquet files DuckDB's Bloom filters take -0 for another value than 0.
    await duckdb.run(`create or replace table data as from ${quoted(path)}`);
    let skippedGroups = 0;
    for (const [filter, where] of FILTERS) {
      const expected = await duckdb.column(
        `select id::double from data where ${where} order by id`,
      );
      const { pruned, unpruned, skipped } = matching(path, filter);
      assertEquals(unpruned, expected as number[], `${Deno.inspect(filter)} against ${where}`);
      assertEquals(pruned, expected as number[], `${Deno.inspect(filter)} after pruning`);
      skippedGroups += skipped.rowGroups;
    }
    assert(skippedGroups > 20, `${skippedGroups} row groups were skipped`);
  }
});

Deno.test("page indexes reduce what is read and change no result", async () => {
  await using folder = await tempDir();
  const path = join(folder.path, "data.parquet");
  const n = Int32Array.from({ length: 50_000 }, (_, row) => row);
  const s = Array.from(n, (row) => row % 3 ? `text ${String(row).padStart(6, "0")}` : null);
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "id", data: n, type: "INT32", columnIndex: true },
      { name: "n", data: n, type: "INT32", columnIndex: true },
      { name: "s", data: s, type: "STRING", columnIndex: true },
    ],
    rowGroupSize: 25_000,
    pageSize: 10_000,
  });
  await Deno.writeFile(path, new Uint8Array(buffer));
  const filters: [unknown, (row: number) => boolean, boolean][] = [
    [{ n: { $gte: 1000, $lt: 1100 } }, (row) => row >= 1000 && row < 1100, true],
    [{ n: { $in: [5, 30_000] } }, (row) => row === 5 || row === 30_000, true],
    [{ s: "text 040000" }, (row) => row === 40_000, true],
    [{ $or: [{ n: 7 }, { s: "text 049999" }] }, (row) => row === 7 || row === 49_999, true],
    [{ s: null, n: { $lt: 50 } }, (row) => row % 3 === 0 && row < 50, true],
    [{ $not: { n: { $gt: 5 } } }, (row) => row <= 5, true],
    [{ n: { $ne: 5 } }, (row) => row !== 5, false],
  ];
  for (const [filter, fits, narrows] of filters) {
    const { pruned, unpruned, skipped } = matching(path, filter);
    const expected = Array.from(n).filter(fits);
    assertEquals(pruned, expected, Deno.inspect(filter));
    assertEquals(unpruned, expected, Deno.inspect(filter));
    assertEquals(skipped.pages > 0, narrows, Deno.inspect(filter));
    if (narrows) assert(skipped.rows > 30_000, `${skipped.rows} rows were skipped`);
  }
});

/** Places in a file of the bytes that begin with a length and hold a number. */
function placesOf(file: Uint8Array, from: number, to: number, value: number): number[] {
  const wanted = new Uint8Array([4, ...new Uint8Array(Int32Array.of(value).buffer)]);
  const places = [];
  for (let at = from; at + wanted.length <= to; at++) {
    if (wanted.every((byte, k) => file[at + k] === byte)) places.push(at + 1);
  }
  return places;
}

Deno.test("page indexes that contradict themselves rule nothing out", async () => {
  await using folder = await tempDir();
  const path = join(folder.path, "data.parquet");
  const n = Int32Array.from({ length: 30_000 }, (_, row) => 1_000_000 + 3 * row);
  const id = Int32Array.from(n, (_, row) => row);
  const sound = new Uint8Array(parquetWriteBuffer({
    columnData: [
      { name: "id", data: id, type: "INT32" },
      { name: "n", data: n, type: "INT32", columnIndex: true },
    ],
    rowGroupSize: 30_000,
    pageSize: 4000,
  }));
  const [chunk] = parquetMetadata(sound.buffer).row_groups[0]!.columns.slice(1);
  const from = Number(chunk!.column_index_offset), to = from + chunk!.column_index_length!;
  const region = { view: new DataView(sound.buffer, from, to - from), offset: 0 };
  const schema = parquetMetadata(sound.buffer).schema.at(-1)!;
  const index = readColumnIndex(region, schema);
  const min_values = index.min_values as unknown as number[];
  const max_values = index.max_values as unknown as number[];
  assert(min_values.length > 20, `${min_values.length} pages`);
  const changes: [what: string, change: (file: Uint8Array, page: number) => void][] = [
    ["min above max", (file, page) => {
      const [min] = placesOf(file, from, to, min_values[page]!);
      const max = placesOf(file, from, to, max_values[page]!).at(-1)!;
      const bytes = file.slice(min, min! + 4);
      file.copyWithin(min!, max, max + 4);
      file.set(bytes, max);
    }],
    ["a page of values that is said to be one of nulls", (file, page) => {
      const list = file.subarray(from, to).findIndex((byte) => byte === 0x19) + from;
      // A list of up to 14 has its length in the byte behind, another one in a varint.
      const first = list + (file[list + 1]! >> 4 === 15 ? 3 : 2);
      assert(file[first + page] !== 1, "a page of nulls");
      file[first + page] = 1;
    }],
    ["above what the footer says", (file, page) => {
      const [min] = placesOf(file, from, to, min_values[page]!);
      const max = placesOf(file, from, to, max_values[page]!).at(-1)!;
      new DataView(file.buffer).setInt32(min!, 2_000_000_000, true);
      new DataView(file.buffer).setInt32(max, 2_000_000_001, true);
    }],
  ];
  const random = randomFrom(SEED);
  for (const [what, change] of changes) {
    for (let round = 0; round < 5; round++) {
      const page = random(min_values.length);
      const file = sound.slice();
      change(file, page);
      await Deno.writeFile(path, file);
      const least = min_values[page]!, most = max_values[page]!;
      for (
        const filter of [{ n: { $gte: least, $lte: most } }, { n: least }, { n: { $lt: most } }]
      ) {
        const { pruned, unpruned } = matching(path, filter);
        assert(unpruned.length > 0);
        assertEquals(pruned, unpruned, `${what}, page ${page}: ${Deno.inspect(filter)}`);
      }
    }
  }
});

Deno.test("statistics that contradict themselves rule nothing out", async () => {
  await using folder = await tempDir();
  const path = join(folder.path, "data.parquet");
  await duckdb.run(
    `copy (select ${COLUMNS} from range(${3 * ROWS}) t(i)) to ${
      quoted(path)
    } (format parquet, row_group_size 2048)`,
  );
  for (const [filter] of FILTERS) {
    const { unpruned, dataset } = matching(path, filter);
    for (const contradict of [swapBounds, allNull]) {
      for (const file of dataset.files) {
        const groups = structuredClone(file.rowGroups());
        for (const group of groups) {
          for (const { meta_data } of group.columns) contradict(meta_data!);
        }
        file.rowGroups = () => groups;
      }
      const predicate = compileFilter(filter, dataset.columns)!;
      const { partitions } = planFiltered(dataset, predicate);
      assertEquals(idsOf(dataset, predicate, partitions), unpruned, Deno.inspect(filter));
    }
  }
});

Deno.test("statistics that contradict themselves are not carried into a result", async () => {
  await using folder = await tempDir();
  const path = join(folder.path, "data.parquet");
  await duckdb.run(
    `copy (select i as n, (i + 9000000000000000000)::ubigint as u, i / 4 as f, 'text ' || i as s
       from range(1000) t(i)) to ${quoted(path)} (format parquet)`,
  );
  const [file] = openDataset("data.parquet", [{ path, hive: {} }]).files;
  using reader = new ParquetReader(file!);
  const types = { n: "int64", u: "uint64", f: "float64", s: "string" } as const;
  for (const contradict of [() => {}, swapBounds]) {
    const [group] = structuredClone(file!.rowGroups());
    Object.entries(types).forEach(([name, type], leaf) => {
      contradict(group!.columns[leaf]!.meta_data!);
      const to = { type, required: false };
      const { column } = carryChunk(reader, group!, leaf, name, to)!;
      const carried = [column.least, column.most].map((bytes) => bytes !== null);
      assertEquals(carried, Array(2).fill(contradict !== swapBounds), name);
    });
  }
});

/** Both where they differ, in the other one's place. */
function swapBounds({ statistics }: ColumnMetaData): void {
  if (!statistics) return;
  const { min_value, max_value } = statistics;
  if (min_value !== undefined) statistics.max_value = min_value;
  if (max_value !== undefined) statistics.min_value = max_value;
}

/** All values are null, and yet there are bounds. */
function allNull({ statistics, num_values }: ColumnMetaData): void {
  if (statistics?.min_value !== undefined) statistics.null_count = num_values;
}

randomTest("random-filters", "random filters keep their results under pruning", async (count) => {
  await using folder = await tempDir();
  const path = join(folder.path, "data.parquet");
  await duckdb.run(
    `copy (select ${COLUMNS} from range(9000) t(i)) to ${
      quoted(path)
    } (format parquet, row_group_size 2048)`,
  );
  const random = randomFrom(SEED);
  const leaf = (): unknown => {
    const op = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"][random(6)]!;
    switch (random(5)) {
      case 0:
        return { n: { [op]: random(200) } };
      case 1:
        return { f: { [op]: random(100) / 4 - 12 } };
      case 2:
        return { us: { [op]: Date.UTC(2024, 0, 1) + random(10_000) } };
      case 3:
        return { s: { [op]: ["", "long", "\u{1F610}", "\uE000"][random(4)] } };
      default:
        return { big: { [op]: 9007199254740993n + BigInt(random(27_000)) } };
    }
  };
  const tree = (depth: number): unknown => {
    if (depth === 0) return leaf();
    const parts = [tree(depth - 1), tree(depth - 1)];
    return [{ $and: parts }, { $or: parts }, { $not: parts[0] }, { $nor: parts }][random(4)];
  };
  for (let round = 0; round < count; round++) {
    const filter = tree(random(3));
    const { pruned, unpruned } = matching(path, filter);
    assertEquals(pruned, unpruned, `round ${round}: ${Deno.inspect(filter, { depth: 9 })}`);
  }
});

Deno.test("NaN matches $ne and $nin only", async () => {
  await using folder = await tempDir();
  const path = join(folder.path, "data.parquet");
  await duckdb.run(
    `copy (select i as id, case when i = 1 then 'nan'::double when i = 2 then null else i end as f from range(4) t(i))
     to ${quoted(path)} (format parquet)`,
  );
  const ids = (filter: unknown) => matching(path, filter).pruned;
  assertEquals(ids({ f: { $gte: -100 } }), [0, 3]);
  assertEquals(ids({ f: { $lt: 100 } }), [0, 3]);
  assertEquals(ids({ f: NaN }), []);
  assertEquals(ids({ f: { $ne: 3 } }), [0, 1]);
  assertEquals(ids({ f: { $nin: [0] } }), [1, 3]);
  assertEquals(ids({ f: null }), [2]);
});

Deno.test("an invalid filter is refused, and the error names column and condition", async () => {
  await using folder = await tempDir();
  await writeSample(folder.path, 10);
  const { columns } = openDataset("t", [{
    path: join(folder.path, "time_series.parquet"),
    hive: {},
  }]);
  const refused = (filter: unknown): string => {
    const error = assertThrows((): Predicate => compileFilter(filter, columns), ServiceError);
    assertEquals(error.code, "FORMULA_INVALID");
    return error.message;
  };
  assert(
    refused({ v: 1 }).includes(`no column "v"; the columns are "u", "i", "n", "time", "unit"`),
  );
  assert(refused({ u: { $near: 1 } }).includes("$near"));
  assert(refused({ u: "x" }).includes("a number"));
  assert(refused({ unit: 5 }).includes("text"));
  assert(refused({ time: "yesterday" }).includes("ISO"));
  assert(refused({ $or: 5 }).includes("list"));
  assert(refused({ $xor: [] }).includes("$and"));
  assert(refused(5).includes("record"));
});

for (const way of ways) {
  Deno.test(`a formula's filter decides which rows are read and passed on [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    const { u, unit } = await writeSample(path, 300_000, 70_000);
    await using server = await startServer(way, { root: path });
    const filter =
      `export const filter = { time: { $gte: "2044-01-01" }, unit: { $in: ["unit 1", "unit 3"] } };`;
    const first = (Date.UTC(2044, 0, 1) - Date.UTC(2024, 0, 1)) / 3_600_000;
    const rows = Array.from(u.keys()).filter((row) => row >= first && [1, 3].includes(row % 7));
    const mapped = await runFormula(
      server,
      path,
      `${filter} export const map = ({ u, unit, n }, { rows }) => ({ u, unit, n, rows: new Int32Array(n.length).fill(rows - n.length) });`,
    );
    assertEquals(mapped.Response.Status, "complete", JSON.stringify(mapped.Response));
    const found = await readRows(join(path, "work_ansver.parquet"));
    assertEquals(found, rows.map((n) => ({ u: u[n], unit: unit[n], n, rows: 0 })));
    const { Skipped } = mapped.Response.Job as unknown as { Skipped: Record<string, number> };
    assertEquals(Skipped.RowGroups, Math.floor(first / 70_000));
    const main = await runFormula(
      server,
      path,
      `${filter}
       export const count = ({ n }) => n.length;
       export const add = (a, b) => a + b;
       export const main = async (frame) => ({ rows: frame.rows, column: (await frame.column("n")).length,
         text: (await frame.column("unit")).length, reduced: await frame.reduction(count, add) });`,
    );
    const count = rows.length;
    assertEquals(main.Response.Result, { rows: count, column: count, text: count, reduced: count });
    const none = await runFormula(
      server,
      path,
      `export const filter = { n: { $lt: 0 } }; export const map = ({ u }) => ({ u });`,
    );
    assertEquals(none.Response.Job?.Rows, 0, JSON.stringify(none.Response));
    const wrong = await runFormula(
      server,
      path,
      `export const filter = { voltage: 1 }; export const map = ({ u }) => ({ u });`,
    );
    assertEquals(wrong.Response.Error?.Code, "FORMULA_INVALID");
  });
}
