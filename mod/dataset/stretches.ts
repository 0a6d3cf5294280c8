/** Chosen rows by where they lie in the dataset. */
import { type Dataset, type DatasetPartition, rowRange } from "./dataset.ts";
import { rowsOfRanges, type Selected } from "./select.ts";

/** Rows of a dataset that follow each other: from `from` up to `to`, not included. */
export interface Stretch {
  from: number;
  to: number;
}

/** Where the chosen rows of a partition lie, in their order. */
export function stretchesOf(
  { files }: Dataset,
  { partition, selection }: Selected,
): Stretch[] {
  const found: Stretch[] = [];
  let before = 0, k = 0;
  for (const { file, partition: { slices } } of partition.parts) {
    const { rowStart, chunks } = files[file]!;
    let group = 0, start = rowStart;
    for (const { rowGroup, from, to } of slices) {
      for (; group < rowGroup; group++) start += chunks.rows[group]!;
      if (!selection) add(found, { from: start + from, to: start + to });
      for (; selection && k < selection.length && selection[k]! < before + to - from; k++) {
        const row = start + from + selection[k]! - before;
        add(found, { from: row, to: row + 1 });
      }
      before += to - from;
    }
  }
  return found;
}

/** Puts stretches together between which fewer rows lie than `gap`; they may overlap, and begin in rising order. */
export function joined(stretches: Iterable<Stretch>, gap: number): Stretch[] {
  const found: Stretch[] = [];
  for (const stretch of stretches) add(found, { ...stretch }, gap);
  return found;
}

function add(found: Stretch[], stretch: Stretch, gap = 1): void {
  const last = found.at(-1);
  if (last && stretch.from - last.to < gap) last.to = Math.max(last.to, stretch.to);
  else found.push(stretch);
}

/** The rows of stretches, at least one, as one partition; its index is -1. */
export function rowsOfStretches(dataset: Dataset, stretches: readonly Stretch[]): DatasetPartition {
  const first = stretches[0]!.from;
  return rowsOfRanges(
    rowRange(dataset, first, stretches.at(-1)!.to),
    stretches.map(({ from, to }) => ({ from: from - first, to: to - first })),
  );
}
