/** Which rows a filter lets through, and their values: in kernels' memories. */
import { FREE, Kernel, type KernelCode } from "#kernel";

type Answer = (
  ...of: [
    ...[values: number, count: number, borders: number, size: number],
    ...[first: number, nan: number, to: number],
  ]
) => void;

/** What kernel/select.ts exports. */
interface SelectCode extends KernelCode {
  answer64: Answer;
  answer32: Answer;
  answerDoubles: Answer;
  answerFloats: Answer;
  answerCodes(codes: number, count: number, table: number, to: number): void;
  answerTexts(
    ...of: [
      ...[at: number, end: number, count: number],
      ...[borders: number, size: number, first: number, to: number],
    ]
  ): number;
  headBorders(borders: number, size: number): void;
  chosenRows(answers: number, count: number, row: number, to: number): number;
  gather64(values: number, rows: number, count: number, row: number, to: number): void;
  gather32(values: number, rows: number, count: number, row: number, to: number): void;
}

/** Borders of a set of numbers, as a kernel is told them. */
export interface NumberBorders {
  type: "INT32" | "INT64" | "FLOAT" | "DOUBLE";
  /** 64-bit integers, or doubles. */
  borders: BigInt64Array | Float64Array;
  first: boolean;
  nan: boolean;
}

const ANSWERS = {
  INT32: "answer32",
  INT64: "answer64",
  FLOAT: "answerFloats",
  DOUBLE: "answerDoubles",
} as const;

/** Values, or rows, that are looked at together. */
const BLOCK = 1 << 13;
const SLACK = 64;
/** Memory of this module: values or answers, borders or rows, and what comes of them. */
const VALUES = FREE, BORDERS = VALUES + 8 * BLOCK, ANSWER = BORDERS + 8 * BLOCK;
const own = new Kernel();
const OWN_END = ANSWER + 8 * BLOCK + SLACK;

/**
 * Answers 1 for each number that is in a set, 0 for others.
 *
 * @param at Address of the numbers in the kernel's memory.
 * @param room Address of room for borders and answers, 8 bytes for each border and one for each number.
 * @param out Gets the answers.
 */
export function answerNumbers(
  kernel: Kernel,
  at: number,
  set: NumberBorders,
  room: number,
  out: Uint8Array,
): void {
  const { type, borders, first, nan } = set;
  const to = room + borders.byteLength;
  const { buffer } = kernel.bytes;
  new BigInt64Array(buffer, room, borders.length).set(
    new BigInt64Array(borders.buffer, borders.byteOffset, borders.length),
  );
  const answer = (kernel.code as SelectCode)[ANSWERS[type]];
  answer(at, out.length, room, borders.length, Number(first), Number(nan), to);
  out.set(new Uint8Array(buffer, to, out.length));
}

/** The same for numbers anywhere, as the bytes that they are stored in. */
export function answerBytes(bytes: Uint8Array, set: NumberBorders, out: Uint8Array): void {
  own.reserve(OWN_END);
  const width = set.type === "INT32" || set.type === "FLOAT" ? 4 : 8;
  for (let from = 0; from < out.length; from += BLOCK) {
    const some = out.subarray(from, from + BLOCK);
    own.bytes.set(bytes.subarray(width * from, width * (from + some.length)), VALUES);
    answerNumbers(own, VALUES, set, BORDERS, some);
  }
}

/** Answers for codes in a kernel's memory by a table there, to an address there. */
export function answerCodes(
  { code }: Kernel,
  codes: number,
  count: number,
  table: number,
  to: number,
): void {
  (code as SelectCode).answerCodes(codes, count, table, to);
}

/** Borders of a set of texts: the UTF-8 of each. */
export interface TextBorders {
  borders: Uint8Array[];
  first: boolean;
}

/**
 * Answers for PLAIN texts in a kernel's memory.
 *
 * @param free First address of the memory that is free.
 * @param out Gets the answers.
 * @returns Whether the texts are whole.
 */
export function answerTexts(
  kernel: Kernel,
  at: number,
  end: number,
  { borders, first }: TextBorders,
  free: number,
  out: Uint8Array,
): boolean {
  const table = (free + 7) & ~7, texts = table + 16 * borders.length;
  const to = borders.reduce((sum, { length }) => sum + 4 + length, texts) + SLACK;
  kernel.reserve(to + out.length);
  const view = new DataView(kernel.bytes.buffer);
  let text = texts;
  borders.forEach((bytes, index) => {
    view.setUint32(table + 16 * index + 8, text, true);
    view.setUint32(text, bytes.length, true);
    kernel.bytes.set(bytes, text + 4);
    text += 4 + bytes.length;
  });
  const code = kernel.code as SelectCode;
  code.headBorders(table, borders.length);
  const whole = code.answerTexts(at, end, out.length, table, borders.length, Number(first), to);
  out.set(kernel.bytes.subarray(to, to + out.length));
  return whole === out.length;
}

/**
 * The rows whose answers are not 0, counted from the first.
 *
 * @param rows Memory for as many rows as there are answers.
 * @returns How many they are: that many of the first of `rows`.
 */
export function chosenRows(answers: Uint8Array, rows: Int32Array): number {
  own.reserve(OWN_END);
  let found = 0;
  const code = own.code as SelectCode;
  for (let from = 0; from < answers.length; from += BLOCK) {
    const some = answers.subarray(from, from + BLOCK);
    own.bytes.set(some, VALUES);
    own.bytes.fill(0, VALUES + some.length, VALUES + some.length + 16);
    const count = code.chosenRows(VALUES, some.length, from, BORDERS);
    rows.set(new Int32Array(own.bytes.buffer, BORDERS, count), found);
    found += count;
  }
  return found;
}

/**
 * Gathers values of 4 or 8 bytes from a kernel's memory.
 *
 * @param at Address of the value of row `row`.
 * @param rows Those that are wanted.
 * @param output Bytes of the values.
 */
export function gather(
  kernel: Kernel,
  at: number,
  row: number,
  rows: Int32Array,
  width: number,
  room: number,
  output: Uint8Array,
): void {
  const code = kernel.code as SelectCode;
  const take = width === 4 ? code.gather32 : code.gather64;
  const to = room + 4 * GATHERED;
  const { bytes } = kernel;
  for (let from = 0; from < rows.length; from += GATHERED) {
    const some = rows.subarray(from, from + GATHERED);
    new Int32Array(bytes.buffer, room, some.length).set(some);
    take(at, room, some.length, row, to);
    output.set(bytes.subarray(to, to + width * some.length), width * from);
  }
}

/** Values that are gathered together: 12 bytes of room are needed for each. */
const GATHERED = 1 << 12;
