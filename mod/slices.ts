/** How long work may take before others have their turn, in milliseconds. */
const SLICE = 4;

/** Divides long work on a thread that has other things to do: `if (slices.due) await slices.next();`. */
export class Slices {
  #began = performance.now();

  /** Whether it has worked for long enough. */
  get due(): boolean {
    return performance.now() - this.#began > SLICE;
  }

  /** Lets others have their turn. */
  async next(): Promise<void> {
    await new Promise((go) => setTimeout(go, 0));
    this.#began = performance.now();
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

/** Items that are sorted at once. */
const FIRST_RUN = 256;

async function merge<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (a: T, b: T) => number,
  slices: Slices,
): Promise<T[]> {
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
