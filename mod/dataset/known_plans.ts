import { type Dataset, type DatasetPartition, largestOf, planDataset } from "./dataset.ts";

/** How a dataset is divided. */
export class DatasetPlan {
  readonly partitions: DatasetPartition[];
  readonly #measure: () => number;
  #largest: number | null = null;

  constructor(partitions: DatasetPartition[], measure: () => number) {
    this.partitions = partitions;
    this.#measure = measure;
  }

  /** Bytes that the columns of the largest partition take in memory. */
  get largest(): number {
    return this.#largest ??= this.#measure();
  }
}

/** Plans of a dataset that are kept: jobs on the same data mostly want the same ones. */
const MOST_PLANS = 4;

const known = new WeakMap<Dataset, Map<string, DatasetPlan>>();

/** Divides a dataset as {@linkcode planDataset} does, once for jobs on the same data that want the same. */
export function planOnce(
  dataset: Dataset,
  names: readonly string[] | null,
  mostBytes: number,
): DatasetPlan {
  const plans = known.get(dataset) ?? new Map<string, DatasetPlan>();
  known.set(dataset, plans);
  const key = JSON.stringify([mostBytes, names]);
  const plan = plans.get(key) ?? planned(dataset, names, mostBytes);
  plans.delete(key);
  plans.set(key, plan);
  if (plans.size > MOST_PLANS) plans.delete(plans.keys().next().value!);
  return plan;
}

function planned(
  dataset: Dataset,
  names: readonly string[] | null,
  mostBytes: number,
): DatasetPlan {
  const partitions = planDataset(dataset, names, mostBytes);
  return new DatasetPlan(partitions, () => largestOf(dataset, partitions, names));
}
