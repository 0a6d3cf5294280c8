// Which rows a filter lets through. What a column may hold is told by borders in rising order: whether a value is let
// through changes at each. Answers are bytes, 1 or 0 a row.
import { headOf, isBefore } from "./texts";

/** How many borders are not above a value, of which there may be many. */
// @ts-ignore: decorator
@inline
function passedBy<T>(value: T, borders: usize, count: u32): u32 {
  let low: u32 = 0, high = count;
  while (low < high) {
    const middle = low + high >>> 1;
    if (load<T>(borders + (<usize>middle << 3)) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Answers for values of type `T`, with borders of type `B`: 64-bit integers or doubles. */
// @ts-ignore: decorator
@inline
function answerAll<T, B>(
  values: usize,
  count: u32,
  borders: usize,
  size: u32,
  first: u32,
  nan: u32,
  to: usize,
): void {
  const end = to + count;
  if (size <= 2) {
    // With one border the other is above nothing.
    const low = size > 0 ? load<B>(borders) : <B>0, high = size > 1 ? load<B>(borders + 8) : <B>0;
    const one = <u32>(size > 0), two = <u32>(size > 1);
    for (; to < end; to++, values += sizeof<T>()) {
      const value = <B>load<T>(values);
      let answer = first ^ (<u32>(value >= low) & one) ^ (<u32>(value >= high) & two);
      if (isFloat<B>()) answer = value == value ? answer : nan;
      store<u8>(to, <u8>answer);
    }
    return;
  }
  for (; to < end; to++, values += sizeof<T>()) {
    const value = <B>load<T>(values);
    let answer = first ^ (passedBy<B>(value, borders, size) & 1);
    if (isFloat<B>()) answer = value == value ? answer : nan;
    store<u8>(to, <u8>answer);
  }
}

/** Answers for 64-bit integers; `first` is that for what is below all borders. */
export function answer64(values: usize, count: u32, borders: usize, size: u32, first: u32, nan: u32, to: usize): void {
  answerAll<i64, i64>(values, count, borders, size, first, nan, to);
}

export function answer32(values: usize, count: u32, borders: usize, size: u32, first: u32, nan: u32, to: usize): void {
  answerAll<i32, i64>(values, count, borders, size, first, nan, to);
}

/** For doubles; `nan` is the answer for NaN. */
export function answerDoubles(
  values: usize,
  count: u32,
  borders: usize,
  size: u32,
  first: u32,
  nan: u32,
  to: usize,
): void {
  answerAll<f64, f64>(values, count, borders, size, first, nan, to);
}

export function answerFloats(
  values: usize,
  count: u32,
  borders: usize,
  size: u32,
  first: u32,
  nan: u32,
  to: usize,
): void {
  answerAll<f32, f64>(values, count, borders, size, first, nan, to);
}

/** Answers for codes, from a table of them. */
export function answerCodes(codes: usize, count: u32, table: usize, to: usize): void {
  for (const end = to + count; to < end; to++, codes += 4) {
    store<u8>(to, load<u8>(table + load<u32>(codes)));
  }
}

/**
 * Answers for PLAIN texts, by the order of their bytes. 16 bytes behind them are readable. Borders are 16 bytes each:
 * the first 8 bytes as texts.ts has them, and the address of the border, a text with its length in front.
 *
 * @returns How many texts are whole.
 */
export function answerTexts(
  at: usize,
  end: usize,
  count: u32,
  borders: usize,
  size: u32,
  first: u32,
  to: usize,
): u32 {
  let k: u32 = 0;
  for (; k < count && at + 4 <= end; k++) {
    const length = <usize>load<u32>(at);
    if (length > end - at - 4) break;
    const head = headOf(at + 4, length);
    let low: u32 = 0, high = size;
    while (low < high) {
      const middle = low + high >>> 1, border = borders + (<usize>middle << 4);
      const other = load<u64>(border);
      const isAbove = other == head ? isBefore(at, <usize>load<u32>(border, 8)) : other > head;
      if (isAbove) high = middle;
      else low = middle + 1;
    }
    store<u8>(to + k, <u8>(first ^ (low & 1)));
    at += 4 + length;
  }
  return k;
}

/** Writes the first 8 bytes of borders that stand at their addresses. */
export function headBorders(borders: usize, size: u32): void {
  for (const end = borders + (<usize>size << 4); borders < end; borders += 16) {
    const text = <usize>load<u32>(borders, 8);
    store<u64>(borders, headOf(text + 4, <usize>load<u32>(text)));
  }
}

/**
 * Writes the indexes of rows that are let through, 32 bits each, from `row` on. The answers are readable up to 16 bytes
 * behind, which are 0.
 *
 * @returns How many rows they are.
 */
export function chosenRows(answers: usize, count: u32, row: u32, to: usize): u32 {
  const start = to;
  for (const end = answers + count; answers < end; answers += 16, row += 16) {
    let bits = <u32>i8x16.bitmask(i8x16.ne(v128.load(answers), i8x16.splat(0)));
    if (bits == 0xffff) {
      for (let k: u32 = 0; k < 16; k++) store<u32>(to + (<usize>k << 2), row + k);
      to += 64;
      continue;
    }
    for (; bits != 0; bits &= bits - 1, to += 4) store<u32>(to, row + ctz(bits));
  }
  return <u32>(to - start >>> 2);
}

/** Gathers values of 8 bytes: those of rows from `row` on. */
export function gather64(values: usize, rows: usize, count: u32, row: u32, to: usize): void {
  const from = values - (<usize>row << 3);
  for (const end = rows + (<usize>count << 2); rows < end; rows += 4, to += 8) {
    store<u64>(to, load<u64>(from + (<usize>load<u32>(rows) << 3)));
  }
}

export function gather32(values: usize, rows: usize, count: u32, row: u32, to: usize): void {
  const from = values - (<usize>row << 2);
  for (const end = rows + (<usize>count << 2); rows < end; rows += 4, to += 4) {
    store<u32>(to, load<u32>(from + (<usize>load<u32>(rows) << 2)));
  }
}
