/** Pages as writers of other days, or of other languages, put them down. */
import { assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/errors.ts";
import { fuzzRandom } from "../support/random.ts";
import { inFolder, OpenFile, rowsOf } from "../support/parquet/files.ts";
import {
  BIT_PACKED,
  BYTE_ARRAY,
  dataPage,
  DOUBLE,
  entriesOf,
  INT32,
  OPTIONAL,
  packed,
  rawFile,
  type RawLeaf,
  rawLeaves,
  UTF8,
  withHeader,
} from "../support/parquet/raw_file.ts";
import { randomEntries } from "../support/parquet/raw_schemas.ts";

/** What a leaf that isn't nested holds, row by row. */
function rowsOfLeaf({ definition, values }: RawLeaf): unknown[] {
  let at = 0;
  return definition.map((level) => level === 1 ? values[at++] : null);
}

Deno.test("levels in BIT_PACKED are read, with nulls anywhere and pages of any length", async () => {
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

Deno.test("levels that can't be in BIT_PACKED as it is read are refused", async () => {
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
