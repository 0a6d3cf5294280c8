/** Sums and extremes of columns, block by block in a kernel's memory. NaN is left out. */
import { FREE, Kernel } from "./kernel.ts";

/** Numbers whose values may be summed up. */
export type NumberArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** Values that are looked at together. */
const BLOCK = 1 << 13;
/** Where a function's results are, two doubles. */
const STATE = FREE;
const VALUES = STATE + 16;
const kernel = new Kernel();
kernel.reserve(VALUES + 8 * BLOCK);
const { code } = kernel;
const state = new Float64Array(kernel.bytes.buffer, STATE, 2);
const doubles = new Float64Array(kernel.bytes.buffer, VALUES, BLOCK);
const integers = new Int32Array(kernel.bytes.buffer, VALUES, BLOCK);

/** What a sum comes to. */
export interface SumOfValues {
  /** Values that are not NaN. */
  count: number;
  sum: number;
  /** Rounding errors of `sum`. */
  lost: number;
}

/** Puts values into the kernel's memory, a block after the other, and has something done with each. */
function inBlocks(values: NumberArray, room: NumberArray, each: (count: number) => void): void {
  for (let from = 0; from < values.length; from += BLOCK) {
    const block = values.length <= BLOCK ? values : values.subarray(from, from + BLOCK);
    room.set(block);
    each(block.length);
  }
}

/** Sums up values. */
export function sumOf(values: NumberArray): SumOfValues {
  state.fill(0);
  let count = 0;
  if (values instanceof Int32Array) {
    count = values.length;
    inBlocks(values, integers, (length) => code.sum32(VALUES, length, STATE));
  } else inBlocks(values, doubles, (length) => count += code.sum64(VALUES, length, STATE));
  return { count, sum: state[0]!, lost: state[1]! };
}

/** Least and greatest value; Infinity and -Infinity where there is none. */
export function extentOf(values: NumberArray): [low: number, high: number] {
  state[0] = Infinity;
  state[1] = -Infinity;
  inBlocks(values, doubles, (length) => code.extent64(VALUES, length, STATE));
  return [state[0]!, state[1]!];
}

/** `Σ(x - mean)²`, and `Σ(x - mean)`, which tells how far the mean was rounded. */
export function deviationsOf(values: NumberArray, mean: number): { squares: number; rest: number } {
  state.fill(0);
  inBlocks(values, doubles, (length) => code.squares64(VALUES, length, mean, STATE));
  return { squares: state[0]!, rest: state[1]! };
}
