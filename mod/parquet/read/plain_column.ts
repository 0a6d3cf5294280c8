/** Columns without a typed array: nested ones, byte arrays and rare types. */
import type { SchemaTree } from "hyparquet";
import type { Column } from "../format/column.ts";
import type { ColumnValues } from "../format/column_array.ts";
import { isFlat, treeOfSchema } from "../format/schema_tree.ts";
import { Malformed } from "../io/errors.ts";
import { assemble, type LeafEntries } from "./nested.ts";
import { shapeOf } from "./nested_shape.ts";
import type { NestedLevels } from "./page.ts";
import type { ParquetReader } from "./parquet_reader.ts";
import type { Partition, RowSlice } from "./partition.ts";
import { decodeVariant, plainValues } from "./plain_values.ts";

/** Decodes a column to plain values as hyparquet gives them, null for null. */
export function readPlain(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
): ColumnValues {
  const tree = treeOf(treeOfSchema(reader.file.schema), column);
  const values: unknown[] = [];
  for (const slice of partition.slices) {
    reader.placed(column, slice.rowGroup, () => {
      const part = isFlat(tree)
        ? readFlat(reader, column, slice)
        : readNested(reader, column, tree, slice);
      const rows = slice.to - slice.from;
      if (part.length !== rows) {
        throw new Malformed(`it gives ${part.length} values for ${rows} rows`);
      }
      for (const value of part) values.push(value);
    });
  }
  return { values, validity: validityOf(values) };
}

function treeOf(root: SchemaTree, { element }: Column): SchemaTree {
  let at = 1;
  for (const child of root.children) {
    if (at === element) return child;
    at += child.count;
  }
  throw new Malformed("its schema is not a tree");
}

function validityOf(values: unknown[]): Uint8Array | null {
  if (!values.includes(null)) return null;
  return Uint8Array.from(values, (value) => value === null ? 0 : 1);
}

function readFlat(
  reader: ParquetReader,
  column: Column,
  slice: RowSlice,
): unknown[] {
  const { element } = reader.leaf(column.leaf);
  const values: unknown[] = [];
  reader.visitRows(column.leaf, slice, {
    page(page, dictionary, from, to) {
      const packed = plainValues(page, element, dictionary);
      for (let i = from, k = 0; i < to; i++) {
        const valid = !page.validity || page.validity[i] === 1;
        values.push(valid ? packed[k++] : null);
      }
    },
  });
  return values;
}

function readNested(
  reader: ParquetReader,
  column: Column,
  tree: SchemaTree,
  slice: RowSlice,
): unknown[] {
  const rows = slice.to - slice.from;
  if (rows === 0) return [];
  const shape = shapeOf(tree);
  const entries = Array.from(
    { length: column.leaves },
    (_, index) => readEntries(reader, column.leaf + index, slice),
  );
  return assemble(shape, entries, rows, decodeVariant);
}

/** The levels and values of a leaf's wanted rows. */
function readEntries(
  reader: ParquetReader,
  leafIndex: number,
  slice: RowSlice,
): LeafEntries {
  const leaf = reader.leaf(leafIndex);
  const parts: NestedLevels[] = [];
  const values: unknown[] = [];
  reader.visitNested(leafIndex, slice, {
    page(page, dictionary, from, to) {
      const { definition, repetition } = page.levels!;
      const packed = plainValues(page, leaf.element, dictionary);
      for (let i = 0, k = 0; i < to; i++) {
        if (definition[i] !== leaf.maxDefinition) continue;
        if (i >= from) values.push(packed[k]);
        k++;
      }
      parts.push({
        definition: definition.subarray(from, to),
        repetition: repetition.subarray(from, to),
      });
    },
  });
  const joined = (kind: keyof NestedLevels) => {
    const levels = new Int32Array(parts.reduce((sum, part) => sum + part[kind].length, 0));
    let at = 0;
    for (const part of parts) {
      levels.set(part[kind], at);
      at += part[kind].length;
    }
    return levels;
  };
  return { definition: joined("definition"), repetition: joined("repetition"), values };
}
