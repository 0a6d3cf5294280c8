/** Columns as they are stored, compared bit for bit. */
import { Buffer } from "node:buffer";
import type { NestedLeaf, OutputColumn } from "../parquet/write/output_column.ts";

/** The first row in which two columns of one type differ; -1 where they don't. */
export function firstDifference(a: OutputColumn, b: OutputColumn): number {
  if (a.nested && b.nested) {
    const rows = a.values.length;
    const found = a.nested.leaves.map((leaf, k) => firstOfLeaf(leaf, b.nested!.leaves[k]!, rows))
      .filter((row) => row >= 0);
    return found.length === 0 ? -1 : Math.min(...found);
  }
  const plain = !a.validity && !b.validity;
  if (plain && ArrayBuffer.isView(a.values) && ArrayBuffer.isView(b.values)) {
    if (Buffer.compare(bytesOf(a.values), bytesOf(b.values)) === 0) return -1;
  }
  const rows = Math.max(a.values.length, b.values.length);
  const same = sameElement(a.values, b.values);
  for (let row = 0; row < rows; row++) {
    const none = isNull(a, row);
    if (none !== isNull(b, row) || (!none && !same(row, row))) return row;
  }
  return -1;
}

function isNull({ values, validity }: OutputColumn, row: number): boolean {
  if (validity) return validity[row] === 0;
  return row >= values.length || values[row] === null || values[row] === undefined;
}

function firstOfLeaf(a: NestedLeaf, b: NestedLeaf, rows: number): number {
  const same = sameElement(a.values, b.values);
  for (let row = 0; row < rows; row++) {
    const levels = a.levelStarts[row + 1]! - a.levelStarts[row]!;
    const values = a.valueStarts[row + 1]! - a.valueStarts[row]!;
    if (
      levels !== b.levelStarts[row + 1]! - b.levelStarts[row]! ||
      values !== b.valueStarts[row + 1]! - b.valueStarts[row]!
    ) return row;
    for (let k = 0; k < levels; k++) {
      const [i, j] = [a.levelStarts[row]! + k, b.levelStarts[row]! + k];
      if (a.definition[i] !== b.definition[j] || a.repetition[i] !== b.repetition[j]) return row;
    }
    for (let k = 0; k < values; k++) {
      if (!same(a.valueStarts[row]! + k, b.valueStarts[row]! + k)) return row;
    }
  }
  return -1;
}

/** Tells whether two elements of lists have the same bits. */
function sameElement(
  a: OutputColumn["values"] | ArrayBufferView,
  b: OutputColumn["values"] | ArrayBufferView,
): (i: number, j: number) => boolean {
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    const width = (a as Uint8Array).BYTES_PER_ELEMENT;
    const [one, two] = [bytesOf(a), bytesOf(b)];
    if (width !== (b as Uint8Array).BYTES_PER_ELEMENT) return () => false;
    return (i, j) => {
      for (let k = 0; k < width; k++) if (one[i * width + k] !== two[j * width + k]) return false;
      return true;
    };
  }
  const [one, two] = [a as ArrayLike<unknown>, b as ArrayLike<unknown>];
  return (i, j) => {
    const [x, y] = [one[i], two[j]];
    if (x instanceof Uint8Array && y instanceof Uint8Array) return Buffer.compare(x, y) === 0;
    return Object.is(x, y);
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
