/** How many of rising numbers are below one. */
export function lowerBound(numbers: ArrayLike<number>, limit: number): number {
  let from = 0, to = numbers.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (numbers[middle]! < limit) from = middle + 1;
    else to = middle;
  }
  return from;
}
