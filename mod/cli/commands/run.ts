import { resolve } from "@std/path";
import { reportedError } from "../../common/log.ts";
import type { Client } from "../../client.ts";
import type { Math as MathPart } from "../../math.ts";
import { defaultLimits } from "../../settings/limits.ts";
import { jobRequest } from "../../wire/job_action.ts";
import { jobIn, jobReply } from "../../wire/job_reply.ts";
import { errorReply, responseOf } from "../../wire/reply.ts";
import { localRequest, type Request } from "../../wire/request.ts";
import { givenJob, JOB_OPTIONS, QUEUE_OPTIONS } from "../arguments/job.ts";
import { localMath } from "../arguments/local.ts";
import { ADDRESS_OPTIONS, clientOf, namesService, progressOf } from "../arguments/remote.ts";
import { settingOption } from "../arguments/setting_options.ts";
import { type Command, type Given, PROGRAM, UsageError } from "../arguments/usage.ts";
import { failureIn, JSON_OPTION, printReply } from "../output/failure.ts";
import { Interruption } from "../output/interruption.ts";
import { ProgressBar } from "../output/progress_bar.ts";
import { runShown } from "../output/shown_run.ts";

export const run: Command = {
  name: "run",
  operands: "",
  summary: "run one job, here or on a service",
  description: `Runs a formula over a dataset and writes the result beside the data, as the service
does. With --host, --port or --remote a service does it: --directory is a folder
there, and what these leave out comes from the environment. Standard output gets
the reply that a client would get; in a terminal, a failure is told in words
unless --json is given. A progress bar is shown on standard error where that is
a terminal.

Ctrl-C cancels the job; a second one doesn't wait for its end.
Exit code 1 when the job failed, 130 when Ctrl-C cancelled it.`,
  options: [
    ...JOB_OPTIONS,
    JSON_OPTION,
    ...ADDRESS_OPTIONS,
    ...QUEUE_OPTIONS.map((option) => ({ ...option, help: `on a service: ${option.help}` })),
    settingOption("hosts", "here: HTTP server that a URL in --base may name"),
  ],
  examples: [
    `${PROGRAM} run --directory data --base time_series.parquet --file work.ts`,
    `${PROGRAM} run --directory data --base time_series.parquet --file work.ts --params '{"gain":2}'`,
    `${PROGRAM} run --directory data --base time_series.parquet --file work.ts --from 2024-05-01 --to 2024-05-02`,
    `${PROGRAM} run --port 27700 --directory /data --base time_series.parquet --file work.ts --timeout 600`,
  ],
  run: runJob,
};

async function runJob(given: Given): Promise<number> {
  using interruption = new Interruption();
  const reply = namesService(given)
    ? await runRemotely(given, interruption)
    : await runHere(given, interruption);
  const code = printReply(reply, given);
  return code === 0 ? 0 : interruption.code ?? code;
}

/** Runs the job in this process. @return the reply that a client would get */
async function runHere(given: Given, interruption: Interruption): Promise<string> {
  for (const { name } of [...QUEUE_OPTIONS, ...ADDRESS_OPTIONS]) {
    if (!given.options.has(name)) continue;
    throw new UsageError(`--${name} goes with a service: name it by --host or --port`, "run");
  }
  const { fields, params } = givenJob(given, "run", resolve);
  const request = localRequest("Dask", fields, { Params: params });
  await using open = new AsyncDisposableStack();
  const hosts = given.options.get("allow-host");
  return await answer(request, interruption, () => open.use(localMath([fields.Directory], hosts)));
}

async function answer(
  request: Request,
  interruption: Interruption,
  mathOf: () => MathPart,
): Promise<string> {
  try {
    const math = mathOf();
    const job = jobRequest(request);
    const report = await runShown(math, job, interruption);
    return jobReply(request, job, report, defaultLimits().replyBytes);
  } catch (thrown) {
    return errorReply(request, reportedError("the job failed unexpectedly", thrown));
  }
}

/** Submits the job and shows how far it is. @return the reply that its result is */
async function runRemotely(given: Given, interruption: Interruption): Promise<string> {
  if (given.options.has("allow-host")) {
    throw new UsageError("--allow-host is what the service was started with: leave it out", "run");
  }
  const { fields, key } = givenJob(given, "run");
  await using client = await clientOf(given, "run");
  const submitted = client.submitLine(fields, key);
  interruption.onCome(() => {
    submitted.then((reply) => client.cancel(idIn(reply))).catch(() => {}); // how it ends is told by the watch
  });
  const reply = await submitted;
  if (failureIn(reply) !== null) return reply;
  await follow(client, idIn(reply));
  return await client.resultLine(idIn(reply));
}

function idIn(reply: string): string {
  return jobIn(responseOf(JSON.parse(reply))).Id;
}

/** Shows how far a job of a service is until it has ended. */
async function follow(client: Client, id: string): Promise<void> {
  const bar = new ProgressBar("job");
  try {
    for await (const job of client.watch(id)) {
      const { done, total, note } = progressOf(job);
      bar.update(done, total, note);
    }
  } finally {
    bar.end();
  }
}
