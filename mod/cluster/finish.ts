import { JobLog } from "../engine/link/printed_lines.ts";
import { ServiceError } from "../common/errors.ts";
import { partsOf } from "../job/kinds.ts";
import type { JobPlan, JobReport } from "../job/request.ts";
import type { Step } from "../engine/link/steps/steps.ts";
import type { Job } from "./bull.ts";
import { errorOf } from "./task_failure.ts";
import type { FlowResult, SharedPlan, TaskResult } from "./task_messages.ts";
import { groupOf, taskOf } from "./redis_keys.ts";
import type { Sealed } from "./seal.ts";
import { forged, PARENT, shaped, TASK_RESULT } from "./shapes.ts";
import { partName, type Workshop } from "./task.ts";

/** Makes one result, under a hidden name yet, of what the parts of a job came to. */
export async function finishJob(
  job: Job<unknown>,
  shop: Workshop,
  ends: AbortSignal,
): Promise<Sealed<FlowResult>> {
  const data = shaped(PARENT, shop.seal.open(String(job.id), job.data), "a job");
  const { flow, groups, began } = data;
  if (job.id !== flow) throw forged("a job", "it has another name");
  const failures = Object.entries(await job.getIgnoredChildrenFailures())
    .sort(([a], [b]) => groupOf(a) - groupOf(b));
  if (failures.length > 0) {
    await job.removeUnprocessedChildren();
    await shop.giveUp(flow);
    throw firstOf(failures.map(([, reason]) => errorOf(reason)));
  }
  const values = await job.getChildrenValues<unknown>();
  const keys = Object.keys(values).sort((a, b) => groupOf(a) - groupOf(b));
  const results = keys.map((key) => {
    const id = taskOf(key);
    return shaped(TASK_RESULT, shop.seal.open(id, values[key]), `a result of ${id}`);
  });
  if (results.length !== groups) {
    throw new ServiceError(
      "INTERNAL",
      `${groups - results.length} parts of the job are not there any more`,
    );
  }
  const [shared, plan] = await shop.plan(data);
  const [only] = results as [TaskResult];
  const { report, part } = groups === 1
    ? only
    : await putTogether(shared, plan, results, shop, ends);
  const log = new JobLog(plan.limits.logBytes);
  if (plan.filter) log.add(plan.filter.log);
  for (const { report } of results) log.add(report.log);
  const workers = new Map(results.map(({ node, workers }) => [node, workers]));
  return shop.seal.close(flow, {
    part,
    report: {
      ...report,
      kind: shared.kind,
      partitions: shared.partitions,
      seconds: Math.max(0, Date.now() - began) / 1000,
      bytesRead: results.reduce((sum, { report }) => sum + report.bytesRead, 0),
      workers: [...workers.values()].reduce((sum, workers) => sum + workers, 0),
      ...(only.report.skipped === undefined ? {} : { skipped: only.report.skipped }),
      ...(only.report.joined === undefined ? {} : { joined: only.report.joined }),
      log: log.lines,
    },
  });
}

/** A part that was stopped because of another's failure has none of its own. */
function firstOf(errors: ServiceError[]): ServiceError {
  return errors.find(({ code }) => code !== "CANCELLED") ?? errors[0]!;
}

async function putTogether(
  { kind }: SharedPlan,
  plan: JobPlan,
  results: TaskResult[],
  { engines }: Workshop,
  ends: AbortSignal,
): Promise<{ report: JobReport; part: string }> {
  const parts = results.map(({ report }) => {
    if (!("computed" in report)) throw forged("a result", "it is of no part");
    return report.computed;
  });
  const part = partName(results.length);
  const step: Step<"gather" | "finish"> =
    plan.folder && plan.partitionBy === undefined && partsOf(kind) === "rows"
      ? { type: "gather", parts, part }
      : { type: "finish", kind, parts, part };
  return { part, report: await engines.run({ ...plan, step }, {}, ends) };
}
