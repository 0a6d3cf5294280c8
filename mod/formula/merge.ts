/**
 * Where the balanced tree over the values `from` up to `to` is parted: each left side is a power of two,
 * so that the tree's shape depends on their number alone, and values `8k` up to `8k + 8` are one branch.
 */
export function middleOf(from: number, to: number): number {
  return from + 2 ** Math.floor(Math.log2(to - from - 1));
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
