import type { RowSpan } from "../../job/request.ts";

/** Bins of equally many rows, or each larger than the one before by the same factor. */
export type Spacing = "linear" | "log";

/** Rows at which bins begin, ascending, and the end of the last; no more than so many bins. */
export function edgesOf({ from, to }: RowSpan, bins: number, spacing: Spacing): number[] {
  const rows = to - from;
  const count = Math.min(bins, rows);
  const at = spacing === "linear" || from > 0 && to / from < 2
    ? (bin: number) => from + rows * bin / count
    : (bin: number) => (from + 1) * ((to + 1) / (from + 1)) ** (bin / count) - 1;
  const edges = [from];
  for (let bin = 1; bin < count; bin++) {
    const edge = Math.max(Math.round(at(bin)), edges.at(-1)! + 1);
    if (edge < to) edges.push(edge);
  }
  return rows > 0 ? [...edges, to] : [from, from + 1];
}
