import { assert, assertEquals, assertThrows } from "@std/assert";
import { parquetWriteBuffer } from "hyparquet-writer";
import { ByteWriter } from "../../mod/parquet/format/hyparquet.ts";
import { ServiceError } from "../../mod/common/errors.ts";
import { encodeRowGroup } from "../../mod/parquet/write/encode.ts";
import { planPartitions } from "../../mod/parquet/read/partition.ts";
import { readColumnInto, readRaw } from "../../mod/parquet/read/read_column.ts";
import { arrayTypeOf } from "../../mod/parquet/format/column_array.ts";
import { snappyEncode } from "../../mod/parquet/encodings/snappy_encode.ts";
import { ParquetWriter } from "../../mod/parquet/write/writer.ts";
import { SEED } from "../support/suite_options.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { inFolder, OpenFile, randomNumbers, rowsOf } from "../support/parquet/files.ts";
import { randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

/** A file of one row group; hyparquet-like small pages come from our own writer in another test. */
async function makeFile(path: string, options: string): Promise<void> {
  await duckdb.run(
    `copy (select i::double / 7 as f, case when i % 5 < 2 then null else i::int end as n,
      i::bigint * 1000000007 as l, 'text ' || (i % 1000) as word, 'unique ü ' || i as text,
      case when i % 3 = 0 then null else i % 2 = 0 end as flag,
      timestamp '2024-01-01' + interval (i) millisecond as time,
      case when i % 4 = 0 then null else range(i % 6) end as list,
      (i * 0.25)::decimal(12, 2) as price
      from range(100000) t(i)) to ${
      quoted(path)
    } (format parquet, row_group_size 200000, ${options})`,
  );
}

for (const options of ["codec snappy", "codec uncompressed, parquet_version v2", "codec zstd"]) {
  const name = `slices of a row group are slices of the whole: ${options}`;
  randomTest("parquet-slices", name, async (count) => {
    await inFolder(async (folder) => {
      const path = `${folder}/data.parquet`;
      await makeFile(path, options);
      using open = new OpenFile(path);
      assertEquals(open.file.rowGroups().length, 1);
      const random = randomNumbers(SEED);
      for (const { name } of open.file.columns) {
        const whole = open.read(name, rowsOf(0, 0, 100000));
        const all = whole.validity ?? new Uint8Array(100000).fill(1);
        for (let round = 0; round < count; round++) {
          const from = Math.floor(random() * 100000);
          const to = Math.min(100000, from + Math.floor(random() ** 3 * 60000));
          const part = open.read(name, rowsOf(0, from, to));
          assertEquals(part.values.length, to - from);
          assertEquals(
            Array.from(part.values as unknown[]),
            Array.from(
              (whole.values as unknown[]).slice(from, to),
            ),
            `${name} ${from}…${to}`,
          );
          const validity = part.validity ?? new Uint8Array(to - from).fill(1);
          assertEquals(validity, all.slice(from, to), `${name} ${from}…${to}`);
        }
      }
    });
  });
}

Deno.test("slices across pages read only the pages they need", async () => {
  await inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    const rows = 2_000_000;
    const values = Float64Array.from({ length: rows }, (_, row) => Math.sin(row));
    const writer = new ParquetWriter(path);
    const ids = Int32Array.from(values, (_, row) => row);
    writer.append(encodeRowGroup([
      { name: "f", type: "float64", values },
      { name: "i", type: "int32", values: ids },
    ], { codec: "UNCOMPRESSED" }));
    writer.finish();
    writer.close();
    using open = new OpenFile(path);
    const before = open.reader.bytesRead;
    const from = 1_234_567;
    const { values: part } = open.read("f", rowsOf(0, from, from + 1000));
    assertEquals(part, values.slice(from, from + 1000));
    const read = open.reader.bytesRead - before;
    assert(read < 2_500_000, `${read} bytes were read for 8000`);
    // The planned partitions cover every row once, whatever the order they are read in.
    assertEquals(open.partitions.length, 16);
    for (const { rowStart, rows, index } of open.partitions.toReversed()) {
      const again = open.read("i", open.partitions[index]!).values;
      assertEquals(again, ids.slice(rowStart, rowStart + rows));
    }
  });
});

/** A Snappy block as the format allows it and no writer makes it: it repeats what lies 1 MiB back. */
function farSnappy(bytes: Uint8Array): Uint8Array {
  const back = 1 << 20;
  const first = Math.min(bytes.length, back + (1 << 16));
  const block = new ByteWriter();
  block.appendVarInt(bytes.length);
  block.appendUint8(63 << 2);
  block.appendUint32(first - 1);
  block.appendBytes(bytes.subarray(0, first));
  for (let from = first; from < bytes.length; from += 64) {
    const count = Math.min(64, bytes.length - from);
    for (let k = from; k < from + count; k++) assert(bytes[k] === bytes[k - back]);
    block.appendUint8(((count - 1) << 2) | 3);
    block.appendUint32(back);
  }
  return block.getBytes();
}

Deno.test("released parts of a large page are read again when needed", async () => {
  await inFolder((folder) => {
    const rows = 600_000;
    const random = randomNumbers(3);
    const period = Float64Array.from({ length: 1 << 17 }, () => random());
    const values = Float64Array.from({ length: rows }, (_, row) => period[row % (1 << 17)]!);
    const column = { name: "f", data: values, type: "DOUBLE", encoding: "PLAIN" } as const;
    const near = (bytes: Uint8Array) => snappyEncode(bytes).slice();
    for (const [name, compress] of Object.entries({ farSnappy, near })) {
      const path = `${folder}/${name}.parquet`;
      const file = parquetWriteBuffer({
        columnData: [{ ...column, nullable: false }],
        pageSize: 2 ** 30,
        rowGroupSize: rows,
        codec: "SNAPPY",
        compressors: { SNAPPY: compress },
      });
      Deno.writeFileSync(path, new Uint8Array(file));
      using open = new OpenFile(path);
      const check = (from: number, to: number) => {
        const { values: part } = open.read("f", rowsOf(0, from, to));
        assertEquals(part, values.slice(from, to), `${name} ${from}…${to}`);
      };
      // Forward with rows of the partition before, few and many; from the middle; backward; all at once.
      for (const before of [0, 1000, 100_000]) {
        for (let from = 0; from < rows; from += 50_000) {
          check(Math.max(0, from - before), Math.min(rows, from + 50_000));
        }
      }
      for (const from of [400_000, 590_000, 10, 300_000, 0]) check(from, from + 9999);
      check(0, rows);
    }
  });
});

Deno.test("the partitions of a very large page read it once", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    const rows = 5_000_000;
    for (const options of ["codec snappy", "codec uncompressed, parquet_version v2"]) {
      await duckdb.run(
        `copy (select case when i % 10 = 3 then null else i::double + 0.5 end as f from range(${rows}) t(i))
          to ${quoted(path)} (row_group_size 5000000, dictionary_size_limit 1, ${options})`,
      );
      using open = new OpenFile(path);
      assertEquals(open.partitions.length, 39);
      for (const partition of open.partitions) {
        const { values, validity } = open.read("f", partition);
        let wrong = 0;
        for (let k = 0; k < partition.rows; k++) {
          const row = partition.rowStart + k;
          const expected = row % 10 === 3 ? NaN : row + 0.5;
          if (!Object.is(values[k], expected) || validity![k] !== Number(row % 10 !== 3)) wrong++;
        }
        assertEquals(wrong, 0);
      }
      const { size } = open.file;
      assert(open.reader.bytesRead < 1.2 * size, `${open.reader.bytesRead} of ${size} bytes`);
    }
  });
});

Deno.test("a partition of several row groups has their rows in order", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    await duckdb.run(
      `copy (select i::int as i, case when i < 5000 then null else 'x' || i end as s
        from range(20000) t(i)) to ${quoted(path)} (row_group_size 2048)`,
    );
    using open = new OpenFile(path);
    assertEquals(open.partitions.length, 1);
    assertEquals(open.partitions[0]!.slices.length, 10);
    assertEquals(open.column("i"), Array.from({ length: 20000 }, (_, row) => row));
    assertEquals(
      open.column("s"),
      Array.from({ length: 20000 }, (_, row) => row < 5000 ? null : `x${row}`),
    );
  });
});

Deno.test("partitions depend on row groups only", async () => {
  await inFolder(async (folder) => {
    const plan = async (rows: number, size: number) => {
      const path = `${folder}/${rows}-${size}.parquet`;
      await duckdb.run(
        `copy (select i::int as i from range(${rows}) t(i)) to ${
          quoted(path)
        } (row_group_size ${size})`,
      );
      using open = new OpenFile(path);
      return open.partitions.map((partition) => partition.rows);
    };
    assertEquals(await plan(0, 2048), [0]);
    assertEquals(await plan(100, 2048), [100]);
    assertEquals(await plan(300_000, 122_880), [122_880, 122_880, 54_240]);
    assertEquals(await plan(200_000, 20_480), [81_920, 81_920, 36_160]);
    assertEquals(await plan(400_000, 500_000), [100_000, 100_000, 100_000, 100_000]);
  });
});

Deno.test("wide row groups are divided by their bytes", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    const columns = Array.from({ length: 20 }, (_, k) => `sin(i + ${k}) as c${k}`).join(", ");
    await duckdb.run(
      `copy (select ${columns} from range(100000) t(i)) to ${quoted(path)} (codec snappy)`,
    );
    using open = new OpenFile(path);
    const small = planPartitions(open.file, { mostBytes: 4 << 20 });
    assertEquals(small.length, 4);
    assertEquals(small.reduce((sum, { rows }) => sum + rows, 0), 100_000);
    const whole = open.column("c19");
    assertEquals(small.flatMap((part) => Array.from(open.read("c19", part).values)), whole);
  });
});

Deno.test("numeric columns decode into a part of a shared array", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    await duckdb.run(
      `copy (select i::int as i, case when i % 3 = 0 then null else i::float end as f,
        case when i % 7 = 0 then null else i::smallint end as n, i::bigint as l, 'a' as s
        from range(30000) t(i)) to ${quoted(path)} (row_group_size 10240)`,
    );
    using open = new OpenFile(path);
    const { file, reader } = open;
    const parts = planPartitions(file, { fewestRows: 1 });
    assertEquals(parts.length, 3);
    for (const name of ["i", "f", "n", "l"]) {
      const column = file.columns.find((candidate) => candidate.name === name)!;
      const ArrayType = arrayTypeOf(column, "number")!;
      const target = new ArrayType(new SharedArrayBuffer(ArrayType.BYTES_PER_ELEMENT * 30000));
      for (const part of parts) {
        readColumnInto(reader, name, part, { int64: "number" }, target, part.rowStart);
      }
      const whole = parts.flatMap((part) => Array.from(open.read(name, part, "number").values));
      assertEquals(Array.from<unknown>(target), whole);
    }
    const [part] = parts;
    const options = { int64: "number" } as const;
    assertThrows(
      () => readColumnInto(reader, "i", part!, options, new Float64Array(30000), 0),
      TypeError,
    );
    assertThrows(
      () => readColumnInto(reader, "s", part!, options, new Float64Array(30000), 0),
      TypeError,
    );
    assertThrows(
      () => readColumnInto(reader, "i", part!, options, new Int32Array(100), 0),
      RangeError,
    );
  });
});

Deno.test("raw times are the stored integers", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    await duckdb.run(
      `copy (select * from (values
        (timestamp '2024-01-01 00:00:00.123456', date '1969-12-31',
          make_timestamp_ns(1700000000123456789), timestamptz '2000-01-01 00:00:00+00'),
        (null, null, null, null)) t(us, day, ns, tz)) to ${quoted(path)}`,
    );
    using open = new OpenFile(path);
    const raw = (name: string) => readRaw(open.reader, name, open.partitions[0]!);
    const validity = Uint8Array.of(1, 0);
    assertEquals(raw("us"), {
      values: BigInt64Array.of(1704067200123456n, 0n),
      unit: "us",
      utc: false,
      validity,
    });
    assertEquals(raw("ns").values, BigInt64Array.of(1700000000123456789n, 0n));
    assertEquals(raw("ns").unit, "ns");
    assertEquals(raw("day"), { values: Int32Array.of(-1, 0), unit: "day", utc: false, validity });
    assertEquals(raw("tz").utc, true);
  });
});

Deno.test("the error for an unsafe INT64 names column, row and value", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    await duckdb.run(
      `copy (select case when i % 2 = 0 then null when i = 7001 then 9007199254740993 else i end as big,
        (i + 9007199254740000)::ubigint as edge
        from range(8000) t(i)) to ${quoted(path)} (row_group_size 2048)`,
    );
    using open = new OpenFile(path);
    const [part] = open.partitions;
    const error = assertThrows(() => open.read("big", part, "number"), ServiceError);
    assertEquals(error.code, "FORMULA_FAILED");
    for (
      const piece of ['"big"', "row 7001", "9007199254740993", 'export const int64 = "bigint"']
    ) {
      assert(error.message.includes(piece), error.message);
    }
    assertThrows(() => open.read("edge", part, "number"), ServiceError, "row 992:");
    const { values } = open.read("big", part, "bigint");
    assertEquals((values as unknown[]).slice(7000, 7003), [null, 9007199254740993n, null]);
    assert(open.read("edge", part, "bigint").values instanceof BigUint64Array);
  });
});
