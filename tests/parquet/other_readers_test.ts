import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { OutputColumn } from "../../mod/parquet/write/encode.ts";
import { typeText } from "../../mod/parquet/write/output_type.ts";
import { amountOf, SEED } from "../support/suite_options.ts";
import { runFormula } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { makeColumns, makeTimes, write } from "../support/parquet/columns.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { inFolder, randomNumbers, sampleOf } from "../support/parquet/files.ts";
import { callPeer, type Peer, PEERS, peerTest } from "../support/peers/peers.ts";
import { tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

interface Table {
  types: string[];
  columns: (string | null)[][];
}

/** What the peers call the types of {@linkcode columnsOf}, in their order. */
const TYPES = {
  pyarrow:
    "double|float|int8|int16|int32|uint8|uint16|uint32|int64|uint64|double|int64|bool|string|string|" +
    "timestamp[ms, tz=UTC]|binary|extension<arrow.json>|null|int32|timestamp[ms, tz=UTC]|" +
    "timestamp[ms]|timestamp[us, tz=UTC]|timestamp[us]|timestamp[ns, tz=UTC]|timestamp[ns]|" +
    "date32[day]",
  polars:
    "Float64|Float32|Int8|Int16|Int32|UInt8|UInt16|UInt32|Int64|UInt64|Float64|Int64|Boolean|" +
    "String|String|ms UTC|Binary|Binary|Int32|Int32|ms UTC|ms None|us UTC|us None|ns UTC|ns None|Date",
};

function columnsOf(rows: number, seed: number, nulls: boolean): OutputColumn[] {
  return [...makeColumns(rows, seed, nulls), ...makeTimes(rows, seed, nulls)];
}

/** A value as `peers.py` tells it. Polars takes JSON for bytes. */
function told(peer: Peer, { type, values, validity }: OutputColumn, row: number): string | null {
  const value = values[row];
  if (value === null || value === undefined || validity?.[row] === 0) return null;
  if (type === "json") {
    const text = JSON.stringify(value);
    return peer === "polars" ? new TextEncoder().encode(text).toHex() : text;
  }
  if (value instanceof Date) return String(value.getTime());
  if (value instanceof Uint8Array) return value.toHex();
  if (typeof value === "boolean") return String(Number(value));
  if (!typeText(type).startsWith("float")) return String(value);
  if (Number.isNaN(value)) return "NaN";
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value as number);
  return new Uint8Array(view.buffer).toHex();
}

async function assertRead(path: string, groups: OutputColumn[][]): Promise<void> {
  for (const peer of PEERS) {
    const { types, columns } = await callPeer<Table>("read", peer, path);
    const named = types.map((type) =>
      type.replace(/Datetime\(time_unit='(..)', time_zone='?(\w+)'?\)/, "$1 $2")
    );
    if (groups[0]!.length === 27) assertEquals(named.join("|"), TYPES[peer]);
    groups[0]!.forEach(({ name }, index) => {
      const expected = groups.flatMap((group) =>
        Array.from(group[index]!.values, (_, row) => told(peer, group[index]!, row))
      );
      assertEquals(columns[index]!.length, expected.length, `${peer}: ${name}`);
      const differing = expected.findIndex((value, row) => value !== columns[index]![row]);
      assertEquals(
        differing,
        -1,
        `${peer}: ${name}: ${columns[index]![differing]} instead of ${expected[differing]}`,
      );
    });
  }
}

for (const codec of ["SNAPPY", "ZSTD", "UNCOMPRESSED"] as const) {
  peerTest(`pyarrow and Polars read every type: ${codec}`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/data.parquet`;
      for (const nulls of [false, true]) {
        const groups = [1, 2000, 13].map((rows, k) => columnsOf(rows, k + 1, nulls));
        await Deno.remove(path).catch(() => {});
        write(path, groups, codec);
        await assertRead(path, groups);
      }
    }));
}

peerTest("pyarrow and Polars read required columns", () =>
  inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    const groups = [5, 2000].map((rows, k) =>
      columnsOf(rows, k + 1, false).map((column) => ({ ...column, required: true }))
        .filter(({ type }) => type !== "null")
    );
    write(path, groups, "SNAPPY");
    await assertRead(path, groups);
  }));

/** Rows of a page that is written. */
const PAGE_ROWS = 1 << 17;

peerTest(
  "pyarrow and Polars read many row groups, many pages, and no rows at all",
  () =>
    inFolder(async (folder) => {
      const many = Array.from({ length: 60 }, (_, k) => columnsOf(20 + k % 3, k, k % 2 > 0));
      write(`${folder}/many.parquet`, many, "ZSTD");
      await assertRead(`${folder}/many.parquet`, many);
      const rows = PAGE_ROWS + 5000;
      const long: OutputColumn[] = [
        {
          name: "f",
          type: "float64",
          values: Float64Array.from({ length: rows }, (_, k) => k / 7),
          validity: Uint8Array.from({ length: rows }, (_, k) => Number(k % 5 > 0)),
        },
        {
          name: "s",
          type: "string",
          values: Array.from({ length: rows }, (_, k) => k % 3 ? `text ${k}` : null),
        },
      ];
      write(`${folder}/long.parquet`, [long], "SNAPPY");
      await assertRead(`${folder}/long.parquet`, [long]);
      const none = columnsOf(0, 1, false);
      write(`${folder}/none.parquet`, [none], "SNAPPY");
      await assertRead(`${folder}/none.parquet`, [none]);
    }),
);

/** Row groups whose bounds differ, with nothing but nulls in some, NaN, zeros and ends of types in others. */
function boundedGroups(): OutputColumn[][] {
  return Array.from({ length: 8 }, (_, group) => {
    const rows = 40;
    const count = Array.from({ length: rows }, (_, row) => row);
    const at = group * 100;
    const list = <T>(value: (row: number) => T) =>
      count.map((row) => group === 6 || (row % 9 === 4) ? null : value(row));
    const odd = [NaN, -0, 0, Infinity, -Infinity];
    const short = (bits: number, sign: boolean) => (row: number) => {
      const value = Math.floor((group + row / rows) / 8 * 2 ** bits);
      return sign ? value - 2 ** (bits - 1) : value;
    };
    const big = (row: number) => (BigInt(group) << 61n) + BigInt(row);
    const times = makeTimes(rows, group, true).map((column): OutputColumn => {
      const { values } = column;
      for (let row = 0; row < rows; row++) {
        if (values instanceof BigInt64Array) {
          values[row] = values[row]! / 50n + BigInt(group - 3) * 10n ** 9n + BigInt(row);
        } else values[row] = (group - 4) * 3000 + row;
      }
      return { ...column, validity: group === 6 ? new Uint8Array(rows) : column.validity! };
    });
    return [
      {
        name: "f64",
        type: "float64",
        values: list((row) => group === 2 ? odd[row % 5]! : at + row / 4 - 300),
      },
      {
        name: "zero",
        type: "float64",
        values: list((row) => group < 3 ? [-0, 0][group % 2]! : row % 2 ? 0 : -0),
      },
      {
        name: "f32",
        type: "float32",
        values: list((row) => group === 3 ? odd[row % 5]! : at - row / 8),
      },
      { name: "i8", type: "int8", values: list(short(8, true)) },
      { name: "i16", type: "int16", values: list(short(16, true)) },
      { name: "i32", type: "int32", values: list(short(32, true)) },
      { name: "u8", type: "uint8", values: list(short(8, false)) },
      { name: "u16", type: "uint16", values: list(short(16, false)) },
      { name: "u32", type: "uint32", values: list(short(32, false)) },
      { name: "i64", type: "int64", values: list((row) => big(row) - 2n ** 63n) },
      { name: "u64", type: "uint64", values: list(big) },
      {
        name: "flag",
        type: "boolean",
        values: list((row) => group % 3 ? group % 3 === 1 : row % 2 > 0),
      },
      {
        name: "few",
        type: "string",
        values: list((row) =>
          ["", "Ü", "\u{10FFFF}", "\uffee", "a\0"][(row + group) % (1 + group)] ?? "z"
        ),
      },
      {
        name: "many",
        type: "string",
        values: list((row) => `${String.fromCodePoint(65 + 9 * group)} ${row}`),
      },
      { name: "long", type: "string", values: list((row) => `${group} `.repeat(group * 40) + row) },
      { name: "bytes", type: "binary", values: list((row) => Uint8Array.of(group * 32, row)) },
      {
        name: "date",
        type: "timestamp",
        values: list((row) => new Date((group - 4) * 1e10 + row)),
      },
      ...times,
    ];
  });
}

peerTest(
  "statistics equal pyarrow's, and no reader's filter loses a row by them",
  () =>
    inFolder(async (folder) => {
      const path = `${folder}/data.parquet`;
      const groups = boundedGroups();
      write(path, groups, "SNAPPY");
      await assertRead(path, groups);
      const { wrong, bounds } = await callPeer<{ wrong: string[]; bounds: number }>(
        "statistics",
        path,
      );
      assertEquals(wrong, []);
      assert(bounds > 150, `${bounds}`);
      const count = amountOf("reader-filters");
      using _told = tellAmount("reader-filters");
      const found = await callPeer<{ tried: number; wrong: string[]; skipped: number }>(
        "pushed_down",
        path,
        count,
        SEED,
      );
      assertEquals(found.wrong, []);
      // Two readers try six operators with each value of each column.
      const least = groups[0]!.length * Math.min(count, 7) * 6;
      assert(found.tried > least && found.skipped > least, JSON.stringify(found));
      await assertSameInDuckDB(path, groups[0]!.map(({ name }) => name), count);
    }),
);

/** Filters for which DuckDB looks at statistics, against those on a table of its own. */
async function assertSameInDuckDB(path: string, names: string[], count: number): Promise<void> {
  const random = randomNumbers(SEED);
  await duckdb.run(`create table loaded as from ${quoted(path)}`);
  for (const name of names) {
    const column = `"${name}"`;
    const literals = await duckdb.column(
      `select distinct unnest([min(v), max(v)])::text from (
         select ${column} as v, row_number() over () // 40 as k from loaded) group by k order by all`,
    );
    const [type] = await duckdb.column(`select typeof(${column}) from loaded limit 1`);
    for (const literal of sampleOf(literals.filter((text) => text !== null), count, random)) {
      for (const operator of ["=", "<>", "<", "<=", ">", ">="]) {
        const where = `${column} ${operator} ${quoted(String(literal))}::${type}`;
        const [[pushed, whole]] = await duckdb.rows(
          `select (select count(*) from ${
            quoted(path)
          } where ${where}), (select count(*) from loaded where ${where})`,
        ) as [[bigint, bigint]];
        assertEquals(pushed, whole, where);
      }
    }
    const where = `${column} is null`;
    assertEquals(
      await duckdb.column(`select count(*) from ${quoted(path)} where ${where}`),
      await duckdb.column(`select count(*) from loaded where ${where}`),
    );
  }
}

/** Columns of `peers.py` that can be kept. */
const KEPT = [
  ..."f64 f32 f16 i8 i16 i32 i64 u8 u16 u32 u64 steps runs flag word text".split(" "),
  ..."ms us ns tz day".split(" "),
];

const FILES: [peer: Peer, kind: string, options: Record<string, unknown>][] = [
  ["pyarrow", "required", { compression: "gzip", row_group_size: 66_000 }],
  ["pyarrow", "nulls", { compression: "lz4", data_page_version: "2.0" }],
  ["pyarrow", "nullable", { use_dictionary: false, write_statistics: false }],
  ["pyarrow", "nulls", { compression: "brotli", row_group_size: 20_000 }],
  ["pyarrow", "empty", { row_group_size: 66_000 }],
  ["polars", "nulls", { row_group_size: 66_000 }],
  ["polars", "nullable", { compression: "zstd" }],
];

for (const way of ways) {
  peerTest(
    `all readers see the same values in kept columns of pyarrow's and Polars' files [${way.name}]`,
    async () => {
      await using folder = await tempDir();
      const { path } = folder;
      using _told = tellAmount("kept-files");
      const files = sampleOf(FILES, amountOf("kept-files"), randomNumbers(SEED));
      const named = files.map(([peer, kind, options], k) => {
        return [peer, join(path, `${k}.parquet`), 70_000, kind, KEPT, options] as const;
      });
      await callPeer("write", named);
      await using server = await startServer(way, { root: path });
      const formula = `export const keep = ${JSON.stringify(KEPT)};
      export const map = ({ runs }) => ({ twice: Float64Array.from(runs, (v) => 2 * v) });`;
      const pairs: [base: string, result: string][] = [];
      for (const [k, [, base]] of named.entries()) {
        const { Response } = await runFormula(server, path, formula, {
          Base: `${k}.parquet`,
          Output: `result ${k}`,
          Codec: "zstd",
        });
        assertEquals(Response.Status, "complete", JSON.stringify(Response));
        const result = join(path, `result ${k}.parquet`);
        pairs.push([base, result]);
        const columns = KEPT.join(", ");
        const [[rows, differing]] = await duckdb.rows(
          `select (select count(*) from ${quoted(result)}), count(*) from (
           select ${columns} from ${quoted(base)} except all select ${columns} from ${
            quoted(result)
          })`,
        ) as [[bigint, bigint]];
        assertEquals([rows, differing], [70_000n, 0n], base);
      }
      assertEquals(await callPeer("same", pairs, KEPT), []);
    },
  );
}
