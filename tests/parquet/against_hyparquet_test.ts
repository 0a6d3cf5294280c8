/**
 * Every way that columns are decoded, value for value against hyparquet, over files that pyarrow and Polars
 * write: each encoding with the types it is for, both versions of pages, columns with nulls, without, of nothing
 * else, and that can hold none, in every codec.
 */
import { assert, assertEquals } from "@std/assert";
import type { Encoding } from "hyparquet";
import { assertColumn, readByHyparquet } from "../support/parquet/hyparquet_oracle.ts";
import { amountOf } from "../support/suite_options.ts";
import { inFolder, OpenFile } from "../support/parquet/files.ts";
import { callPeer, type Peer, peerTest } from "../support/peers/peers.ts";

const ROWS = 1200;

const SMALL = "i8 i16 i32 i64 u8 u16 u32 u64 steps runs";
const TIMES = "ms us ns tz day";
const ALL = `f64 f32 f16 ${SMALL} flag word text bytes ${TIMES} small price clock list point`;

/** What is written: columns of `peers.py` and options of pyarrow's writer; `encoding` is that of each of the columns. */
const ENCODINGS: Record<
  string,
  { names: string; options: Record<string, unknown>; holds: Encoding }
> = {
  "dictionaries": { names: ALL, options: {}, holds: "RLE_DICTIONARY" },
  "plain": { names: ALL, options: { use_dictionary: false }, holds: "PLAIN" },
  "dictionaries of version 1": {
    names: ALL,
    options: { version: "1.0", coerce_timestamps: "us", allow_truncated_timestamps: true },
    holds: "PLAIN_DICTIONARY",
  },
  "dictionaries that are given up": {
    names: ALL,
    options: { dictionary_pagesize_limit: 500 },
    holds: "PLAIN",
  },
  "deltas": {
    names: `${SMALL} ${TIMES} clock`,
    options: { encoding: "DELTA_BINARY_PACKED" },
    holds: "DELTA_BINARY_PACKED",
  },
  "split bytes": {
    names: "f64 f32 f16 i32 i64 u32 u64 steps runs ms us ns tz day price small",
    options: { encoding: "BYTE_STREAM_SPLIT" },
    holds: "BYTE_STREAM_SPLIT",
  },
  "lengths as deltas": {
    names: "word text bytes",
    options: { encoding: "DELTA_LENGTH_BYTE_ARRAY" },
    holds: "DELTA_LENGTH_BYTE_ARRAY",
  },
  "texts as deltas": {
    names: "word text bytes price",
    options: { encoding: "DELTA_BYTE_ARRAY" },
    holds: "DELTA_BYTE_ARRAY",
  },
  "booleans in runs": { names: "flag", options: { encoding: "RLE" }, holds: "RLE" },
  "times of 96 bits": {
    names: "us ns tz",
    options: { use_deprecated_int96_timestamps: true },
    holds: "RLE_DICTIONARY",
  },
  "plain times of 96 bits": {
    names: "us ns tz",
    options: { use_deprecated_int96_timestamps: true, use_dictionary: false },
    holds: "PLAIN",
  },
  "decimals as integers": {
    names: "small",
    options: { store_decimal_as_integer: true, encoding: "DELTA_BINARY_PACKED" },
    holds: "DELTA_BINARY_PACKED",
  },
  "checksums": { names: ALL, options: { write_page_checksum: true }, holds: "RLE_DICTIONARY" },
};

const CODECS = ["none", "snappy", "gzip", "zstd", "brotli", "lz4"];
const KINDS = ["required", "nullable", "nulls", "empty"];

const COUNT = amountOf("parquet-codecs");

/** The codecs whose turn it is: where there are not all of them, each has its turn. */
function codecsOf(turn: number, codecs: readonly string[]): string[] {
  const from = turn * COUNT;
  return COUNT >= codecs.length
    ? [...codecs]
    : Array.from({ length: COUNT }, (_, k) => codecs[(from + k) % codecs.length]!);
}

interface WrittenFile {
  path: string;
  holds: Encoding;
  what: string;
}

async function assertFiles(files: WrittenFile[]): Promise<number> {
  let columns = 0;
  for (const { path, holds, what } of files) {
    const found = await readByHyparquet(path);
    using open = new OpenFile(path);
    for (const { meta_data } of open.file.rowGroups()[0]!.columns) {
      // Booleans have no dictionaries; in pages of version 2 they are runs.
      const { encodings, type } = meta_data!;
      assert(type === "BOOLEAN" || encodings.includes(holds), `${what}: ${encodings}`);
    }
    for (const column of open.file.columns) {
      assertColumn(open, column, found(column), `${what}: ${column.name}`);
      columns++;
    }
  }
  return columns;
}

peerTest("columns of Polars' files equal hyparquet's", () =>
  inFolder(async (folder) => {
    const calls: unknown[] = [];
    const files: WrittenFile[] = [];
    for (const [turn, kind] of KINDS.entries()) {
      // hyparquet's LZ4 fails at a dictionary of no values.
      const codecs = CODECS.filter((codec) => kind !== "empty" || codec !== "lz4");
      for (const codec of codecsOf(2 * turn, codecs)) {
        const compression = codec === "none" ? "uncompressed" : codec;
        const path = `${folder}/${kind}-${compression}.parquet`;
        const options = { compression, data_page_size: 2000 };
        calls.push(["polars" satisfies Peer, path, ROWS, kind, ALL.split(" "), options]);
        files.push({ path, holds: "RLE", what: `${kind}, ${compression}` });
      }
    }
    await callPeer("write", calls);
    assertEquals(await assertFiles(files), files.length * ALL.split(" ").length);
  }));

for (const [index, [encoding, { names, options, holds }]] of Object.entries(ENCODINGS).entries()) {
  peerTest(`columns equal hyparquet's: ${encoding}`, () =>
    inFolder(async (folder) => {
      const calls: unknown[] = [];
      const files: WrittenFile[] = [];
      for (const [late, version] of ["1.0", "2.0"].entries()) {
        for (const [order, kind] of KINDS.entries()) {
          // Where rows have no value, or all have one, two codecs do.
          const codecs = /nullable|empty/.test(kind) ? CODECS.slice(0, 2) : CODECS;
          for (const compression of codecsOf(index + 2 * late + (order >> 1), codecs)) {
            const path = `${folder}/${files.length}.parquet`;
            const all = {
              ...options,
              compression,
              data_page_version: version,
              data_page_size: (index + late + files.length) % 2 ? 1000 : 1 << 20,
            };
            calls.push(["pyarrow" satisfies Peer, path, ROWS, kind, names.split(" "), all]);
            const what = `${kind}, ${compression}, pages of version ${version}`;
            files.push({ path, holds, what });
          }
        }
      }
      await callPeer("write", calls);
      assertEquals(await assertFiles(files), files.length * names.split(" ").length);
    }));
}
