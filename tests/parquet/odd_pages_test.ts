/** Pages as writers of other days, or of other languages, put them down. */
import { assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { inFolder, OpenFile, rowsOf } from "../support/parquet/files.ts";
import {
  BIT_PACKED,
  BOOLEAN,
  BYTE_ARRAY,
  dataPage,
  DOUBLE,
  entriesOf,
  FIXED,
  INT32,
  INT64,
  OPTIONAL,
  packed,
  plain,
  type RawElement,
  rawFile,
  type RawLeaf,
  rawLeaves,
  REQUIRED,
  UTF8,
  withHeader,
} from "../support/parquet/raw_file.ts";
import {
  DELTA_LENGTH_BYTE_ARRAY,
  ENCODERS,
  ENCODINGS,
  indexes,
  PLAIN_DICTIONARY,
  RLE_DICTIONARY,
} from "../support/parquet/raw_encodings.ts";
import { randomEntries } from "../support/parquet/raw_schemas.ts";

/** What a leaf that isn't nested holds, row by row. */
function rowsOfLeaf({ definition, maxDefinition, values }: RawLeaf): unknown[] {
  let at = 0;
  return definition.map((level) => level === maxDefinition ? values[at++] : null);
}

Deno.test("BIT_PACKED levels are read, with nulls anywhere and pages of any length", async () => {
  await inFolder((folder) => {
    for (let index = 0; index < 40; index++) {
      const random = fuzzRandom(index);
      const fields = [
        { name: "i", repetition: OPTIONAL, type: INT32 },
        { name: "d", repetition: OPTIONAL, type: DOUBLE },
        { name: "s", repetition: OPTIONAL, type: BYTE_ARRAY, converted: UTF8 },
      ];
      const rows = 1 + random(200);
      const leaves = randomEntries(fields, rows, random);
      const chunks = leaves.map((leaf) => {
        const pages: Uint8Array[] = [];
        for (let from = 0; from < rows;) {
          const to = Math.min(rows, from + 1 + random(60));
          pages.push(dataPage(entriesOf(leaf, from, to), { levels: BIT_PACKED }));
          from = to;
        }
        return { leaf, pages };
      });
      const path = `${folder}/${index}.parquet`;
      Deno.writeFileSync(path, rawFile(fields, [{ rows, chunks }]));
      using open = new OpenFile(path);
      for (const leaf of leaves) {
        const [name] = leaf.path as [string];
        const expected = rowsOfLeaf(leaf);
        assertEquals(open.column(name), expected, `file ${index}, ${name}`);
        const from = random(rows);
        const { values, validity } = open.read(name, rowsOf(0, from, rows));
        const part = Array.from<unknown, unknown>(
          values,
          (value, k) => validity?.[k] === 0 ? null : value,
        );
        assertEquals(part, expected.slice(from), `file ${index}, ${name} from ${from}`);
      }
    }
  });
});

Deno.test("invalid BIT_PACKED levels are refused", async () => {
  const field = { name: "x", repetition: OPTIONAL, type: INT32 };
  const [leaf] = rawLeaves([field]) as [RawLeaf];
  const filled = { ...leaf, definition: [1, 0, 1], repetition: [0, 0, 0], values: [1, 2] };
  const values = new Uint8Array(8);
  const page = (levels: Uint8Array, encoding: number) =>
    withHeader([levels, values], 0, {
      field_5: { field_1: 3, field_2: 0, field_3: encoding, field_4: encoding },
    });
  const wrong: [Uint8Array, string][] = [
    [page(packed([0, 0, 0, 0, 0, 1, 0, 1], 1), BIT_PACKED), "lowest bit first"],
    [page(packed([1, 0, 1], 1), 5), "encoding of number 5"],
    [withHeader([], 0, { field_5: { field_1: 3, field_2: 0, field_3: 4, field_4: 4 } }), "cut off"],
  ];
  await inFolder((folder) => {
    wrong.forEach(([bytes, why], index) => {
      const path = `${folder}/${index}.parquet`;
      const chunks = [{ leaf: filled, pages: [bytes] }];
      Deno.writeFileSync(path, rawFile([field], [{ rows: 3, chunks }]));
      using open = new OpenFile(path);
      const error = assertThrows(() => open.read("x"), ServiceError, why);
      assertEquals(error.code, "BASE_UNREADABLE");
    });
  });
});

/** Fields of every type that a page may be in several encodings of. */
const TYPES: RawElement[] = [
  { name: "flag", repetition: OPTIONAL, type: BOOLEAN },
  { name: "i", repetition: OPTIONAL, type: INT32 },
  { name: "l", repetition: OPTIONAL, type: INT64 },
  { name: "d", repetition: REQUIRED, type: DOUBLE },
  { name: "s", repetition: OPTIONAL, type: BYTE_ARRAY, converted: UTF8 },
  { name: "b", repetition: REQUIRED, type: BYTE_ARRAY },
  { name: "f", repetition: OPTIONAL, type: FIXED, length: 3 },
  { name: "h", repetition: OPTIONAL, type: FIXED, length: 2, logical: 15 },
];

/**
 * Pages of a column, each in an encoding of its own, or of indexes into the dictionary in front.
 *
 * @param forPyarrow Leaves out what only DuckDB reads: dictionaries of booleans or said to be in RLE_DICTIONARY, lengths
 * of values that are all of one length, and pages of no values.
 */
function mixedPages(leaf: RawLeaf, random: Random, forPyarrow: boolean): Uint8Array[] {
  const { element, values, definition } = leaf;
  const type = element.type!;
  const entries = [...new Map(values.map((value) => [String(value), value])).values()];
  const places = new Map(entries.map((value, index) => [String(value), index]));
  const dictionary = withHeader([plain(entries, element)], 2, {
    field_7: { field_1: entries.length, field_2: [0, 2, 8][random(forPyarrow ? 2 : 3)]! },
  });
  const isIndexed = !forPyarrow || type !== BOOLEAN;
  const pages = isIndexed ? [dictionary] : [];
  const encodings = [
    ...ENCODINGS[type]!.filter((encoding) =>
      !forPyarrow || type !== FIXED || encoding !== DELTA_LENGTH_BYTE_ARRAY
    ),
    ...(isIndexed ? [PLAIN_DICTIONARY, RLE_DICTIONARY] : []),
  ];
  for (let from = 0; from < definition.length;) {
    const to = Math.min(definition.length, from + Number(forPyarrow) + random(90));
    const encoding = encodings[random(encodings.length)]!;
    const encode = ENCODERS[encoding] ??
      ((some) => indexes(some.map((value) => places.get(String(value))!), entries.length));
    const version = random(2) ? 1 : 2;
    // parquet-java gives -1 nulls where it keeps no statistics.
    const nulls = random(3) === 0 ? { nulls: -1 } : {};
    pages.push(dataPage(entriesOf(leaf, from, to), { version, encoding, encode, ...nulls }));
    from = to;
  }
  return pages;
}

function floatOf(half: Uint8Array): number {
  return new DataView(half.buffer, half.byteOffset).getFloat16(0, true);
}

/** A file of a row group of all types, and what is in it. */
function mixedFile(path: string, index: number, forPyarrow: boolean): unknown[][] {
  const random = fuzzRandom(index);
  const rows = 1 + random(300);
  const leaves = randomEntries(TYPES, rows, random);
  const chunks = leaves.map((leaf) => ({
    leaf,
    pages: mixedPages(leaf, random, forPyarrow),
    metadata: { field_2: [0, 2, 3, 5, 6, 7, 8, 9] },
  }));
  Deno.writeFileSync(path, rawFile(TYPES, [{ rows, chunks }]));
  return leaves.map((leaf) =>
    rowsOfLeaf(leaf).map((value) => {
      if (typeof value === "boolean") return Number(value);
      const { name } = leaf.element;
      if (name === "h" && value instanceof Uint8Array) return floatOf(value);
      return name === "b" ? new TextEncoder().encode(value as string) : value;
    })
  );
}

Deno.test("one column may have pages of every encoding, some of them empty", () =>
  inFolder((folder) => {
    for (let index = 0; index < 60; index++) {
      const path = `${folder}/${index}.parquet`;
      const expected = mixedFile(path, index, false);
      using open = new OpenFile(path);
      open.file.columns.forEach(({ name }, column) => {
        const all = expected[column]!;
        assertEquals(open.column(name), all, `file ${index}, ${name}`);
        const from = index % all.length;
        const { values, validity } = open.read(name, rowsOf(0, from, all.length));
        const part = Array.from<unknown, unknown>(
          values,
          (value, k) => validity?.[k] === 0 ? null : value,
        );
        assertEquals(part, all.slice(from), `file ${index}, ${name} from ${from}`);
      });
    }
  }));

peerTest("pages of every encoding equal what pyarrow reads", () =>
  inFolder(async (folder) => {
    const paths = Array.from({ length: 20 }, (_, index) => `${folder}/${index}.parquet`);
    const expected = paths.map((path, index) => mixedFile(path, index, true));
    const answers = await callPeer<{ columns: unknown[][] }[]>("read_nested", paths);
    answers.forEach(({ columns }, index) => {
      const told = columns.map((values) =>
        values.map((value) => typeof value === "boolean" ? Number(value) : value)
      );
      const ours = expected[index]!.map((values) =>
        values.map((value) =>
          typeof value === "bigint"
            ? `${value}n`
            : value instanceof Uint8Array
            ? value.toHex()
            : value
        )
      );
      assertEquals(told, ours, `file ${index}`);
      using open = new OpenFile(paths[index]!);
      const found = open.file.columns.map(({ name }) => open.column(name));
      assertEquals(found, expected[index], `file ${index}`);
    });
  }));
