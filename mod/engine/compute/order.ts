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

/**
 * Merges `count` values in order, as branches of the tree of {@linkcode middleOf}: the result does not
 * depend on how many workers there were or which of them was quicker.
 *
 * @param merge Merges values of the same tree, at most {@linkcode MOST_MERGED} at once.
 * @returns What is left to be merged at the end: these values are the tree's last branches.
 */
export function mergeBranches<T>(
  count: number,
  value: (index: number) => Promise<T>,
  merge: (values: T[]) => Promise<T>,
): Promise<T[]> {
  const branches = async (from: number, to: number): Promise<T[]> => {
    if (to - from <= MOST_MERGED) {
      return await Promise.all(Array.from({ length: to - from }, (_, k) => value(from + k)));
    }
    const middle = middleOf(from, to);
    const merged = async (start: number, end: number) => {
      const values = await branches(start, end);
      return values.length === 1 ? values[0]! : await merge(values);
    };
    return await Promise.all([merged(from, middle), merged(middle, to)]);
  };
  return branches(0, count);
}

/** Pieces that are given to a worker at once, at most: what it has read of a large page serves them all. */
const LONGEST_RUN = 8;

/**
 * How many of `count` pieces make a run, so that each worker has some: a power of two, so that runs are
 * branches of the tree of {@linkcode middleOf}.
 */
export function runLength(count: number, workers: number): number {
  const share = Math.max(1, Math.min(LONGEST_RUN, count / (2 * workers)));
  return 2 ** Math.floor(Math.log2(share));
}

/** Parts pieces into runs that follow each other, all but the last of the same length. */
export function inRuns<T>(pieces: T[], length: number): T[][] {
  return Array.from(
    { length: Math.ceil(pieces.length / length) },
    (_, run) => pieces.slice(run * length, (run + 1) * length),
  );
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
