/** Rows parted by their keys: those of a part lie one behind the other, in their order. */
import { FREE, giveKernel, type Kernel, takeKernel } from "#kernel";
import { aligned } from "./aligned.ts";
import type { NumberRange } from "./number_coder.ts";
import { type ByteStrings, extentOf } from "./text_coder.ts";

/** Upper bits of a hash that say in which part a key is, and the parts that there are. */
export const PART_BITS = 6, PARTS: number = 1 << PART_BITS;

/** Where the rows of each part begin; one more than there are parts. */
type Starts = Int32Array<ArrayBuffer>;

export interface PartedTexts extends ByteStrings {
  partStarts: Starts;
  /** Whether all of them are UTF-8. */
  areUtf8: boolean;
}

export interface PartedDoubles {
  values: Float64Array<ArrayBuffer>;
  partStarts: Starts;
}

const ROWS = FREE, BYTES = ROWS + 4 * PARTS;
const START = BYTES + 4 * PARTS;
/** Bytes that are free behind those of each part. */
const SPARE = 16;

/** Has something done in a kernel's memory. */
function inKernel<Found>(use: (kernel: Kernel) => Found): Found {
  const kernel = takeKernel();
  try {
    return use(kernel);
  } finally {
    giveKernel(kernel);
  }
}

/** Parts byte strings by their hashes. @param parts Where the part of each is put. */
export function partTexts({ bytes, starts, ends }: ByteStrings, parts: Int32Array): PartedTexts {
  return inKernel((kernel) => {
    const count = starts.length, size = aligned(4 * count), { code } = kernel;
    const startsAt = START, endsAt = startsAt + size, partsAt = endsAt + size;
    const toStarts = partsAt + size, toEnds = toStarts + size;
    const { low, high } = extentOf(starts, ends, 0, count);
    const input = toEnds + size, output = aligned(input + high - low + SPARE);
    kernel.reserve(output);
    const put = (at: number, values: Int32Array) =>
      new Int32Array(kernel.bytes.buffer, at, count).set(values);
    put(startsAt, starts);
    put(endsAt, ends);
    kernel.bytes.set(bytes.subarray(low, high), input);
    code.partsOfTexts(input - low, startsAt, endsAt, count, PART_BITS, partsAt);
    parts.set(new Int32Array(kernel.bytes.buffer, partsAt, count));
    const areUtf8 = code.areTexts(input - low, startsAt, endsAt, count) !== 0;
    const partStarts = placesOf(kernel, partsAt, count);
    kernel.bytes.fill(0, BYTES, BYTES + 4 * PARTS);
    code.countBytes(startsAt, endsAt, partsAt, count, BYTES);
    const total = summed(new Int32Array(kernel.bytes.buffer, BYTES, PARTS), SPARE);
    kernel.reserve(output + total + SPARE);
    code.placeTexts(
      ...[input - low, startsAt, endsAt, partsAt, count] as const,
      ...[ROWS, BYTES, toStarts, toEnds, output] as const,
    );
    const taken = (at: number) => new Int32Array(kernel.bytes.buffer, at, count).slice();
    return {
      bytes: kernel.bytes.slice(output, output + total),
      starts: taken(toStarts),
      ends: taken(toEnds),
      partStarts,
      areUtf8,
    };
  });
}

/** Parts doubles as their rows are. */
export function partDoubles(values: Float64Array, parts: Int32Array): PartedDoubles {
  return inKernel((kernel) => {
    const count = values.length, partsAt = START + 8 * count, to = aligned(partsAt + 4 * count);
    kernel.reserve(to + 8 * count);
    new Float64Array(kernel.bytes.buffer, START, count).set(values);
    new Int32Array(kernel.bytes.buffer, partsAt, count).set(parts);
    return placedDoubles(kernel, partsAt, to, count);
  });
}

/**
 * Parts numbers by their hashes, or by where they lie in a range: then parts are in the order of their numbers.
 *
 * @param parts Where the part of each is put.
 */
export function partNumbers(
  values: Float64Array,
  parts: Int32Array,
  range: NumberRange | null,
): PartedDoubles {
  return parted(parts, range, ({ bytes: { buffer } }, at) => {
    new Float64Array(buffer, at, values.length).set(values);
  });
}

/**
 * The same of pairs of codes, as the numbers `first * width + second`.
 *
 * @param first Where the part of each is put, too.
 */
export function partPairs(
  first: Int32Array,
  second: Int32Array,
  width: number,
  range: NumberRange | null,
): PartedDoubles {
  const count = first.length;
  return parted(first, range, ({ code, bytes: { buffer } }, at, free) => {
    new Int32Array(buffer, free, count).set(first);
    new Int32Array(buffer, free + 4 * count, count).set(second);
    code.pairCodes(free, free + 4 * count, count, width, at);
  });
}

/** @param put Puts doubles at an address; there is room for as many at another one. */
function parted(
  parts: Int32Array,
  range: NumberRange | null,
  put: (kernel: Kernel, at: number, free: number) => void,
): PartedDoubles {
  return inKernel((kernel) => {
    const count = parts.length, partsAt = START + 8 * count, to = aligned(partsAt + 4 * count);
    const { code } = kernel;
    kernel.reserve(to + 8 * count);
    put(kernel, START, to);
    if (range) {
      const { low, high } = range, scale = PARTS / (high - low + 1);
      code.partsByRange(START, count, low, scale, PARTS - 1, partsAt);
    } else code.partsOfNumbers(START, count, PART_BITS, partsAt);
    parts.set(new Int32Array(kernel.bytes.buffer, partsAt, count));
    return placedDoubles(kernel, partsAt, to, count);
  });
}

/** Doubles one behind the other by their parts. */
function placedDoubles(kernel: Kernel, parts: number, to: number, count: number): PartedDoubles {
  const partStarts = placesOf(kernel, parts, count);
  kernel.code.placeDoubles(START, parts, count, ROWS, to);
  return { values: new Float64Array(kernel.bytes.buffer, to, count).slice(), partStarts };
}

/** Puts the place of each part's first row into the memory; gives these and how many rows there are. */
function placesOf(kernel: Kernel, parts: number, count: number): Starts {
  kernel.bytes.fill(0, ROWS, ROWS + 4 * PARTS);
  kernel.code.countParts(parts, count, ROWS);
  const rows = new Int32Array(kernel.bytes.buffer, ROWS, PARTS);
  summed(rows, 0);
  const starts = new Int32Array(PARTS + 1);
  starts.set(rows);
  starts[PARTS] = count;
  return starts;
}

/** Replaces numbers by the sum of those before, `apart` added to each; gives the sum of all. */
function summed(numbers: Int32Array, apart: number): number {
  let before = 0;
  for (let k = 0; k < numbers.length; k++) {
    const here = numbers[k]!;
    numbers[k] = before;
    before += here + apart;
  }
  return before;
}
