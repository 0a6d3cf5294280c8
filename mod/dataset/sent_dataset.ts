import { type Dataset, type DatasetFile, type OpenedDataset, withoutFooters } from "./dataset.ts";
import { isKnown } from "./known_files.ts";

/** What of a dataset is fit for a message to a worker. */
export interface SentDataset {
  dataset: Dataset;
  /** A number that stands for it as long as all of its files are known; `null` where they are not. */
  hold: number | null;
}

/** What was given last, where all of its files are known. */
let last: SentDataset | null = null;
let count = 0;

/** What is to be sent of a dataset: the same with the same number where its files are as they were in the last job. */
export function sentDataset(dataset: OpenedDataset): SentDataset {
  if (last && isSame(last.dataset, dataset)) return last;
  const isKept = dataset.files.every(({ path, chunks }) => isKnown(path, chunks));
  const sent = { dataset: withoutFooters(dataset), hold: isKept ? ++count : null };
  last = isKept ? sent : null;
  return sent;
}

/** Whether datasets are of the same readings of the same files, so that all else that they say is the same, too. */
function isSame(one: Dataset, other: OpenedDataset): boolean {
  return one.name === other.name && one.files.length === other.files.length &&
    one.files.every((file, index) => isSameFile(file, other.files[index]!));
}

function isSameFile(one: DatasetFile, other: DatasetFile): boolean {
  if (one.chunks !== other.chunks || one.path !== other.path) return false;
  const names = Object.keys(one.hive);
  return names.length === Object.keys(other.hive).length &&
    names.every((name) => one.hive[name] === other.hive[name]);
}
