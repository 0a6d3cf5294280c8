import { middleOf } from "../../formula/merge.ts";

/**
 * Runs `count` pieces of work and takes their results in order. At most `window` pieces are ahead of
 * the one whose turn it is, so that no more results than that wait in memory.
 *
 * @throws the failure of the first piece that failed; later ones are not looked at.
 */
export async function inOrder<T>(
  count: number,
  window: number,
  start: (index: number) => Promise<T>,
  take: (result: T, index: number) => void,
): Promise<void> {
  const ahead: Promise<T>[] = [];
  for (let index = 0; index < count; index++) {
    while (ahead.length < window && index + ahead.length < count) {
      const piece = start(index + ahead.length);
      piece.catch(() => {}); // seen when its turn comes, or not at all after an earlier failure
      ahead.push(piece);
    }
    take(await ahead.shift()!, index);
  }
}

/** Values that are merged at once, at most: more would have to be in memory together. */
const MOST_MERGED = 16;

/** Values that follow each other in the tree. */
interface Branch<T> {
  values: T[];
  /** Whether these are values that nobody has merged yet. */
  isOpen: boolean;
}

/**
 * Merges `count` values in order, as branches of the tree of {@linkcode middleOf}: the result does not
 * depend on how many workers there were or which of them was quicker.
 *
 * @param value Gives the value from one number on up to another, not included.
 * @param merge Merges values of the same tree, at most {@linkcode MOST_MERGED} at once.
 * @param isLarge Whether values are so large that it is worth it to merge them by themselves, two at once.
 * @param isWhole Whether `value` gives that of a branch, and not only of single numbers.
 * @returns What is left to be merged at the end: these values are the tree's last branches.
 */
export async function mergeBranches<T>(
  count: number,
  value: (from: number, to: number) => Promise<T>,
  merge: (values: T[]) => Promise<T>,
  isLarge: (values: T[]) => boolean = () => false,
  isWhole: (from: number, to: number) => Promise<boolean> | false = () => false,
): Promise<T[]> {
  const closed = async ({ values }: Branch<T>) =>
    values.length === 1 ? values[0]! : await merge(values);
  const isOne = (from: number, to: number) => to - from === 1 || isWhole(from, to);
  const both = async (from: number, to: number): Promise<Branch<T>> => {
    const middle = middleOf(from, to);
    const [left, right] = await Promise.all([branch(from, middle), branch(middle, to)]);
    const values = [...left.values, ...right.values];
    const isOpen = left.isOpen && right.isOpen && values.length <= MOST_MERGED && !isLarge(values);
    if (isOpen) return { values, isOpen };
    return { values: await Promise.all([closed(left), closed(right)]), isOpen };
  };
  const branch = async (from: number, to: number): Promise<Branch<T>> => {
    const one = isOne(from, to);
    if (one && await one) return { values: [await value(from, to)], isOpen: true };
    const found = await both(from, to);
    return found.isOpen ? found : { values: [await merge(found.values)], isOpen: false };
  };
  const all = isOne(0, count);
  if (all && await all) return [await value(0, count)];
  return (await both(0, count)).values;
}

/** Pieces that are given to a worker at once, at most: what it has read of a large page serves them all. */
const LONGEST_RUN = 8;

/**
 * How many of `count` pieces make a run, so that each worker has some: a power of two, so that runs are
 * branches of the tree of {@linkcode middleOf}.
 *
 * @param least As many at least, a power of two.
 */
export function runLength(count: number, workers: number, least = 1): number {
  const share = Math.max(least, Math.min(LONGEST_RUN, count / (2 * workers)));
  return 2 ** Math.floor(Math.log2(share));
}

/** Parts of the results of pieces of work, in order: those of the piece whose turn it is are taken at once. */
export class OrderedParts<T> {
  readonly #take: (part: T) => void;
  readonly #waiting = new Map<number, (() => void)[]>();
  #turn = 0;

  constructor(take: (part: T) => void) {
    this.#take = take;
  }

  /** @param then Called when the part was taken. */
  add(index: number, part: T, then: () => void): void {
    const take = () => {
      this.#take(part);
      then();
    };
    if (index === this.#turn) return take();
    const waiting = this.#waiting.get(index) ?? [];
    this.#waiting.set(index, waiting);
    waiting.push(take);
  }

  /** The piece whose turn it was is done. */
  next(): void {
    const waiting = this.#waiting.get(++this.#turn) ?? [];
    this.#waiting.delete(this.#turn);
    for (const take of waiting) take();
  }
}
