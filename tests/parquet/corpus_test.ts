import { assert, assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { openParquet } from "../../mod/parquet/read/parquet_file.ts";
import { assertColumn, readByHyparquet } from "../support/parquet/hyparquet_oracle.ts";
import { OpenFile } from "../support/parquet/files.ts";
import { isFile } from "../../scripts/is_file.ts";

/** Files that many Parquet writers have made, with figures that DuckDB found in them. */
const CORPUS = new URL("../../../shared/parquet-testing/", import.meta.url);
const EXPECTED = new URL("expected.json", CORPUS);

interface Figures {
  type: string;
  nulls: number;
  min?: string | null;
  max?: string | null;
  sum?: string | null;
  characters?: string | null;
  true?: number;
}

interface ExpectedFile {
  rows?: number;
  columns?: Record<string, Figures>;
}

/**
 * hyparquet fails at a page of no values and at a dictionary that is not where the footer says; of a map without values
 * it makes records, pyarrow lists.
 */
const UNREAD = /datapage_v2_empty_datapage|nation\.dict-malformed|map_no_value/;

const present = isFile(EXPECTED);
/** What is said of a test that is skipped. */
const lack = present ? "" : " (../shared/parquet-testing is not there)";
const files: Record<string, ExpectedFile> = present
  ? JSON.parse(Deno.readTextFileSync(EXPECTED))
  : {};

/** DuckDB reads pages whose data no longer matches their checksum; the figures are of false values. */
const FALSE_CHECKSUMS = /corrupt-checksum/;

Deno.test({
  name: `the corpus of other writers' files is present${lack}`,
  ignore: !present,
  fn: () => assert(Object.keys(files).length > 30),
});

for (const [name, expected] of Object.entries(files)) {
  const { pathname } = new URL(name, CORPUS);
  if (name.startsWith("bad_data/")) {
    Deno.test(`a file is read correctly or refused as malformed: ${name}`, () =>
      assertRefusedOrWhole(pathname));
  } else if (FALSE_CHECKSUMS.test(name)) {
    Deno.test(`wrong checksums are refused: ${name}`, () => {
      using open = new OpenFile(pathname);
      assertEquals(open.file.rows, expected.rows);
      for (const { name } of open.file.columns) {
        const error = assertThrows(() => open.column(name), ServiceError, "checksum");
        assertEquals(error.code, "BASE_UNREADABLE");
      }
    });
  } else {
    Deno.test(`figures equal DuckDB's: ${name}`, () => {
      using open = new OpenFile(pathname);
      if (expected.rows !== undefined) assertEquals(open.file.rows, expected.rows);
      for (const { name, kind, type } of open.file.columns) {
        const values = open.column(name);
        assertEquals(values.length, open.file.rows);
        const figures = expected.columns?.[name];
        if (figures) assertFigures(values, figures, kind, `${name} (${type})`);
      }
    });
    if (UNREAD.test(name)) continue;
    Deno.test(`every value equals hyparquet's: ${name}`, async () => {
      using open = new OpenFile(pathname);
      const found = await readByHyparquet(pathname);
      for (const column of open.file.columns) {
        assertColumn(open, column, found(column), `${column.name} (${column.type})`);
      }
    });
  }
}

function assertRefusedOrWhole(path: string): void {
  let open: OpenFile;
  try {
    open = new OpenFile(path);
  } catch (thrown) {
    if (!(thrown instanceof ServiceError)) throw thrown;
    assertEquals(thrown.code, "BASE_NOT_PARQUET");
    return;
  }
  using _ = open;
  for (const { name } of open.file.columns) {
    try {
      assertEquals(open.column(name).length, open.file.rows);
    } catch (thrown) {
      if (!(thrown instanceof ServiceError)) throw thrown;
      assertEquals(thrown.code, "BASE_UNREADABLE");
    }
  }
}

function assertFigures(values: unknown[], figures: Figures, kind: string, where: string): void {
  const found = values.filter((value) => value !== null);
  assertEquals(values.length - found.length, figures.nulls, `${where}: nulls`);
  if (figures.true !== undefined) {
    assertEquals(found.filter((value) => value === 1).length, figures.true, where);
  }
  if (figures.characters !== undefined && figures.characters !== null) {
    const characters = found.reduce((sum: number, value) => sum + [...value as string].length, 0);
    assertEquals(characters, Number(figures.characters), `${where}: characters`);
  }
  const numbers = found.map(Number);
  if (figures.min === undefined || figures.min === null || numbers.some(Number.isNaN)) return;
  const least = numbers.reduce((least, value) => Math.min(least, value), Infinity);
  const most = numbers.reduce((most, value) => Math.max(most, value), -Infinity);
  assertClose(least, wanted(figures.min, kind), `${where}: min`);
  assertClose(most, wanted(figures.max!, kind), `${where}: max`);
  if (figures.sum !== undefined) {
    const sum = numbers.reduce((sum, value) => sum + value, 0);
    assertClose(sum, Number(figures.sum), `${where}: sum`);
  }
}

function wanted(figure: string, kind: string): number {
  if (kind !== "timestamp" && kind !== "date") return Number(figure);
  return Date.parse(`${figure.replace(" ", "T")}Z`);
}

/** FLOAT figures have 7 digits. */
function assertClose(actual: number, expected: number, where: string): void {
  const tolerance = 2e-7 * Math.max(1, Math.abs(expected));
  assert(Math.abs(actual - expected) <= tolerance, `${where}: ${actual}, not ${expected}`);
}

Deno.test({
  name: `statistics keep the stored bytes, not Dates or lossy text${lack}`,
  ignore: !present,
  fn() {
    const { rowGroups } = openParquet(
      new URL("data/binary_truncated_min_max.parquet", CORPUS).pathname,
    );
    const statistics = rowGroups()[0]!.columns[0]!.meta_data!.statistics!;
    assert((statistics.min_value as unknown) instanceof Uint8Array);
  },
});
