import { join } from "@std/path";
import { JobLog } from "../engine/log.ts";
import { ServiceError } from "../errors.ts";
import type { ComputedPart, JobPlan, JobReport } from "../job.ts";
import { partialPath, partName as fileName } from "../loader.ts";
import { openParquet } from "../parquet/dataset.ts";
import type { Column } from "../parquet/schema.ts";
import type { Job } from "./bull.ts";
import { errorOf } from "./failure.ts";
import type { FlowResult, SharedPlan, TaskResult } from "./messages.ts";
import { groupOf, taskOf } from "./names.ts";
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
  const parts = results.map(({ report: { computed } }) => {
    if (computed === undefined) throw forged("a result", "it is of no part");
    return computed;
  });
  const part = partName(results.length);
  if (plan.folder && kind === "map") {
    return { part, report: { ...results[0]!.report, ...await gather({ ...plan, part }, parts) } };
  }
  const step = { type: "finish", kind, parts } as const;
  return { part, report: await engines.run({ ...plan, part, step }, {}, ends) };
}

/** Makes a folder of the parts, which keep their own names beside it until the job has ended. */
async function gather(
  plan: JobPlan & { part: string },
  parts: ComputedPart[],
): Promise<Pick<JobReport, "file" | "rows" | "bytesWritten">> {
  const folder = partialPath(plan);
  await Deno.mkdir(folder);
  let first: Column[] | null = null;
  for (const [index, { file }] of parts.entries()) {
    const path = partialPath({ ...plan, part: file });
    const { columns } = openParquet(path);
    assertAlike(first ??= columns, columns);
    await Deno.link(path, join(folder, fileName(index)));
  }
  using handle = await Deno.open(folder);
  await handle.sync();
  const bytesWritten = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  if (bytesWritten > plan.limits.resultBytes) {
    throw new ServiceError(
      "TOO_LARGE",
      `the result would take more than the ${plan.limits.resultBytes} bytes it is allowed; return less or ask for more`,
    );
  }
  return {
    file: `${plan.stem}/`,
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    bytesWritten,
  };
}

/** Files of a folder are read as one table. @throws ServiceError `FORMULA_FAILED` */
function assertAlike(first: Column[], columns: Column[]): void {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  for (const { name, type } of first) {
    const own = types.get(name);
    if (own === type) continue;
    const how = own === undefined
      ? `column "${name}" is missing in a later partition`
      : `column "${name}" is ${type} in one partition and ${own} in another`;
    throw new ServiceError(
      "FORMULA_FAILED",
      `${how}; a formula must return the same columns for every partition, and for a folder of files columns of nulls must be typed, too`,
    );
  }
  if (columns.length === first.length) return;
  const strange = columns.find(({ name }) => !first.some((one) => one.name === name))!;
  throw new ServiceError(
    "FORMULA_FAILED",
    `column "${strange.name}" is in a later partition and not in the first; a formula must return the same columns for every partition`,
  );
}
