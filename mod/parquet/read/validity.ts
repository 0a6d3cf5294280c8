/** Validity of a partition: made when the first null is met. */
export class Validity {
  /** 1 for a value, 0 for a null; null as long as no page had levels. */
  bytes: Uint8Array | null = null;
  readonly #rows: number;

  constructor(rows: number) {
    this.#rows = rows;
  }

  set(from: Uint8Array, start: number, end: number, at: number): void {
    this.bytes ??= new Uint8Array(this.#rows).fill(1);
    this.bytes.set(from.subarray(start, end), at);
  }

  /** The validity; null when there is no null. */
  get withNulls(): Uint8Array | null {
    return this.bytes?.includes(0) ? this.bytes : null;
  }
}

/** How many rows behind `from` a value is, by its place among those that are there. */
export function rowOf(validity: Uint8Array | null, index: number, from = 0): number {
  if (!validity) return index;
  let row = from;
  for (let seen = 0;; row++) if (validity[row] && seen++ === index) return row - from;
}
