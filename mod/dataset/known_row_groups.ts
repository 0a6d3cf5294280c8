import type { RowGroup } from "hyparquet";
import type { OpenedDataset, OpenedDatasetFile } from "./dataset.ts";

/** Bytes of a dataset's footers up to which row groups are kept as objects, which take about ten times as much memory. */
const MOST_BYTES = 1 << 20;
/** Sets of leaves of a file of which they are kept. */
const MOST_SETS = 4;

/** What files tell of row groups, by what tells it and by the leaves that it is told of. */
const known = new WeakMap<OpenedDatasetFile["rowGroups"], Map<string, RowGroup[]>>();

/**
 * What a file's footer says of some leaves. Of the dataset that an engine has opened last it is kept: jobs that ask it
 * for one time after another want the same.
 */
export function knownRowGroups(
  dataset: OpenedDataset,
  { rowGroups }: OpenedDatasetFile,
  leaves: ReadonlySet<number>,
): RowGroup[] {
  const sets = known.get(rowGroups) ?? new Map<string, RowGroup[]>();
  const key = [...leaves].sort((a, b) => a - b).join(" ");
  const found = sets.get(key);
  if (found) return found;
  const groups = rowGroups(leaves);
  if (bytesOf(dataset) > MOST_BYTES) return groups;
  if (sets.size === MOST_SETS) sets.clear();
  sets.set(key, groups);
  known.set(rowGroups, sets);
  return groups;
}

const sizes = new WeakMap<OpenedDataset["files"], number>();

/** Bytes of all footers. Those of which none are kept are too long. */
function bytesOf({ files }: OpenedDataset): number {
  let bytes = sizes.get(files);
  if (bytes === undefined) {
    bytes = files.reduce((sum, { footerBytes }) => sum + (footerBytes || Infinity), 0);
    sizes.set(files, bytes);
  }
  return bytes;
}
