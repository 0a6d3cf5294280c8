/** Footers that contradict themselves, or have values of other types than the format: what peers read is read. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { type OpenedFile, openParquet } from "../../mod/parquet/read/parquet_file.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { inFolder, OpenFile } from "../support/parquet/files.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import {
  BYTE_ARRAY,
  dataPage,
  DOUBLE,
  elements,
  INT32,
  INT64,
  OPTIONAL,
  plain,
  type RawChunk,
  type RawElement,
  rawFile,
  type RawLeaf,
  type RawPage,
  REQUIRED,
  UTF8,
  withHeader,
} from "../support/parquet/raw_file.ts";
import { indexes, RLE_DICTIONARY } from "../support/parquet/raw_encodings.ts";
import { randomEntries, randomField } from "../support/parquet/raw_schemas.ts";

const FIELDS: RawElement[] = [
  { name: "i", repetition: REQUIRED, type: INT32 },
  { name: "l", repetition: OPTIONAL, type: INT64 },
  { name: "d", repetition: OPTIONAL, type: DOUBLE },
  { name: "s", repetition: REQUIRED, type: BYTE_ARRAY, converted: UTF8 },
];

function chunksOf(leaves: RawLeaf[], metadata: (leaf: RawLeaf) => object = () => ({})): RawChunk[] {
  return leaves.map((leaf) => ({ leaf, pages: [dataPage(leaf)], metadata: metadata(leaf) }));
}

function columnsOf(path: string): unknown[][] {
  using open = new OpenFile(path);
  return open.file.columns.map(({ name }) => open.column(name));
}

interface Answer {
  columns: unknown[][];
}

peerTest(
  "the row groups decide how many rows a file has, not the footer",
  () =>
    inFolder(async (folder) => {
      const random = fuzzRandom(1);
      const fields = [...FIELDS, randomField("nested", 2, random)];
      const counts = [7, 1, 12];
      const leaves = counts.map((rows) => randomEntries(fields, rows, random));
      const groups = counts.map((rows, group) => ({ rows, chunks: chunksOf(leaves[group]!) }));
      const paths = [20n, 0n, 1n, 19n, 21n, 1n << 40n].map((claimed) => {
        const path = `${folder}/${claimed}.parquet`;
        Deno.writeFileSync(path, rawFile(fields, groups, { field_3: claimed }));
        return path;
      });
      const answers = await callPeer<Answer[]>("read_nested", paths);
      const [right] = paths.map(columnsOf);
      assertEquals(right!.map((values) => values.length), fields.map(() => 20));
      paths.forEach((path, index) => {
        assertEquals(openParquet(path).rows, 20);
        assertEquals(columnsOf(path), right);
        assertEquals(answers[index]!.columns[0], right![0]);
      });
    }),
);

Deno.test("row groups that contradict their columns are refused", () =>
  inFolder((folder) => {
    const random = fuzzRandom(2);
    const element: RawElement = { name: "x", repetition: OPTIONAL, type: INT32 };
    const nested = { name: "n", repetition: OPTIONAL, children: [element] };
    for (const field of [element, nested]) {
      const leaves = randomEntries([field], 5, random);
      for (const rows of [0, 1, 4, 6, 5000]) {
        const path = `${folder}/data.parquet`;
        Deno.writeFileSync(path, rawFile([field], [{ rows, chunks: chunksOf(leaves) }]));
        const error = assertThrows(() => columnsOf(path), ServiceError);
        assertEquals(error.code, rows === 0 ? "BASE_NOT_PARQUET" : "BASE_UNREADABLE");
      }
    }
  }));

/** The same with booleans where there is 0 or 1, here and there, and integers where there are booleans. */
function retyped(value: unknown, random: Random): unknown {
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) {
    return value.every((item) => typeof item === "object")
      ? value.map((item) => retyped(item, random))
      : value;
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, retyped(item, random)]),
    );
  }
  if (random(3) === 0) return value;
  if (typeof value === "boolean") return Number(value);
  if (value === 0 || value === 1) return value === 1;
  if (value === 0n || value === 1n) return value === 1n;
  if (typeof value === "bigint" && random(2)) return Number(value);
  return typeof value === "number" && random(2) ? BigInt(value) : value;
}

Deno.test("footer fields of another boolean or integer type are read as their value", () =>
  inFolder((folder) => {
    const unsigned: RawElement = { name: "u", repetition: REQUIRED, type: INT32 };
    const time: RawElement = { name: "t", repetition: OPTIONAL, type: INT64 };
    const fields = [...FIELDS, unsigned, time];
    const logical: Record<string, object> = {
      t: { field_8: { field_1: true, field_2: { field_2: {} } } },
      u: { field_5: { field_1: 1, field_2: 9 } },
    };
    for (let index = 0; index < 60; index++) {
      const random = fuzzRandom(index);
      const nested = randomField("nested", 2, random);
      const rows = [1 + random(6), 1, random(4)];
      const change = (value: object) => retyped(value, random) as object;
      const all = [...fields, nested];
      const leaves = rows.map((rows) => randomEntries(all, rows, random));
      const groupsWith = (page: RawPage) =>
        rows.map((rows, group) => ({
          rows,
          chunks: leaves[group]!.map((leaf) => ({
            leaf,
            pages: [dataPage(leaf, { version: leaf.element === time ? 2 : 1, ...page })],
            metadata: {
              field_12: {
                field_3: BigInt(leaf.definition.length - leaf.values.length),
                field_4: 1n,
                field_7: true,
                field_8: false,
              },
              field_13: [{ field_1: 0, field_2: 0, field_3: 1 }],
            },
          })),
        }));
      const schema = [
        { field_4: "schema", field_5: all.length },
        ...all.flatMap(elements).map((element) => {
          const { field_4: name } = element as { field_4: string };
          return logical[name] ? { ...element, field_10: logical[name] } : element;
        }),
      ];
      const [plain, odd] = ["plain", "odd"].map((name) => `${folder}/${name}.parquet`);
      Deno.writeFileSync(plain!, rawFile(all, groupsWith({}), { field_2: schema }));
      Deno.writeFileSync(odd!, rawFile(all, groupsWith({ change }), { field_2: schema }, change));
      const [right, found] = [openParquet(plain!), openParquet(odd!)];
      assertEquals(found.schema, right.schema, `file ${index}`);
      assertEquals(found.columns, right.columns, `file ${index}`);
      assertEquals(found.chunks.values, right.chunks.values, `file ${index}`);
      assertEquals(withoutPlaces(found), withoutPlaces(right), `file ${index}`);
      assertEquals(columnsOf(odd!), columnsOf(plain!), `file ${index}`);
    }
  }));

/** The row groups of a file, but for what hangs on the lengths of page headers. */
function withoutPlaces(file: OpenedFile): unknown {
  const text = JSON.stringify(
    file.rowGroups(),
    (key, value) =>
      /offset|size/.test(key) ? undefined : typeof value === "bigint" ? `${value}n` : value,
  );
  return JSON.parse(text);
}

Deno.test("a chunk begins with its dictionary when its data offset lies outside the file", () =>
  inFolder((folder) => {
    const field: RawElement = { name: "i", repetition: REQUIRED, type: INT32 };
    const [leaf] = randomEntries([field], 6, fuzzRandom(4)) as [RawLeaf];
    const dictionary = withHeader([plain([7, 8], field)], 2, {
      field_7: { field_1: 2, field_2: 0 },
    });
    const encode = () => indexes([0, 1, 1, 0, 0, 1], 2);
    const pages = [dictionary, dataPage(leaf, { encoding: RLE_DICTIONARY, encode })];
    for (const data of [0n, 1n, 100_000n, 1n << 50n]) {
      const metadata = { field_2: [0, 8], field_9: data, field_11: 4n };
      const path = `${folder}/data.parquet`;
      const chunks = [{ leaf, pages, metadata }];
      Deno.writeFileSync(path, rawFile([field], [{ rows: 6, chunks }]));
      assertEquals(columnsOf(path), [[7, 8, 8, 7, 7, 8]]);
      const none = [{ leaf, pages, metadata: { ...metadata, field_11: undefined } }];
      Deno.writeFileSync(path, rawFile([field], [{ rows: 6, chunks: none }]));
      const error = assertThrows(() => columnsOf(path), ServiceError, "outside the file");
      assertEquals(error.code, "BASE_NOT_PARQUET");
    }
  }));

Deno.test("encrypted columns are refused by name, and the others are read", () =>
  inFolder((folder) => {
    const leaves = randomEntries(FIELDS, 9, fuzzRandom(3));
    const path = `${folder}/data.parquet`;
    Deno.writeFileSync(path, rawFile(FIELDS, [{ rows: 9, chunks: chunksOf(leaves) }]));
    const right = columnsOf(path);
    const crypto: Record<string, object> = {
      "with its own key": { field_8: { field_2: { field_1: ["l"] } }, field_9: new Uint8Array(80) },
      "with the footer's key": { field_8: { field_1: {} } },
      "without metadata": {
        field_3: undefined,
        field_8: { field_2: { field_1: ["l"] } },
        field_9: new Uint8Array(80),
      },
    };
    for (const [how, chunk] of Object.entries(crypto)) {
      const chunks = chunksOf(leaves).map((one, index) => index === 1 ? { ...one, chunk } : one);
      const algorithm = { field_8: { field_1: {} } };
      Deno.writeFileSync(path, rawFile(FIELDS, [{ rows: 9, chunks }], algorithm));
      using open = new OpenFile(path);
      const error = assertThrows(() => open.column("l"), ServiceError, "encrypted", how);
      assertEquals(error.code, "BASE_UNREADABLE");
      assert(error.message.includes('"l"'), error.message);
      [0, 2, 3].forEach((index) => {
        assertEquals(open.column(FIELDS[index]!.name), right[index], how);
      });
    }
    const bytes = Deno.readFileSync(path);
    bytes.set(new TextEncoder().encode("PARE"), bytes.length - 4);
    Deno.writeFileSync(path, bytes);
    const error = assertThrows(() => new OpenFile(path), ServiceError, "footer is encrypted");
    assertEquals(error.code, "BASE_NOT_PARQUET");
  }));
