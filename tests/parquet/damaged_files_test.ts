import { assert, assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { withClientErrors } from "../../mod/dataset/client_errors.ts";
import { openParquet } from "../../mod/parquet/read/parquet_file.ts";
import { encodeRowGroup } from "../../mod/parquet/write/encode.ts";
import { parsePageHeader } from "../../mod/parquet/format/page_header.ts";
import { assertUnchanged, openSource } from "../../mod/parquet/io/source.ts";
import { ParquetWriter } from "../../mod/parquet/write/writer.ts";
import { SEED } from "../support/suite_options.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { inFolder, OpenFile, randomNumbers, spreadPlaces } from "../support/parquet/files.ts";
import { randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

const COLUMNS = `i::double / 3 as f, case when i % 3 = 0 then null else i::int end as n,
  i::bigint * 1000003 as l, 'text' || i as s, ['a', 'b', ''][1 + i % 3] as w, i % 2 = 0 as b,
  timestamp '2024-01-01' + interval (i) second as t, (i / 4)::decimal(9, 2) as d,
  case when i % 4 = 0 then null else range(i % 3) end as list, {'x': i, 'y': [i::varchar]} as p`;

const FILES: Record<string, string> = {
  "uncompressed": "codec uncompressed",
  "snappy": "codec snappy",
  "version 2": "codec uncompressed, parquet_version v2, dictionary_size_limit 1",
  "version 2, zstd": "codec zstd, parquet_version v2",
  "lz4": "codec lz4_raw",
  "gzip": "codec gzip, dictionary_size_limit 1",
};

async function smallFile(path: string, options: string, rows = 24): Promise<Uint8Array> {
  await duckdb.run(
    `copy (select ${COLUMNS} from range(${rows}) t(i)) to ${
      quoted(path)
    } (format parquet, ${options})`,
  );
  return Deno.readFileSync(path);
}

/**
 * Reads every column of a damaged file. Nothing but a ServiceError may come out of it, and what is
 * read is as long as the file says.
 *
 * @returns The columns that could be read, or null when the file was refused.
 */
function readAll(path: string): Map<string, unknown[]> | null {
  let open: OpenFile;
  try {
    open = new OpenFile(path);
  } catch (thrown) {
    if (!(thrown instanceof ServiceError)) throw thrown;
    assertEquals(thrown.code, "BASE_NOT_PARQUET", thrown.message);
    assert(thrown.message.includes("damaged.parquet"));
    return null;
  }
  using _ = open;
  const columns = new Map<string, unknown[]>();
  for (const { name } of open.file.columns) {
    try {
      const values = open.column(name);
      assertEquals(values.length, open.file.rows);
      columns.set(name, values);
    } catch (thrown) {
      if (!(thrown instanceof ServiceError)) throw thrown;
      assertEquals(thrown.code, "BASE_UNREADABLE");
      assert(thrown.message.includes("damaged.parquet, column "), thrown.message);
      assert(/row group \d+: /.test(thrown.message), thrown.message);
    }
  }
  return columns;
}

randomTest("parquet-cuts", "a file cut off anywhere is refused", async (count) => {
  await inFolder(async (folder) => {
    const path = `${folder}/damaged.parquet`;
    const bytes = await smallFile(path, "codec snappy", 20);
    const start = randomNumbers(SEED)();
    for (const length of spreadPlaces(bytes.length, Math.min(count, bytes.length), start)) {
      Deno.writeFileSync(path, bytes.subarray(0, length));
      assertEquals(readAll(path), null, `${length} of ${bytes.length} bytes`);
    }
  });
});

/** Calls back with a file in which one byte of a part is changed, at as many places in turn. */
function changeBytes(
  path: string,
  file: Uint8Array,
  part: Uint8Array,
  count: number,
  seed: number,
  look: (at: number) => void,
): void {
  const random = randomNumbers(seed);
  for (const at of spreadPlaces(part.length, count, random())) {
    const before = part[at]!;
    part[at] = before ^ (1 + Math.floor(random() * 255));
    Deno.writeFileSync(path, file);
    look(at);
    part[at] = before;
  }
}

for (const [index, [name, options]] of Object.entries(FILES).entries()) {
  randomTest(
    "parquet-bytes",
    `no changed byte crashes or hangs the reader: ${name}`,
    async (count) => {
      await inFolder(async (folder) => {
        const path = `${folder}/damaged.parquet`;
        const bytes = await smallFile(path, options);
        let refused = 0;
        changeBytes(path, bytes, bytes, count, SEED + index, () => {
          const columns = readAll(path);
          if (!columns || columns.size < 10) refused++;
        });
        // Few changes may happen to be harmless.
        assert(refused > count / 4 - 10, `${refused} of ${count} changes were noticed`);
      });
    },
  );

  randomTest(
    "parquet-stretches",
    `no overwritten stretch crashes or hangs the reader: ${name}`,
    async (count) => {
      await inFolder(async (folder) => {
        const path = `${folder}/damaged.parquet`;
        const whole = await smallFile(path, options, 3000);
        const random = randomNumbers(SEED + index);
        for (let round = 0; round < count; round++) {
          const bytes = whole.slice();
          const length = 1 + Math.floor(random() * 40);
          const at = Math.floor(random() * (bytes.length - length));
          for (let i = 0; i < length; i++) bytes[at + i] = Math.floor(random() * 256);
          Deno.writeFileSync(path, bytes);
          readAll(path);
        }
      });
    },
  );
}

/** Columns of each encoding that we write. */
function ownColumns() {
  const random = randomNumbers(3);
  const f = Float64Array.from({ length: 300 }, () => random());
  return {
    f,
    n: Int32Array.from(f, (value) => 1000 * value),
    s: Array.from(f, (value, row) => row % 5 ? `${value}` : null),
    w: Array.from(f, (value) => value < 0.5 ? "low" : "high"),
  };
}

for (const [index, codec] of (["SNAPPY", "UNCOMPRESSED"] as const).entries()) {
  /** Writes a file of our own; `look` throws where a value is another one than was written. */
  const ownFile = (path: string) => {
    const columns = ownColumns();
    const group = encodeRowGroup([
      { name: "f", type: "float64", values: columns.f },
      { name: "n", type: "int32", values: columns.n },
      { name: "s", type: "string", values: columns.s },
      { name: "w", type: "string", values: columns.w },
    ], { codec });
    const writer = new ParquetWriter(path);
    writer.append(group);
    writer.finish();
    writer.close();
    const bytes = Deno.readFileSync(path);
    const look = (at: number) => {
      const found = readAll(path);
      for (const [name, values] of Object.entries(columns)) {
        const same = found?.get(name)?.every((value, row) => value === values[row]) ?? true;
        assert(same, `byte ${at} changed a value of ${name} and was not noticed`);
      }
    };
    return { bytes, pages: bytes.subarray(4, 4 + group.bytes.length), look };
  };

  randomTest(
    "parquet-own-bytes",
    `a changed byte in a page that we wrote is noticed: ${codec}`,
    async (count) => {
      await inFolder((folder) => {
        const path = `${folder}/damaged.parquet`;
        const { bytes, pages, look } = ownFile(path);
        changeBytes(path, bytes, pages, count, SEED + index, look);
      });
    },
  );

  randomTest(
    "parquet-own-headers",
    `a changed byte in a page's header that we wrote is noticed, or changes no value: ${codec}`,
    async (count) => {
      await inFolder((folder) => {
        const path = `${folder}/damaged.parquet`;
        const { bytes, pages, look } = ownFile(path);
        const random = randomNumbers(SEED + index);
        for (let page = 0; page < pages.length;) {
          const { headerLength, compressedLength } = parsePageHeader(pages, page, pages.length);
          for (let at = page; at < page + headerLength; at++) {
            const before = pages[at]!;
            for (const change of spreadPlaces(255, count, random())) {
              pages[at] = before ^ (1 + change);
              Deno.writeFileSync(path, bytes);
              look(at);
            }
            pages[at] = before;
          }
          page += headerLength + compressedLength;
        }
      });
    },
  );
}

/** A file whose footer is these bytes. */
function withFooter(path: string, footer: Uint8Array): void {
  const length = new Uint8Array(new Uint32Array([footer.length]).buffer);
  const magic = new TextEncoder().encode("PAR1");
  const bytes = new Uint8Array([...magic, ...new Uint8Array(64), ...footer, ...length, ...magic]);
  Deno.writeFileSync(path, bytes);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

Deno.test("hostile footers are refused and take no memory", async () => {
  await inFolder((folder) => {
    const path = `${folder}/damaged.parquet`;
    const footers: Record<string, number[]> = {
      "nothing": [],
      "an empty struct": [0],
      "a list of 2^31 structs": [0x29, 0xfc, ...varint(2 ** 31)],
      "a list of 30 million structs": [0x29, 0xfc, ...varint(30_000_000)],
      "a text of 2^31 bytes": [0x68, ...varint(2 ** 31)],
      "a number without an end": [0x15, ...new Array(5000).fill(0x80), 1, 0],
      "structs in structs": [...new Array(20_000).fill(0x1c), ...new Array(20_001).fill(0)],
      "lists in lists": new Array(20_000).fill(0x19),
      "unknown types": [0x1d, 0x0d, 0x0e],
    };
    for (const [what, footer] of Object.entries(footers)) {
      withFooter(path, Uint8Array.from(footer));
      assertEquals(readAll(path), null, what);
    }
  });
});

randomTest("parquet-footers", "footers of random bytes are refused", async (count) => {
  await inFolder((folder) => {
    const path = `${folder}/damaged.parquet`;
    const random = randomNumbers(SEED);
    for (let round = 0; round < count; round++) {
      const footer = Uint8Array.from({ length: Math.floor(random() * 200) }, () => random() * 256);
      withFooter(path, footer);
      assertEquals(readAll(path), null, `round ${round}`);
    }
  });
});

Deno.test("a file that isn't Parquet is recognized", async () => {
  await inFolder((folder) => {
    const path = `${folder}/damaged.parquet`;
    const refused = (content: string, piece: string) => {
      Deno.writeTextFileSync(path, content);
      const error = assertThrows(
        () => withClientErrors(() => openParquet(path)),
        ServiceError,
        piece,
      );
      assertEquals(error.code, "BASE_NOT_PARQUET");
    };
    refused("", "too short");
    refused("time,u,i\n1,2,3\n4,5,6\n", "not a Parquet file");
    refused("PAR1 and then it was cut off", "cut off");
    refused("PARE and so on and on PARE", "encrypted");
    assertThrows(() => withClientErrors(() => openParquet(folder)), ServiceError, "not a file");
    assertThrows(() => openParquet(`${folder}/none`), Deno.errors.NotFound);
  });
});

Deno.test("a file that changes while it is open is noticed", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/damaged.parquet`;
    await smallFile(path, "codec snappy");
    using open = new OpenFile(path);
    const { source: { size, version } } = open.reader;
    const opened = { path, size, version };
    assertUnchanged(opened);
    Deno.truncateSync(path, 100);
    const error = assertThrows(
      () => withClientErrors(() => assertUnchanged(opened)),
      ServiceError,
      "changed",
    );
    assertEquals(error.code, "BASE_UNREADABLE");
    assertThrows(() => open.read("f"), ServiceError, "changed or shrank");
    using other = openSource(path);
    assertThrows(
      () => withClientErrors(() => other.read(90, 20)),
      ServiceError,
      "changed or shrank",
    );
    assertEquals(other.read(0, 4), new TextEncoder().encode("PAR1"));
    assertEquals(other.bytesRead, 4);
  });
});

Deno.test("texts that are not UTF-8 are refused, and bytes are not", async () => {
  await inFolder((folder) => {
    const path = `${folder}/damaged.parquet`;
    const good = new TextEncoder().encode("aé");
    for (const [left, right] of [[[0xc3], [0xa9]], [[0xc3], [0x28]], [[0xff], [0x61]]]) {
      const writer = new ParquetWriter(path);
      const values = [good, Uint8Array.from(left!), Uint8Array.from(right!)];
      writer.append(encodeRowGroup([{ name: "b", type: "binary", values }]));
      writer.finish();
      writer.close();
      {
        using open = new OpenFile(path);
        assertEquals(open.read("b").values, values);
      }
      const columns = [{ name: "b", type: "string" as const, values: ["x"] }];
      const group = encodeRowGroup([{ name: "b", type: "binary", values }]);
      Object.assign(group.columns[0]!, { type: encodeRowGroup(columns).columns[0]!.type });
      Deno.removeSync(path);
      const texts = new ParquetWriter(path);
      texts.append(group);
      texts.finish();
      texts.close();
      using open = new OpenFile(path);
      const error = assertThrows(() => open.read("b"), ServiceError, "not UTF-8");
      assertEquals(error.code, "BASE_UNREADABLE");
      Deno.removeSync(path);
    }
  });
});
