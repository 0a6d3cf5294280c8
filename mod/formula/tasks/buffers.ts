/** Values and lists that are looked at in a value; where there are more, its memory is copied. */
const MOST_LOOKS = 1000;

/** The memory of a value's typed arrays, so that it can be handed over; of a value that nobody else holds. */
export function buffersIn(value: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const waiting = [value];
  for (let looks = 0; waiting.length; looks++) {
    if (looks === MOST_LOOKS) return [];
    const next = waiting.pop();
    if (typeof next !== "object" || next === null) continue;
    if (ArrayBuffer.isView(next)) {
      if (next.buffer instanceof ArrayBuffer) buffers.add(next.buffer);
    } else if (!Array.isArray(next) || next.length < MOST_LOOKS) {
      waiting.push(...Object.values(next));
    }
  }
  return [...buffers];
}
