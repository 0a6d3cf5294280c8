/** Random columns of texts: what is written against what DuckDB reads, and what DuckDB and pyarrow write read back. */
import { assert, assertEquals } from "@std/assert";
import { ROW_GROUP_ROWS } from "../../mod/formula/cut_columns.ts";
import { SEED } from "../support/suite_options.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { write } from "../support/parquet/columns.ts";
import { inFolder, OpenFile, randomNumbers, rowsOf } from "../support/parquet/files.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

type Random = () => number;

const LETTERS = ["a", "b", "Z", "0", " ", "\0", "é", "ß", "я", "中", "\uffff", "\ue000", "😀", "𐀀"];

/** A text of so many letters, some of them of several bytes. */
function textOf(length: number, plain: boolean, random: Random): string {
  const letters = plain ? 6 : LETTERS.length;
  return Array.from({ length }, () => LETTERS[Math.floor(random() * letters)]!).join("");
}

/** The letters of a long text in all the rows that have it. */
const MOST_LONG_LETTERS = 10_000_000;

/** Texts that repeat one another in an order or at random, or hardly do; some with nulls or long ones among them. */
function textsOf(rows: number, random: Random): (string | null)[] {
  const plain = random() < 0.4, nulls = random() < 0.5 ? random() : 0, most = random() ** 3 * 40;
  const distinct = Math.ceil(random() ** 2 * rows) || 1;
  const make = () => textOf(Math.floor(random() * most), plain, random);
  const known = Array.from({ length: distinct }, make);
  if (random() < 0.2) {
    known[0] = textOf(
      Math.min(200_000, Math.ceil(MOST_LONG_LETTERS * distinct / rows)),
      plain,
      random,
    );
  }
  const inOrder = random() < 0.5;
  return Array.from({ length: rows }, (_, row) => {
    if (random() < nulls) return null;
    if (distinct === 1 && random() < 0.5) return make();
    return known[inOrder ? row % distinct : Math.floor(random() * distinct)]!;
  });
}

const utf8 = new TextEncoder();

function inBytes(texts: (string | null)[]): Uint8Array[] {
  return texts.filter((text) => text !== null).map((text) => utf8.encode(text));
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, k) => byte !== b[k]);
  return at < 0 ? a.length - b.length : (a[at]! - (b[at] ?? -1));
}

/** Checks that a file's statistics are those of its texts, where it has some. */
function assertBounds(open: OpenFile, texts: (string | null)[]): void {
  const { statistics } = open.file.rowGroups()[0]!.columns[0]!.meta_data!;
  const sorted = inBytes(texts).sort(compare);
  assertEquals(Number(statistics?.null_count ?? 0), texts.length - sorted.length);
  const longest = [sorted[0], sorted.at(-1)].some((bytes) => (bytes?.length ?? 999) > 256);
  const { min_value, max_value } = statistics ?? {};
  if (longest) return assertEquals(min_value, undefined);
  assertEquals([min_value, max_value], [sorted[0], sorted.at(-1)] as never);
}

randomTest("random-texts", "texts are written and read as DuckDB does", async () => {
  const random = randomNumbers(SEED);
  for (const round of randomCases("random-texts")) {
    await inFolder(async (folder) => {
      const rows = Math.ceil(random() ** 3 * 30_000);
      const texts = textsOf(rows, random);
      const path = `${folder}/ours.parquet`;
      const codec = (["SNAPPY", "ZSTD", "UNCOMPRESSED"] as const)[round % 3]!;
      write(path, [[{ name: "text", type: "string", values: texts }]], codec);
      const theirs = await duckdb.column(`select text from ${quoted(path)}`);
      assert(theirs.every((text, row) => text === texts[row]), `round ${round} of seed ${SEED}`);
      using open = new OpenFile(path);
      assertBounds(open, texts);
      assertEquals(Array.from(open.column("text")), texts);
      const copy = `${folder}/theirs.parquet`;
      const version = random() < 0.5 ? "parquet_version v2," : "";
      await duckdb.run(
        `copy (select text from ${quoted(path)}) to ${quoted(copy)} (format parquet, ${version}
         codec 'snappy', row_group_size ${ROW_GROUP_ROWS}, dictionary_size_limit ${
          Math.floor(random() * 500) || 1
        })`,
      );
      using other = new OpenFile(copy);
      for (let part = 0; part < 6; part++) {
        const from = Math.floor(random() * rows), to = from + Math.ceil(random() * (rows - from));
        const found = Array.from(other.read("text", rowsOf(0, from, to)).values as unknown[]);
        assertEquals(found, texts.slice(from, to), `rows ${from} to ${to}, round ${round}`);
      }
    });
  }
});
