/** Sums and extremes of columns in a kernel's memory. NaN is left out. */
import { FREE, Kernel, type KernelCode, kernelOf } from "#kernel";
import { numbersOf } from "./views.ts";

/** Numbers by index. */
type Numbers = ArrayLike<number>;

/** Values that are looked at together where they have to be brought into the kernel's memory first. */
const BLOCK = 1 << 13;
/** Where a function's results are, two doubles. */
const STATE = FREE;
const VALUES = STATE + 16;
const kernel = new Kernel();
kernel.reserve(VALUES + 8 * BLOCK);

/** What a sum comes to. */
export interface SumOfValues {
  /** Values that are not NaN. */
  count: number;
  sum: number;
  /** Rounding errors of `sum`. */
  lost: number;
}

/**
 * Has something done with values, all of them where they lie in a kernel's memory already, else block by block.
 *
 * @param state What the two doubles at {@linkcode STATE} are at first; gives what they are in the end.
 */
function inBlocks(
  numbers: Numbers,
  BlockType: typeof Float64Array | typeof Int32Array,
  state: [number, number],
  each: (code: KernelCode, at: number, count: number) => void,
): [number, number] {
  const values = numbersOf(numbers);
  const own = values instanceof BlockType ? kernelOf(values) : null;
  const { code, bytes: { buffer } } = own ?? kernel;
  const held = new Float64Array(buffer, STATE, 2);
  held.set(state);
  if (own) each(code, values.byteOffset, values.length);
  else {
    const room = new BlockType(buffer, VALUES, BLOCK);
    for (let from = 0; from < values.length; from += BLOCK) {
      const block = values.length <= BLOCK ? values : values.subarray(from, from + BLOCK);
      room.set(block);
      each(code, VALUES, block.length);
    }
  }
  return [held[0]!, held[1]!];
}

/** Sums up values. */
export function sumOf(numbers: Numbers): SumOfValues {
  const values = numbersOf(numbers);
  const integers = values instanceof Int32Array;
  let count = integers ? values.length : 0;
  const [sum, lost] = integers
    ? inBlocks(values, Int32Array, [0, 0], (code, at, length) => code.sum32(at, length, STATE))
    : inBlocks(values, Float64Array, [0, 0], (code, at, length) => {
      count += code.sum64(at, length, STATE);
    });
  return { count, sum, lost };
}

/** Least and greatest value; Infinity and -Infinity where there is none. */
export function extentOf(values: Numbers): [low: number, high: number] {
  return inBlocks(values, Float64Array, [Infinity, -Infinity], (code, at, length) => {
    code.extent64(at, length, STATE);
  });
}

/** `Σ(x - mean)²`, and `Σ(x - mean)`, which tells how far the mean was rounded. */
export function deviationsOf(
  values: Numbers,
  mean: number,
): { squares: number; rest: number } {
  const [squares, rest] = inBlocks(values, Float64Array, [0, 0], (code, at, length) => {
    code.squares64(at, length, mean, STATE);
  });
  return { squares, rest };
}
