/** What a thread may hold of its jobs and yet serve another: modules that it has imported are never let go of. */
export const MOST_LEFT = {
  /** JavaScript heap, in bytes; a thread is given so much more than its formula is allowed. */
  heap: 128 << 20,
  /** With what lies outside of the heap: the memory of arrays. */
  all: 256 << 20,
} as const;
