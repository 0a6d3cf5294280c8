/** Time of a slice of work, in milliseconds. Then others get their turn. */
const SLICE = 4;

/** Callers that wait to continue long work. One at a time continues. */
const waiting: (() => void)[] = [];

/** Settles when others had their turn. No other long work continues before their next one. */
function turn(): Promise<void> {
  return new Promise((go) => {
    if (waiting.push(go) === 1) setTimeout(wakeOne, 0);
  });
}

function wakeOne(): void {
  waiting.shift()!();
  if (waiting.length > 0) setTimeout(wakeOne, 0);
}

/**
 * Divides long work on a thread that has other things to do: `if (slices.due) await slices.next();`. Of works
 * that go on side by side one has a slice between two turns of the others.
 */
export class Slices {
  #began = performance.now();
  #pause: Promise<void> | null = null;

  /** Whether its slice is over. */
  get due(): boolean {
    return performance.now() - this.#began > SLICE;
  }

  /** Says that it has waited: others had their turn meanwhile. */
  waited(): void {
    this.#began = performance.now();
  }

  /** Gives others their turn; one turn for all that is done side by side in the same work. */
  next(): Promise<void> {
    return this.#pause ??= turn().then(() => {
      this.#pause = null;
      this.waited();
    });
  }
}

/** Approximate length of the texts that fit into one slice. */
const MOST_TEXT = 2 ** 19;

/** Delays callers that make long texts, so that they don't all come at once. */
export class TextTurns {
  #made = 0;

  /** Whether the slice is used up. */
  get due(): boolean {
    return this.#made > MOST_TEXT;
  }

  /** A text of this length was made. */
  add(length: number): void {
    if (this.#made === 0) setTimeout(() => this.#made = 0, 0);
    this.#made += length;
  }

  /** Settles when the next text may be made. */
  async next(): Promise<void> {
    while (this.due) {
      await turn();
      this.#made = 0;
    }
  }
}

/** Sorts in slices. */
export async function sortInSlices<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
  slices: Slices,
): Promise<T[]> {
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += FIRST_RUN) {
    runs.push(items.slice(at, at + FIRST_RUN).sort(compare));
    if (slices.due) await slices.next();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(await merge(runs[at]!, runs[at + 1] ?? [], compare, slices));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

/** Items that are sorted in one slice. */
const FIRST_RUN = 256;

async function merge<T>(
  a: T[],
  b: readonly T[],
  compare: (a: T, b: T) => number,
  slices: Slices,
): Promise<T[]> {
  if (b.length === 0 || compare(a.at(-1)!, b[0]!) <= 0) return a.concat(b);
  const merged: T[] = [];
  let left = 0, right = 0;
  while (left < a.length && right < b.length) {
    merged.push(compare(a[left]!, b[right]!) <= 0 ? a[left++]! : b[right++]!);
    if (merged.length % FIRST_RUN === 0 && slices.due) await slices.next();
  }
  while (left < a.length) merged.push(a[left++]!);
  while (right < b.length) merged.push(b[right++]!);
  return merged;
}
