/** Nested columns in all forms that writers have given them, against pyarrow. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { inFolder, OpenFile, rowsOf } from "../support/parquet/files.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import { amountOf } from "../support/suite_options.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { tellAmount } from "../support/random_tests.ts";
import {
  BIT_PACKED,
  dataPage,
  entriesOf,
  INT32,
  LIST,
  MAP,
  MAP_KEY_VALUE,
  OPTIONAL,
  type RawElement,
  rawFile,
  type RawLeaf,
  rawLeaves,
  REPEATED,
  REQUIRED,
  RLE,
} from "../support/parquet/raw_file.ts";
import { randomEntries, randomField } from "../support/parquet/raw_schemas.ts";

type Answer = { columns: unknown[][] } | { refused: string };

/** Values as {@linkcode callPeer} has them: of 64-bit integers texts. */
function told(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return value.toHex();
  if (Array.isArray(value)) return value.map(told);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, told(item)]));
}

const int = (name: string, repetition: number) => ({ name, repetition, type: INT32 });
const group = (name: string, repetition: number, children: RawElement[], converted?: number) => ({
  name,
  repetition,
  children,
  ...(converted === undefined ? {} : { converted }),
});
const LIST_FORM = (name: string, repetition: number) =>
  group(name, repetition, [group("list", REPEATED, [int("element", OPTIONAL)])], LIST);

interface Form {
  field: RawElement;
  /** By leaf: definition levels, repetition levels, values. */
  leaves: [string, string, number[]][];
  rows: unknown[];
}

/** Forms whose values are told here; of the last ones pyarrow refuses the schema. */
const FORMS: Record<string, Form> = {
  "two levels": {
    field: group("a", OPTIONAL, [int("array", REPEATED)], LIST),
    leaves: [["22102", "01000", [1, 2, 3]]],
    rows: [[1, 2], [], null, [3]],
  },
  "repeated without an annotation": {
    field: int("a", REPEATED),
    leaves: [["1101", "0100", [42, 7, 9]]],
    rows: [[42, 7], [], [9]],
  },
  "three levels": {
    field: LIST_FORM("a", OPTIONAL),
    leaves: [["0123", "0000", [5]]],
    rows: [null, [], [null], [5]],
  },
  "a record in a record": {
    field: group("a", OPTIONAL, [group("b", OPTIONAL, [int("c", OPTIONAL), int("d", REQUIRED)])]),
    leaves: [["0123", "0000", [5]], ["0122", "0000", [6, 7]]],
    rows: [null, { b: null }, { b: { c: null, d: 6 } }, { b: { c: 5, d: 7 } }],
  },
  "a map without values": {
    field: group("a", REQUIRED, [group("map", REPEATED, [int("key", REQUIRED)])], MAP),
    leaves: [["101", "000", [1, 2]]],
    rows: [[1], [], [2]],
  },
  "a map whose keys are records": {
    field: group("a", REQUIRED, [
      group("map", REPEATED, [group("k", REQUIRED, [int("x", OPTIONAL)]), int("v", OPTIONAL)]),
    ], MAP),
    leaves: [["210", "010", [1]], ["120", "010", [2]]],
    rows: [[{ key: { x: 1 }, value: null }, { key: { x: null }, value: 2 }], []],
  },
  "a map whose keys may be null": {
    field: group("a", OPTIONAL, [
      group("map", REPEATED, [int("key", OPTIONAL), int("value", OPTIONAL)]),
    ], MAP_KEY_VALUE),
    leaves: [["330", "010", [1, 2]], ["320", "010", [3]]],
    rows: [{ 1: 3, 2: null }, null],
  },
  "an annotated list that repeats": {
    field: LIST_FORM("a", REPEATED),
    leaves: [["0132", "0001", [1]]],
    rows: [[], [[]], [[1], [null]]],
  },
  "a list of three levels as an element of two": {
    field: group("a", OPTIONAL, [LIST_FORM("array", REPEATED)], LIST),
    leaves: [["0144324", "0002100", [1, 2, 4]]],
    rows: [null, [], [[1, 2], [null]], [[]], [[4]]],
  },
  "a list of two fields": {
    field: group("a", OPTIONAL, [int("b", REPEATED), int("c", OPTIONAL)], LIST),
    leaves: [["201", "000", [1]], ["102", "000", [2]]],
    rows: [{ b: [1], c: null }, null, { b: [], c: 2 }],
  },
};

for (const [name, { field, leaves, rows }] of Object.entries(FORMS)) {
  Deno.test(`a nested column is read by its schema: ${name}`, async () => {
    await inFolder((folder) => {
      const path = `${folder}/data.parquet`;
      const chunks = rawLeaves([field]).map((leaf, index) => {
        const [definition, repetition, values] = leaves[index]!;
        const entries = {
          ...leaf,
          definition: [...definition].map(Number),
          repetition: [...repetition].map(Number),
          values,
        };
        return { leaf: entries, pages: [dataPage(entries)] };
      });
      Deno.writeFileSync(path, rawFile([field], [{ rows: rows.length, chunks }]));
      using open = new OpenFile(path);
      assertEquals(open.column("a"), rows);
    });
  });
}

Deno.test("a VARIANT is read as the value that it stands for", async () => {
  using duckdb = await DuckDB.open();
  await inFolder(async (folder) => {
    const path = `${folder}/variant.parquet`;
    const values = ["42::variant", "'x'::variant", "null", "{'a': 1, 'b': [1, null]}::variant"];
    const rows = values.map((value, row) => `(${row}, ${value})`);
    await duckdb.run(
      `copy (select v from (values ${rows}) t(k, v) order by k) to ${
        quoted(path)
      } (format parquet)`,
    );
    using open = new OpenFile(path);
    assertEquals(open.column("v"), [42, "x", null, { a: 1, b: [1, null] }]);
  });
});

/**
 * What writers put into the header of a page of version 2: the right figures; without nulls, as parquet-java did
 * without statistics; the values as rows and the nulls of elements alone, as Arrow did.
 */
const FIGURES: ((page: RawLeaf) => { rows?: number; nulls?: number })[] = [
  () => ({}),
  () => ({ nulls: -1 }),
  ({ definition, maxDefinition, maxRepetition, element }) => {
    if (maxRepetition === 0) return {};
    const isNull = element.repetition === OPTIONAL ? maxDefinition - 1 : -1;
    return {
      rows: definition.length,
      nulls: definition.filter((level) => level === isNull).length,
    };
  },
];

/** Cuts a leaf's entries into pages: of version 1 anywhere, of version 2 where rows begin. */
function pagesOf(leaf: RawLeaf, random: Random): Uint8Array[] {
  const version = random(2) ? 1 : 2;
  const levels = random(2) ? RLE : BIT_PACKED;
  const figures = FIGURES[random(FIGURES.length)]!;
  const length = leaf.definition.length;
  const pages: Uint8Array[] = [];
  for (let from = 0; from < length;) {
    let to = Math.min(length, from + 1 + random(40));
    while (version === 2 && to < length && leaf.repetition[to] !== 0) to++;
    const entries = entriesOf(leaf, from, to);
    pages.push(dataPage(entries, { version, levels, ...figures(entries) }));
    from = to;
  }
  return pages;
}

/** Two row groups of a field of random form. */
function randomFile(random: Random): { bytes: Uint8Array; rows: number[]; form: string } {
  let field: RawElement;
  do field = randomField("a", 1 + random(3), random); while (
    field.type !== undefined && field.repetition !== REPEATED
  );
  const fields = [field];
  const groups = [20 + random(20), 1 + random(5)].map((rows) => {
    const leaves = randomEntries(fields, rows, random);
    return { rows, chunks: leaves.map((leaf) => ({ leaf, pages: pagesOf(leaf, random) })) };
  });
  const bytes = rawFile(fields, groups);
  return { bytes, rows: groups.map(({ rows }) => rows), form: JSON.stringify(fields) };
}

peerTest(
  "nested columns of any form equal pyarrow's, with null, [] and [null] distinguished",
  async () => {
    const count = amountOf("nested-forms");
    using _told = tellAmount("nested-forms");
    await inFolder(async (folder) => {
      const files = Array.from({ length: count }, (_, index) => {
        const file = randomFile(fuzzRandom(index));
        const path = `${folder}/${index}.parquet`;
        Deno.writeFileSync(path, file.bytes);
        return { ...file, path };
      });
      const answers = await callPeer<Answer[]>("read_nested", files.map(({ path }) => path));
      let refused = 0;
      answers.forEach((answer, index) => {
        const { path, rows, form } = files[index]!;
        using open = new OpenFile(path);
        const where = `file ${index}: ${form}`;
        const { name } = open.file.columns[0]!;
        const values = told(open.read(name).values) as unknown[];
        assertEquals(values.length, rows[0]! + rows[1]!, where);
        if ("refused" in answer) {
          refused++;
          return;
        }
        assertEquals(values, answer.columns[0], where);
        const from = index % rows[0]!;
        const slice = open.read(name, rowsOf(0, from, rows[0]!)).values;
        assertEquals(told(slice), answer.columns[0]!.slice(from, rows[0]), where);
      });
      assert(refused < count / 3, `pyarrow refuses ${refused} of ${count}`);
    });
  },
);

Deno.test("a null map key and contradicting levels are reported", async () => {
  const key = int("key", OPTIONAL), value = int("value", OPTIONAL);
  const field = group("a", REQUIRED, [group("map", REPEATED, [key, value])], MAP);
  const wrong: [string, string, string, string][] = [
    ["1", "0", "1", "its map is null"],
    ["22", "01", "20", "make no sense"],
    ["2", "0", "0", "make no sense"],
  ];
  await inFolder((folder) => {
    for (const [keys, repetition, values, why] of wrong) {
      const path = `${folder}/data.parquet`;
      const [first, second] = rawLeaves([field]).map((leaf, index) => ({
        ...leaf,
        definition: [...(index ? values : keys)].map(Number),
        repetition: [...repetition].map(Number),
        values: [...(index ? values : keys)].filter((level) => level === "2").map(Number),
      }));
      second!.repetition = second!.definition.map((_, k) => k && repetition[k] === "1" ? 1 : 0);
      const chunks = [first!, second!].map((leaf) => ({ leaf, pages: [dataPage(leaf)] }));
      Deno.writeFileSync(path, rawFile([field], [{ rows: 1, chunks }]));
      using open = new OpenFile(path);
      const error = assertThrows(() => open.read("a"), ServiceError, why);
      assertEquals(error.code, "BASE_UNREADABLE");
    }
  });
});
