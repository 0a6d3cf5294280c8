/** Addresses in a kernel's memory. */

/**
 * The next address that 16 divides, or this one. Bit operations would turn addresses from 2 GiB on negative; those that
 * are beyond any memory have to stay so, for the memory to refuse them.
 */
export function aligned(at: number): number {
  return Math.ceil(at / 16) * 16;
}
