/**
 * A power of two that brings a number near to 1, so that its powers stay in the range of doubles;
 * times it and divided by it again, a number is itself.
 */
export function scaleToOne(size: number): number {
  if (!(size > 0 && size < Infinity)) return 1;
  // 2^1023 is the greatest power there is: what is smaller comes near enough.
  return 2 ** Math.max(-1022, Math.min(1023, -Math.floor(Math.log2(size))));
}

/** The greatest finite magnitude; 0 where there is none. */
export function greatestOf(values: ArrayLike<number>): number {
  let most = 0;
  for (let k = 0; k < values.length; k++) {
    const size = Math.abs(values[k]!);
    if (size > most && size < Infinity) most = size;
  }
  return most;
}

/** Whether squares of numbers came so near to an end of the range that they lost digits there. */
export function isOutOfRange(squares: number): boolean {
  return !(squares > 1e-200 && squares < 1e200);
}
