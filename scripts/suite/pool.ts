/**
 * Runs a task for each item in their order, so many side by side.
 *
 * @returns The results in the order in which they came.
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  count: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const left = [...items];
  const results: R[] = [];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      results.push(await task(item));
    }
  };
  await Promise.all(Array.from({ length: count }, worker));
  return results;
}
