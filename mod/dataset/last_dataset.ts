import type { OpenedFile } from "../parquet/read/parquet_file.ts";
import type { OpenedDataset } from "./dataset.ts";
import type { FolderValues } from "./hive.ts";
import { isKnown } from "./known_files.ts";

/** What was opened last, where all of its files are known, and its files as they are known. */
let last: { dataset: OpenedDataset; files: OpenedFile[] } | null = null;

/**
 * The dataset that was opened last, where this is the same one: of the same readings of the same files, so that all
 * else that it says is the same, too.
 *
 * @param found The files as they are known.
 */
export function lastDataset(
  name: string,
  files: { hive: FolderValues }[],
  found: OpenedFile[],
): OpenedDataset | null {
  if (last === null || last.dataset.name !== name || last.files.length !== found.length) {
    return null;
  }
  const { dataset, files: known } = last;
  const isSame = found.every((file, index) =>
    file === known[index] && isSameFolder(dataset.files[index]!.hive, files[index]!.hive)
  );
  return isSame ? dataset : null;
}

/** Keeps a dataset for the next job, where all of its files are known. */
export function keepDataset(dataset: OpenedDataset, files: OpenedFile[]): OpenedDataset {
  last = isAllKnown(files) ? { dataset, files } : null;
  return dataset;
}

/** Whether files are told again as long as they are as they are. */
export function isAllKnown(files: readonly Pick<OpenedFile, "path" | "chunks">[]): boolean {
  return files.every(({ path, chunks }) => isKnown(path, chunks));
}

function isSameFolder(one: FolderValues, other: FolderValues): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length &&
    names.every((name) => one[name] === other[name]);
}
