import { middleOf } from "../formula/merge.ts";

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

/**
 * Merges `count` values pairwise in order, as a balanced tree whose shape depends on `count` alone:
 * the result does not depend on how many workers there were or which of them was quicker.
 */
export function mergePairwise<T>(
  count: number,
  value: (index: number) => Promise<T>,
  combine: (left: T, right: T) => Promise<T>,
): Promise<T> {
  const merge = async (from: number, to: number): Promise<T> => {
    if (to - from === 1) return await value(from);
    const middle = middleOf(from, to);
    const [left, right] = await Promise.all([merge(from, middle), merge(middle, to)]);
    return await combine(left, right);
  };
  return merge(0, count);
}

/** Pieces that are given to a worker at once, at most: what it has read of a large page serves them all. */
const LONGEST_RUN = 8;

/**
 * How many of `count` pieces make a run, so that each worker has some: a power of two, so that runs are
 * branches of the tree of {@linkcode mergePairwise}.
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
