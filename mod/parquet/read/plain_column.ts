/** Columns without a typed array: nested ones, decimals, byte arrays and rare types. */
import type { SchemaElement, SchemaTree } from "hyparquet";
import { convert, DEFAULT_PARSERS } from "../format/hyparquet.ts";
import { decodeVariantColumn } from "../format/hyparquet.ts";
import type { ParquetReader } from "./parquet_reader.ts";
import { nearestDouble, unscaled } from "../format/decimals.ts";
import { exactDate, longDecimal } from "../format/lossy_value.ts";
import { Malformed, ParquetError } from "../io/errors.ts";
import { assemble, type LeafEntries } from "./nested.ts";
import { shapeOf } from "./nested_shape.ts";
import type { NestedLevels, Page } from "./page.ts";
import type { Partition, RowSlice } from "./partition.ts";
import type { Column } from "../format/column.ts";
import type { ColumnValues } from "../format/column_array.ts";
import { isFlat, schemaTree } from "../format/schema_tree.ts";
import { decodeString } from "../encodings/strings.ts";
import { storedValues } from "./stored_values.ts";
import type { Dictionary } from "./dictionary.ts";

/** hyparquet's own conversions, but for text that must be UTF-8. */
const PARSERS = {
  ...DEFAULT_PARSERS,
  timestampFromMilliseconds: (time: bigint) => exactDate(time, 1n),
  timestampFromMicroseconds: (time: bigint) => exactDate(time, 1000n),
  timestampFromNanoseconds: (time: bigint) => exactDate(time, 1_000_000n),
  stringFromBytes: decodeString,
  jsonFromBytes: (bytes: Uint8Array) => JSON.parse(decodeString(bytes)),
};

/** Decodes a column to plain values as hyparquet gives them, null for null. */
export function readPlain(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
): ColumnValues {
  const tree = treeOf(schemaTree(reader.file), column);
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
      const packed = richValues(page, element, dictionary);
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
      const packed = richValues(page, leaf.element, dictionary);
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

function decodeVariant(stored: Record<string, unknown>): unknown {
  try {
    return decodeVariantColumn(stored, PARSERS);
  } catch (thrown) {
    if (thrown instanceof ParquetError) throw thrown;
    throw new Malformed("its nested values make no sense");
  }
}

function richValues(
  page: Page,
  element: SchemaElement,
  dictionary: Dictionary | null,
): unknown[] {
  const stored = plainValues(page, element, dictionary);
  const scale = decimalScale(element);
  if (scale !== null) return decimals(stored as never, scale);
  try {
    const decoder = { element: asConverted(element), parsers: PARSERS, utf8: false };
    const rich = convert(stored as never, decoder as never);
    return Array.isArray(rich) ? rich : Array.from(rich as Iterable<unknown>);
  } catch (thrown) {
    if (thrown instanceof ParquetError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Malformed(`its values can't be converted: ${why}`);
  }
}

/** Digits behind the point; null for what is no decimal. */
function decimalScale({ converted_type: converted, logical_type: logical, scale }: SchemaElement) {
  if (logical?.type === "DECIMAL") return logical.scale;
  return converted === "DECIMAL" ? scale ?? 0 : null;
}

/** The doubles nearest to decimals. @throws InexactValue for one that a double can't hold. */
function decimals(stored: Int32Array | BigInt64Array | Uint8Array[], scale: number): number[] {
  return Array.from<number | bigint | Uint8Array, number>(stored, (value) => {
    const whole = unscaled(value);
    const number = nearestDouble(whole, scale);
    if (number === null) throw longDecimal(whole, scale);
    return number;
  });
}

/** Stored values as hyparquet's conversion wants them: booleans, and INT96 as one number. */
function plainValues(page: Page, element: SchemaElement, dictionary: Dictionary | null): unknown {
  const stored = storedValues(page, element, dictionary);
  switch (element.type) {
    case "BOOLEAN":
      return Array.from(stored as Uint8Array, (bit) => bit === 1);
    case "INT96":
      return Array.from(stored as Uint8Array[], ({ buffer }) => {
        const view = new DataView(buffer);
        return (BigInt(view.getInt32(8, true)) << 64n) + view.getBigInt64(0, true);
      });
    default:
      return stored;
  }
}

/** The element with its annotation where hyparquet's conversion looks for it. */
function asConverted(element: SchemaElement): SchemaElement {
  const { converted_type: converted, logical_type: logical } = element;
  switch (logical?.type ?? converted) {
    case "ENUM":
      return { ...element, converted_type: "UTF8" };
    case "JSON":
    case "DATE":
      return { ...element, converted_type: (logical?.type ?? converted) as "JSON" | "DATE" };
    case "BSON":
    case "INTERVAL": {
      const { converted_type: _, logical_type: __, ...stored } = element;
      return stored;
    }
    default:
      return element;
  }
}
