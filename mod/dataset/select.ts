import type { ColumnArray } from "../parquet/format/column_array.ts";
import { compareCodePoints } from "../std/grouping/coding.ts";
import { type DatasetPartition, rowsOfPartition } from "./dataset.ts";
import type { Comparable, Comparison, Predicate } from "./predicate.ts";
import { fitsIn64Bits } from "../std/grouping/exact_values.ts";
import type { DatasetReader } from "./reader.ts";

/** What a comparison looks at: values, and where they are null. */
interface Operand {
  values: ArrayLike<unknown>;
  validity: Uint8Array | null;
}

/**
 * The rows of a partition that a predicate lets through, by index from the partition's first row;
 * `null` when all do. Only the predicate's columns are read.
 */
export function selectRows(
  predicate: Predicate,
  reader: DatasetReader,
  partition: DatasetPartition,
): Int32Array | null {
  const operands = new Map<string, Operand>();
  const matches = evaluate(predicate, partition.rows, (column, comparison, out) => {
    const fits = reader.isText(column) ? textTest(comparison) : null;
    if (fits) return reader.matchTexts(column, partition, fits, out);
    let operand = operands.get(column);
    if (!operand) {
      operand = reader.exact(column, partition);
      operands.set(column, operand);
    }
    match(comparison, operand, out);
  });
  let count = 0;
  for (let row = 0; row < matches.length; row++) count += matches[row]!;
  if (count === matches.length) return null;
  const selection = new Int32Array(count);
  for (let row = 0, at = 0; at < count; row++) if (matches[row]) selection[at++] = row;
  return selection;
}

/** Some rows of a partition: where they lie, and which of those they are; `null` for all. */
export interface Selected {
  partition: DatasetPartition;
  selection: Int32Array | null;
}

/** Leaves out what lies before the first selected row and behind the last, which need not be read then. */
export function narrowed(partition: DatasetPartition, selection: Int32Array | null): Selected {
  if (selection === null) return { partition, selection };
  if (selection.length === 0) {
    return { partition: rowsOfPartition(partition, 0, 0), selection: null };
  }
  const from = selection[0]!, to = selection[selection.length - 1]! + 1;
  if (to - from === partition.rows) return { partition, selection };
  const part = rowsOfPartition(partition, from, to);
  const isAll = selection.length === to - from;
  return { partition: part, selection: isAll ? null : selection.map((row) => row - from) };
}

/** The selected rows of a column, in an array of the same type. */
export function takeRows<T extends ColumnArray | unknown[]>(values: T, selection: Int32Array): T {
  if (Array.isArray(values)) return Array.from(selection, (row) => values[row]) as unknown as T;
  const taken = new (values.constructor as new (length: number) => ColumnArray)(selection.length);
  for (let at = 0; at < selection.length; at++) taken[at] = values[selection[at]!]!;
  return taken as unknown as T;
}

/** 1 for each row that a predicate lets through, 0 for the others. */
function evaluate(
  predicate: Predicate,
  rows: number,
  compare: (column: string, comparison: Comparison, out: Uint8Array) => void,
): Uint8Array {
  if ("column" in predicate) {
    const out = new Uint8Array(rows);
    compare(predicate.column, predicate.comparison, out);
    return out;
  }
  if ("not" in predicate) {
    const out = evaluate(predicate.not, rows, compare);
    for (let row = 0; row < rows; row++) out[row]! ^= 1;
    return out;
  }
  const every = "all" in predicate;
  const out = new Uint8Array(rows).fill(every ? 1 : 0);
  for (const part of every ? predicate.all : predicate.any) {
    const matches = evaluate(part, rows, compare);
    if (every) { for (let row = 0; row < rows; row++) out[row]! &= matches[row]!; }
    else for (let row = 0; row < rows; row++) out[row]! |= matches[row]!;
  }
  return out;
}

/** Whether a text fits a comparison with texts; `null` for another comparison. */
function textTest(comparison: Comparison): ((text: string) => boolean) | null {
  switch (comparison.op) {
    case "never":
    case "null":
      return null;
    case "in":
    case "nin": {
      const found = new Set<Comparable>(comparison.values);
      const wanted = comparison.op === "in";
      return (text) => found.has(text) === wanted;
    }
    default: {
      const { op, value } = comparison;
      const fits = FITS[op];
      return typeof value === "string" ? (text) => fits(compareCodePoints(text, value)) : null;
    }
  }
}

function match(comparison: Comparison, { values, validity }: Operand, out: Uint8Array): void {
  switch (comparison.op) {
    case "never":
      return;
    case "null": {
      const fits = comparison.is ? 0 : 1;
      for (let row = 0; row < out.length; row++) {
        out[row] = (validity ? validity[row]! : 1) === fits ? 1 : 0;
      }
      return;
    }
    case "in":
    case "nin": {
      const found = new Set(comparison.values.map(canonical));
      const fits = comparison.op === "in";
      for (let row = 0; row < out.length; row++) {
        out[row] = found.has(canonical(values[row] as Comparable)) === fits ? 1 : 0;
      }
      break;
    }
    default:
      if (typeof comparison.value === "string") {
        orderTexts(comparison.op, comparison.value, values as ArrayLike<string | null>, out);
      } else order(comparison.op, comparison.value, values as ArrayLike<number>, out);
  }
  if (validity) { for (let row = 0; row < out.length; row++) out[row]! &= validity[row]!; }
}

/** Numbers and bigints of one value are one key; -0 is 0 in a Set anyway. */
function canonical(value: Comparable): Comparable {
  return typeof value === "bigint" && BigInt(Number(value)) === value ? Number(value) : value;
}

const FITS = {
  eq: (sign: number) => sign === 0,
  ne: (sign: number) => sign !== 0,
  gt: (sign: number) => sign > 0,
  gte: (sign: number) => sign >= 0,
  lt: (sign: number) => sign < 0,
  lte: (sign: number) => sign <= 0,
};

function orderTexts(
  op: keyof typeof FITS,
  bound: string,
  values: ArrayLike<string | null>,
  out: Uint8Array,
): void {
  const fits = FITS[op];
  for (let row = 0; row < out.length; row++) {
    const value = values[row];
    out[row] = typeof value === "string" && fits(compareCodePoints(value, bound)) ? 1 : 0;
  }
}

/** Orders 64-bit integers by their halves: bigints would be made of each. */
function orderWords(
  op: keyof typeof FITS,
  bound: bigint,
  values: BigInt64Array,
  out: Uint8Array,
): void {
  const fits = FITS[op];
  const [below, same, above] = [-1, 0, 1].map((sign) => Number(fits(sign))) as [
    number,
    number,
    number,
  ];
  if (!fitsIn64Bits(bound)) {
    out.fill(bound > 0n ? below : above);
    return;
  }
  const high = Number(bound >> 32n), low = Number(bound & 0xffffffffn);
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let row = 0; row < out.length; row++) {
    const top = words[2 * row + 1]!;
    if (top !== high) out[row] = top < high ? below : above;
    else {
      const rest = words[2 * row]! >>> 0;
      out[row] = rest < low ? below : rest > low ? above : same;
    }
  }
}

/** One loop for each order, so that the engine compiles each for the array's type. */
function order(
  op: "eq" | "ne" | "gt" | "gte" | "lt" | "lte",
  value: Comparable,
  values: ArrayLike<number>,
  out: Uint8Array,
): void {
  if (typeof value === "bigint" && values instanceof BigInt64Array) {
    return orderWords(op, value, values, out);
  }
  const bound = value as number; // JavaScript compares numbers, bigints and texts by one operator
  switch (op) {
    case "eq": // deno-lint-ignore eqeqeq
      for (let row = 0; row < out.length; row++) out[row] = values[row]! == bound ? 1 : 0;
      return;
    case "ne": // deno-lint-ignore eqeqeq
      for (let row = 0; row < out.length; row++) out[row] = values[row]! != bound ? 1 : 0;
      return;
    case "gt":
      for (let row = 0; row < out.length; row++) out[row] = values[row]! > bound ? 1 : 0;
      return;
    case "gte":
      for (let row = 0; row < out.length; row++) out[row] = values[row]! >= bound ? 1 : 0;
      return;
    case "lt":
      for (let row = 0; row < out.length; row++) out[row] = values[row]! < bound ? 1 : 0;
      return;
    case "lte":
      for (let row = 0; row < out.length; row++) out[row] = values[row]! <= bound ? 1 : 0;
      return;
  }
}
