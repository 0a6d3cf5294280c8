/** A stretch of bytes: `bytes[at]` up to `bytes[end]`, not included. */
export interface Span {
  bytes: Uint8Array;
  at: number;
  end: number;
}
