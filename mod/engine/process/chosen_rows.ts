import { deserialize, serialize } from "node:v8";
import { ServiceError } from "../../common/errors.ts";
import type { Dataset } from "../../dataset/dataset.ts";
import { compileFilter, type Predicate } from "../../dataset/predicate.ts";
import { requestedRows } from "../../dataset/requested_rows.ts";
import type { ChosenTraits, FormulaTraits } from "../../formula/traits.ts";
import type { JobPlan } from "../../job/request.ts";
import type { WorkerPool } from "../workers/worker_pool.ts";

/** A formula that has been told which rows it sees. */
export interface ChosenRows {
  traits: ChosenTraits;
  /** What the formula's function gave, as a plan has it; `null` where it has none. */
  filter: string | null;
}

/**
 * Finds out which rows a job is of, and tells all of its workers: those that the formula's own filter and the request
 * both let through.
 *
 * @throws ServiceError `FORMULA_INVALID` for a filter of the formula's that makes no sense, `BAD_REQUEST` for the
 * request's, `FORMULA_FAILED` for what the formula's function threw
 */
export async function chooseRows(
  { rows, filter: known }: Pick<JobPlan, "rows" | "filter">,
  { filter: constant, makesFilter, ...traits }: FormulaTraits,
  dataset: Dataset,
  workerPool: WorkerPool,
): Promise<ChosenRows> {
  const asked = rows === undefined ? null : requestedRows(rows, dataset);
  const wanted = makesFilter ? await madeFilter(known, workerPool) : constant;
  const own = wanted === null ? null : compileFilter(wanted, dataset.columns);
  const filter = together(own, asked);
  if (filter !== null) tell(filter, workerPool);
  const packed = makesFilter ? serialize(wanted).toString("base64") : null;
  return { traits: { ...traits, filter }, filter: packed };
}

/** What a formula's function gives; where another engine has asked it for this job, the same. */
async function madeFilter(known: JobPlan["filter"], workerPool: WorkerPool): Promise<unknown> {
  if (known !== undefined) return deserialize(Uint8Array.fromBase64(known.value));
  return await workerPool.run({ type: "filter" });
}

/** Nobody waits for it: workers do what they are given in turn. Where one can't be told, all that is to be done fails. */
function tell(predicate: Predicate, workerPool: WorkerPool): void {
  workerPool.runOnAll({ type: "choose", predicate })
    .catch((thrown) => workerPool.fail(ServiceError.from(thrown)));
}

/** What both let through, without levels between: conditions on one column are answered together. */
function together(own: Predicate | null, asked: Predicate | null): Predicate | null {
  return own && asked ? { all: [own, asked].flatMap(partsOf) } : own ?? asked;
}

function partsOf(predicate: Predicate): Predicate[] {
  return "all" in predicate ? predicate.all : [predicate];
}
