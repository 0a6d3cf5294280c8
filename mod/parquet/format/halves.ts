/**
 * Writes a safe integer as one of 64 bits.
 *
 * @param halves The lower and the upper half of each integer.
 */
export function setHalves(halves: Int32Array, index: number, value: number): void {
  const high = Math.floor(value / 4294967296);
  halves[2 * index] = value - high * 4294967296;
  halves[2 * index + 1] = high;
}
