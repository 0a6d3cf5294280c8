import { type Dataset, type DatasetPartition, planDataset, rowRange } from "../dataset/dataset.ts";
import { compileFilter } from "../dataset/predicate.ts";
import { planFiltered } from "../dataset/prune.ts";
import type { FormulaTraits } from "../formula/messages.ts";
import type { SkippedWork } from "../job.ts";

/** What of a dataset is worked on, and what was ruled out without being read. */
export interface PlannedWork {
  partitions: DatasetPartition[];
  skipped: SkippedWork;
}

/**
 * Divides a dataset for a formula, or takes its first rows for a trial. With a filter, what its statistics rule out is left out.
 *
 * @throws ServiceError `FORMULA_INVALID` for a filter that makes no sense.
 */
export function planWork(
  dataset: Dataset,
  { filter }: FormulaTraits,
  tryRows?: number,
): PlannedWork {
  if (tryRows !== undefined) {
    if (filter !== null) compileFilter(filter, dataset.columns);
    const first = rowRange(dataset, 0, Math.min(tryRows, dataset.rows));
    const skipped = { rowGroups: 0, pages: 0, rows: 0 };
    return { partitions: [{ ...first, index: 0 }], skipped };
  }
  if (filter === null) {
    const partitions = planDataset(dataset);
    return { partitions, skipped: { rowGroups: 0, pages: 0, rows: 0 } };
  }
  return planFiltered(dataset, compileFilter(filter, dataset.columns));
}
