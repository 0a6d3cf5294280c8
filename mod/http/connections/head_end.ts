/** Signs that end lines. */
export const LF = 0x0a, CR = 0x0d;

/** Finds the end of a request's head in bytes that come in pieces: the first empty line behind another one. */
export class HeadEnd {
  /** A line that isn't empty has begun: those before a request mean nothing. */
  #begun = false;
  /** Nothing has come of the line that is due. */
  #empty = true;

  /** Whether the end is in these bytes, which follow those given before. */
  isIn(bytes: Uint8Array): boolean {
    for (const byte of bytes) {
      if (byte === LF) {
        if (this.#begun && this.#empty) return true;
        this.#empty = true;
      } else if (byte !== CR) {
        this.#begun = true;
        this.#empty = false;
      }
    }
    return false;
  }
}
