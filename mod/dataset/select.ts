import type { SchemaElement } from "hyparquet";
import { chosenRows } from "../kernel/select_kernel.ts";
import { Scratch } from "../parquet/io/scratch.ts";
import { compareCodePoints } from "../std/grouping/coding.ts";
import type { DatasetPartition } from "./dataset.ts";
import { rowsOfPartition } from "./partition_rows.ts";
import { columnsOf, type Comparable, type Comparison, type Predicate } from "./predicate.ts";
import { fitsIn64Bits } from "../std/grouping/exact_values.ts";
import type { DatasetReader } from "./reader.ts";
import { valueSetOf, wantedOf } from "./value_set.ts";

/** What a comparison looks at: values, and where they are null. */
interface Operand {
  values: ArrayLike<unknown>;
  validity: Uint8Array | null;
}

/** Rows in which nothing is chosen are left out of what is read where there are as many of them together. */
export const GAP: number = 1 << 12;

const scratch = new Scratch();

/**
 * The rows of a partition that a predicate lets through, by index from the partition's first row;
 * `null` when all do. Only the predicate's columns are read, and of them no rows of which statistics are sure.
 */
export function selectRows(
  predicate: Predicate,
  reader: DatasetReader,
  partition: DatasetPartition,
): Int32Array | null {
  const unsure = unsureRanges(partition);
  if (unsure.length === 0) return null;
  return rowsOfAnswers(answersOf(predicate, reader, partition, unsure), partition, unsure);
}

/** The rows of a partition that a predicate lets through, without those that need not be read. */
export function selected(
  predicate: Predicate,
  reader: DatasetReader,
  partition: DatasetPartition,
): Selected {
  const unsure = unsureRanges(partition);
  if (unsure.length === 0) return { partition, selection: null };
  const answers = answersOf(predicate, reader, partition, unsure);
  const isWhole = unsure.length === 1 && answers.length === partition.rows;
  return (isWhole && oneStretch(answers, partition)) ||
    narrowed(partition, rowsOfAnswers(answers, partition, unsure));
}

function answersOf(
  predicate: Predicate,
  reader: DatasetReader,
  partition: DatasetPartition,
  unsure: Range[],
): Uint8Array {
  return new Evaluation(reader, rowsOfRanges(partition, unsure)).of(predicate);
}

/** The chosen rows where they follow each other, as those of a time mostly do; `null` where they don't. */
function oneStretch(answers: Uint8Array, partition: DatasetPartition): Selected | null {
  const from = answers.indexOf(1), end = answers.lastIndexOf(1) + 1;
  const gap = from < 0 ? -1 : answers.indexOf(0, from);
  if (gap >= 0 && gap < end) return null;
  const isAll = from === 0 && end === partition.rows;
  const part = isAll ? partition : rowsOfPartition(partition, Math.max(from, 0), end);
  return { partition: part, selection: null };
}

/** @param unsure The rows that the answers are of; all others are chosen. */
function rowsOfAnswers(
  answers: Uint8Array,
  partition: DatasetPartition,
  unsure: Range[],
): Int32Array | null {
  const rows = new Int32Array(scratch.take(4 * partition.rows).buffer, 0, partition.rows);
  let count = 0, at = 0, sure = 0;
  for (const { from, to } of [...unsure, { from: partition.rows, to: partition.rows }]) {
    for (; sure < from; sure++) rows[count++] = sure;
    const start = count;
    count += chosenRows(answers.subarray(at, at + to - from), rows.subarray(count));
    if (from > 0) { for (let k = start; k < count; k++) rows[k]! += from; }
    at += to - from;
    sure = to;
  }
  return count === partition.rows ? null : rows.slice(0, count);
}

/** Some rows of a partition: where they lie, and which of those they are; `null` for all. */
export interface Selected {
  partition: DatasetPartition;
  selection: Int32Array | null;
}

/** Leaves out what lies before the first selected row, behind the last, and in long gaps: it need not be read then. */
function narrowed(partition: DatasetPartition, selection: Int32Array | null): Selected {
  if (selection === null) return { partition, selection };
  if (selection.length === 0) {
    return { partition: rowsOfPartition(partition, 0, 0), selection: null };
  }
  const ranges = rangesOf(selection);
  const part = rowsOfRanges(partition, ranges);
  if (part.rows === selection.length) return { partition: part, selection: null };
  if (part.rows === partition.rows) return { partition, selection };
  const rows = new Int32Array(selection.length);
  let k = 0, before = 0;
  for (const { from, to } of ranges) {
    for (; k < rows.length && selection[k]! < to; k++) rows[k] = selection[k]! - from + before;
    before += to - from;
  }
  return { partition: part, selection: rows };
}

/** Rows of a partition, by index from its first: `to` is not included. */
export interface Range {
  from: number;
  to: number;
}

/** Stretches of rows between long gaps. */
function rangesOf(selection: Int32Array): Range[] {
  const ranges: Range[] = [];
  let from = selection[0]!, last = from;
  for (let k = 1; k < selection.length; k++) {
    const row = selection[k]!;
    if (row - last > GAP) {
      ranges.push({ from, to: last + 1 });
      from = row;
    }
    last = row;
  }
  ranges.push({ from, to: last + 1 });
  return ranges;
}

/** The rows of a partition of which statistics are not sure. */
function unsureRanges({ parts }: DatasetPartition): Range[] {
  const ranges: Range[] = [];
  let at = 0;
  for (const { isSure, from, to } of parts.flatMap(({ partition }) => partition.slices)) {
    const last = ranges.at(-1), end = at + to - from;
    if (!isSure && last?.to === at) last.to = end;
    else if (!isSure && end > at) ranges.push({ from: at, to: end });
    at = end;
  }
  return ranges;
}

/** Some of a partition's rows: ranges in rising order, at least one. */
export function rowsOfRanges(partition: DatasetPartition, ranges: Range[]): DatasetPartition {
  if (ranges.length === 1) return rowsOfPartition(partition, ranges[0]!.from, ranges[0]!.to);
  const parts: DatasetPartition["parts"] = [];
  let rows = 0;
  for (const { from, to } of ranges) {
    for (const { file, partition: piece } of rowsOfPartition(partition, from, to).parts) {
      const last = parts.at(-1);
      if (last?.file === file) {
        last.partition.slices.push(...piece.slices);
        last.partition.rows += piece.rows;
      } else parts.push({ file, partition: piece });
      rows += piece.rows;
    }
  }
  return { ...partition, rows, parts };
}

/** Finds what a predicate says of the rows of a partition. */
class Evaluation {
  readonly #reader: DatasetReader;
  readonly #partition: DatasetPartition;
  readonly #operands = new Map<string, Operand>();

  constructor(reader: DatasetReader, partition: DatasetPartition) {
    this.#reader = reader;
    this.#partition = partition;
  }

  /** 1 for each row that a predicate lets through, 0 for the others. */
  of(predicate: Predicate): Uint8Array {
    const { rows } = this.#partition;
    const [name, ...others] = columnsOf(predicate);
    if (name !== undefined && others.length === 0 && !this.#operands.has(name)) {
      const out = new Uint8Array(rows);
      const set = valueSetOf(predicate, this.#reader.describe(name));
      const wanted = set && ((element: SchemaElement) => wantedOf(set, element));
      if (wanted && this.#reader.match(name, this.#partition, wanted, set.none, out)) return out;
    }
    if ("column" in predicate) {
      const out = new Uint8Array(rows);
      match(predicate.comparison, this.#operand(predicate.column), out);
      return out;
    }
    if ("not" in predicate) return combine("not", this.of(predicate.not));
    const every = "all" in predicate;
    const parts = every ? predicate.all : predicate.any;
    if (parts.length === 0) return new Uint8Array(rows).fill(Number(every));
    const together = byColumn(parts, every);
    // Parts of one column that could not be answered together are answered one by one.
    const asked = together.length === 1 ? parts : together;
    return asked.map((part) => this.of(part)).reduce((all, answers) =>
      combine(every ? "and" : "or", all, answers)
    );
  }

  #operand(column: string): Operand {
    let operand = this.#operands.get(column);
    if (!operand) {
      operand = this.#reader.exact(column, this.#partition);
      this.#operands.set(column, operand);
    }
    return operand;
  }
}

/** Parts of a list put together where they look at the same column only. */
function byColumn(parts: Predicate[], every: boolean): Predicate[] {
  const joined = new Map<string, Predicate[]>();
  const found: (Predicate | Predicate[])[] = [];
  for (const part of parts) {
    const [column, ...others] = columnsOf(part);
    if (column === undefined || others.length > 0) found.push(part);
    else if (joined.has(column)) joined.get(column)!.push(part);
    else {
      joined.set(column, [part]);
      found.push(joined.get(column)!);
    }
  }
  return found.map((part) => {
    if (!Array.isArray(part)) return part;
    return part.length === 1 ? part[0]! : every ? { all: part } : { any: part };
  });
}

/** Combines answers, four at once, into the first of them. */
function combine(how: "and" | "or" | "not", into: Uint8Array, other = into): Uint8Array {
  const count = into.length, whole = count >>> 2;
  const a = new Int32Array(into.buffer, 0, whole), b = new Int32Array(other.buffer, 0, whole);
  switch (how) {
    case "and":
      for (let k = 0; k < whole; k++) a[k]! &= b[k]!;
      for (let k = 4 * whole; k < count; k++) into[k]! &= other[k]!;
      return into;
    case "or":
      for (let k = 0; k < whole; k++) a[k]! |= b[k]!;
      for (let k = 4 * whole; k < count; k++) into[k]! |= other[k]!;
      return into;
    case "not":
      for (let k = 0; k < whole; k++) a[k]! ^= 0x01010101;
      for (let k = 4 * whole; k < count; k++) into[k]! ^= 1;
      return into;
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
