/** Validity of a partition: made when the first null is met. */
export class Validity {
  bytes: Uint8Array | null = null;
  readonly #rows: number;

  constructor(rows: number) {
    this.#rows = rows;
  }

  set(from: Uint8Array, start: number, end: number, at: number): void {
    this.bytes ??= new Uint8Array(this.#rows).fill(1);
    this.bytes.set(from.subarray(start, end), at);
  }
}
