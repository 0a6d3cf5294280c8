/** Sums over windows, in a kernel's memory. */
import { FREE, Kernel } from "#kernel";

const kernel = new Kernel();

/** Longest window: sizes of its parts are 32-bit numbers. */
const LONGEST = 2 ** 28;

/**
 * Sums of the windows that end at each place of `work` from `before` on.
 *
 * @returns The sums at these places; what stands before is of no meaning. Valid until the next call.
 * @throws RangeError when there is not so much memory.
 */
export function movingSums(work: Float64Array, before: number, window: number): Float64Array {
  if (window > LONGEST) throw new RangeError(`a window can't be longer than ${LONGEST} values`);
  const { length } = work;
  const found = FREE + 8 * length;
  kernel.reserve(found + 8 * length);
  const { buffer } = kernel.bytes;
  new Float64Array(buffer, FREE, length).set(work);
  kernel.code.movingSums(FREE, found, length, before, window);
  return new Float64Array(buffer, found, length);
}
