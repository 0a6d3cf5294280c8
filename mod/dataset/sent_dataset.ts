import { type Dataset, type OpenedDataset, withoutFooters } from "./dataset.ts";
import { isAllKnown } from "./last_dataset.ts";

/** What of a dataset is fit for a message to a worker. */
export interface SentDataset {
  dataset: Dataset;
  /** A number that stands for it as long as all of its files are known; `null` where they are not. */
  hold: number | null;
}

/** What was given last, and what it was made of, where all of its files are known. */
let last: { of: OpenedDataset; sent: SentDataset } | null = null;
let count = 0;

/** What is to be sent of a dataset: the same with the same number where it is the dataset of the last job. */
export function sentDataset(dataset: OpenedDataset): SentDataset {
  if (last?.of === dataset) return last.sent;
  const isKept = isAllKnown(dataset.files);
  const sent = { dataset: withoutFooters(dataset), hold: isKept ? ++count : null };
  last = isKept ? { of: dataset, sent } : null;
  return sent;
}
