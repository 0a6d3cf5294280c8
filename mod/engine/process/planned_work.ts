import {
  type Dataset,
  type DatasetPartition,
  largestOf,
  type OpenedDataset,
  planDataset,
  rowRange,
} from "../../dataset/dataset.ts";
import { planOnce } from "../../dataset/known_plans.ts";
import { rowsOfPartition } from "../../dataset/partition_rows.ts";
import type { Predicate } from "../../dataset/predicate.ts";
import { planFiltered } from "../../dataset/prune.ts";
import { partitionBytes } from "../../parquet/read/partition.ts";
import type { ChosenTraits } from "../../formula/traits.ts";
import { type RowSpan, type SkippedWork, TRIED_BY_FILTER } from "../../job/request.ts";
import type { Step } from "../link/steps/steps.ts";

/** What of a dataset is worked on, and what was ruled out without being read. */
export interface PlannedWork {
  partitions: DatasetPartition[];
  skipped: SkippedWork;
  /** Bytes that the columns of the largest partition take in memory; `null` where a filter leaves rows out. */
  largest: number | null;
}

const NOTHING_SKIPPED: SkippedWork = { rowGroups: 0, pages: 0, rows: 0 };

/**
 * Divides a dataset for a formula, or takes its first rows for a trial, or those that are viewed. With a filter,
 * what its statistics rule out is left out.
 *
 * @param workBytes What the data under way may take.
 */
export function planWork(
  dataset: OpenedDataset,
  { filter, columns }: Pick<ChosenTraits, "filter" | "columns">,
  step: Step,
  workBytes: number,
): PlannedWork {
  if (step.type === "trial") {
    const partitions = [{ ...triedRows(dataset, filter, step.rows), index: 0 }];
    const largest = filter === null ? largestOf(dataset, partitions, columns) : null;
    return { partitions, skipped: NOTHING_SKIPPED, largest };
  }
  const most = partitionBytes(workBytes);
  if (filter === null) {
    if (!("span" in step)) {
      const { partitions, largest } = planOnce(dataset, columns, most);
      return { partitions, largest, skipped: NOTHING_SKIPPED };
    }
    const partitions = planSpan(dataset, step.span, most);
    const largest = largestOf(dataset, partitions, columns);
    return { partitions, skipped: NOTHING_SKIPPED, largest };
  }
  const planned = planFiltered(dataset, filter, columns, most);
  return { ...planned, largest: null };
}

/** The first rows of a dataset, or the first of those that statistics don't rule out. */
function triedRows(
  dataset: OpenedDataset,
  filter: Predicate | null,
  most: number,
): DatasetPartition {
  if (filter === null) return rowRange(dataset, 0, Math.min(most, dataset.rows));
  const first = planFiltered(dataset, filter).partitions[0]!;
  return rowsOfPartition(first, 0, Math.min(TRIED_BY_FILTER, first.rows));
}

/** The partitions of a dataset, cut to these rows; one without rows where there are none of them. */
function planSpan(dataset: Dataset, { from, to }: RowSpan, most: number): DatasetPartition[] {
  const cut = planDataset(dataset, null, most).map(({ rowStart, rows }) => ({
    first: Math.max(from, rowStart),
    end: Math.min(to, rowStart + rows),
  })).filter(({ first, end }) => first < end);
  if (cut.length === 0) cut.push({ first: 0, end: 0 });
  return cut.map(({ first, end }, index) => ({ ...rowRange(dataset, first, end), index }));
}
