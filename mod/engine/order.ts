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
    const half = from + 2 ** Math.floor(Math.log2(to - from - 1));
    const [left, right] = await Promise.all([merge(from, half), merge(half, to)]);
    return await combine(left, right);
  };
  return merge(0, count);
}
