/** The memory that a worker has for data under way: what it keeps for later follows it. */

/** Bytes of a worker that keeps all that pays. */
const AMPLE = 256 << 20;
/** The least share that is kept. */
const LEAST = 1 / 16;

let share = 1;

/** Tells what this thread may work with, in bytes: its share of the setting `work-bytes`. */
export function setWorkMemory(bytes: number): void {
  share = Math.max(LEAST, Math.min(1, bytes / AMPLE));
}

/** How much of something is kept at most, where that much of it is kept by a worker with ample memory. */
export function keptOf(most: number): number {
  return Math.ceil(most * share);
}
