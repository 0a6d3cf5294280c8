/**
 * Where the balanced tree over the values `from` up to `to` is parted: each left side is a power of two,
 * so that the tree's shape depends on their number alone, and values `8k` up to `8k + 8` are one branch.
 */
export function middleOf(from: number, to: number): number {
  return from + 2 ** Math.floor(Math.log2(to - from - 1));
}

/** Pieces of a unit at most, and units at least of a large dataset, so that many workers have some. */
const LONGEST_UNIT = 8, UNITS = 8;

/**
 * Pieces that follow each other and may be summed up as one, of `of` in total: a power of two, so that a unit is a
 * branch of the tree. It depends on their number alone, and so does the result.
 */
export function unitLength(of: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, Math.min(LONGEST_UNIT, of / UNITS))));
}

/** Units of a block: where its first piece has many groups, some of them or all are summed up as one. */
const BLOCK_UNITS = 4;

/** Pieces of a block, of `of` in total. */
export function blockLength(of: number): number {
  return BLOCK_UNITS * unitLength(of);
}

/** Merges `count` values, at least 1, pairwise in order, one step after another. */
export async function mergeInTurn<T>(
  count: number,
  value: (index: number) => Promise<T>,
  combine: (left: T, right: T) => Promise<T>,
): Promise<T> {
  const merge = async (from: number, to: number): Promise<T> => {
    if (to - from === 1) return await value(from);
    const middle = middleOf(from, to);
    const left = await merge(from, middle);
    return await combine(left, await merge(middle, to));
  };
  return await merge(0, count);
}

/** Parts pieces into runs that follow each other, all but the last of the same length. */
export function inRuns<T>(pieces: T[], length: number): T[][] {
  return Array.from(
    { length: Math.ceil(pieces.length / length) },
    (_, run) => pieces.slice(run * length, (run + 1) * length),
  );
}
