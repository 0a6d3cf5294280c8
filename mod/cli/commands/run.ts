import { resolve } from "@std/path";
import { reportedError } from "../../common/log.ts";
import { Client } from "../../client.ts";
import {
  type JobReport,
  type JobRequest,
  RESULT_CODECS,
  type ResultCodec,
} from "../../job/request.ts";
import { CANCELLED } from "../../jobs/outcome.ts";
import type { Math as MathPart } from "../../math.ts";
import { defaultLimits } from "../../settings/limits.ts";
import { SETTINGS } from "../../settings/table.ts";
import { jobRequest } from "../../wire/job_action.ts";
import { JOB_HELP, type JobFields } from "../../wire/job_fields.ts";
import { jobReply } from "../../wire/job_reply.ts";
import { errorReply, isError } from "../../wire/reply.ts";
import { localRequest, type Request } from "../../wire/request.ts";
import { out } from "../output/standard_output.ts";
import { localMath } from "../arguments/local.ts";
import { INPUT_OPTION, inputFields } from "../arguments/inputs.ts";
import { checkedParams } from "../arguments/params.ts";
import { ROW_OPTIONS, rowFields } from "../arguments/rows.ts";
import { ProgressBar } from "../output/progress_bar.ts";
import { ACCESS_OPTIONS, progressOf, withAccess } from "../arguments/remote.ts";
import { settingOption } from "../arguments/setting_options.ts";
import { type Command, type Given, optionOf, PROGRAM, UsageError } from "../arguments/usage.ts";

export const run: Command = {
  name: "run",
  operands: "",
  summary: "run one job, here or on a service",
  description: `Runs a formula over a dataset and writes the result beside the data, as the service
does; with --remote a service does it. Standard output gets the reply that a
client would get; a progress bar is shown on standard error where that is a
terminal. Ctrl-C cancels the job. Exit code 1 when the job failed.`,
  options: [
    { name: "directory", value: "DIR", help: "folder of the data and the formula" },
    { name: "base", value: "FILE", help: "Parquet file, folder or glob in the folder, or a URL" },
    { name: "file", value: "FILE", help: "formula file in the folder" },
    { name: "params", value: "JSON", help: "handed to the formula as context.params" },
    { name: "output", value: "NAME", help: JOB_HELP.Output },
    INPUT_OPTION,
    ...ROW_OPTIONS,
    settingOption(
      "codec",
      `how the result is compressed: ${
        RESULT_CODECS.join(", ")
      } (default: ${SETTINGS.codec.default}, or the service's own)`,
    ),
    {
      name: "remote",
      value: "HOST:PORT",
      help: "submit the job to that service; --directory is a folder there",
    },
    ...ACCESS_OPTIONS,
    settingOption("hosts", "HTTP server that a URL in --base may name"),
  ],
  examples: [
    `${PROGRAM} run --directory data --base time_series.parquet --file work.ts`,
    `${PROGRAM} run --directory data --base time_series.parquet --file work.ts --params '{"gain":2}'`,
    `${PROGRAM} run --directory data --base time_series.parquet --file work.ts --from 2024-05-01 --to 2024-05-02`,
  ],
  run: runJob,
};

async function runJob(given: Given): Promise<number> {
  const remote = optionOf(given, "remote");
  return remote === undefined ? await runHere(given) : await runRemotely(remote, given);
}

/** Runs the job in this process, and prints the reply that a client would get. */
async function runHere(given: Given): Promise<number> {
  const directory = resolve(required(given, "directory"));
  const params = paramsOf(given);
  const request = localRequest("Dask", fieldsOf(directory, given, params), { Params: params });
  await using open = new AsyncDisposableStack();
  const hosts = given.options.get("allow-host");
  const { reply, code } = await answer(request, () => open.use(localMath([directory], hosts)));
  out(reply + "\n");
  return code;
}

/** The reply to a request for a job, and the exit code. */
async function answer(request: Request, mathOf: () => MathPart) {
  try {
    const math = mathOf();
    const job = jobRequest(request);
    const report = await computed(math, job);
    return { reply: jobReply(request, job, report, defaultLimits().replyBytes), code: 0 };
  } catch (thrown) {
    const error = reportedError("the job failed unexpectedly", thrown);
    return { reply: errorReply(request, error), code: 1 };
  }
}

/** Runs a job to its end, and shows how far it is. */
async function computed(math: MathPart, job: JobRequest): Promise<JobReport> {
  const bar = new ProgressBar("job");
  const cancel = new AbortController();
  using _ = onInterrupt(() => cancel.abort(CANCELLED));
  try {
    return await math.run(job, {
      signal: cancel.signal,
      onProgress: ({ done, total, rowsDone, rows }) =>
        bar.update(done, total, `${rowsDone} of ${rows} rows`),
    });
  } finally {
    bar.end();
  }
}

/** Submits the job, shows how far it is, and prints the reply that its result is. */
async function runRemotely(remote: string, given: Given): Promise<number> {
  const [, hostname, port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(remote) ?? [];
  if (hostname === undefined) throw new UsageError("--remote must be HOST:PORT", "run");
  const fields = fieldsOf(required(given, "directory"), given, paramsOf(given));
  await using client = await Client.connect(withAccess(hostname, Number(port), given));
  const submitted = client.submit(fields);
  const id = await followed(client, submitted.then(({ Id }) => Id));
  const reply = await client.resultLine(id);
  out(reply + "\n");
  return isError(JSON.parse(reply)) ? 1 : 0;
}

/** Shows how far a job of a service is until it has ended. */
async function followed(client: Client, submitted: Promise<string>): Promise<string> {
  using _ = onInterrupt(() => {
    submitted.then((id) => client.cancel(id)).catch(() => {}); // how it ends is told by the watch
  });
  const bar = new ProgressBar("job");
  const id = await submitted;
  for await (const job of client.watch(id)) {
    const { done, total, note } = progressOf(job);
    bar.update(done, total, note);
  }
  bar.end();
  return id;
}

/** Does something at Ctrl-C or when the process is to end, until it is disposed of. */
function onInterrupt(interrupted: () => void): Disposable {
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, interrupted);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, interrupted);
    },
  };
}

function fieldsOf(directory: string, given: Given, params: string | undefined): JobFields {
  const codec = optionOf(given, "codec");
  const output = optionOf(given, "output");
  return {
    Directory: directory,
    Base: required(given, "base"),
    File: required(given, "file"),
    ...(params === undefined ? {} : { Params: JSON.parse(params) }),
    ...(output === undefined ? {} : { Output: output }),
    ...(codec === undefined ? {} : { Codec: codec as ResultCodec }), // checked with the other fields
    ...inputFields(given, "run"),
    ...rowFields(given, "run"),
  };
}

function paramsOf(given: Given): string | undefined {
  const params = optionOf(given, "params");
  return params === undefined ? undefined : checkedParams(params, "run");
}

function required(given: Given, name: string): string {
  const value = optionOf(given, name);
  if (value === undefined) throw new UsageError(`--${name} is missing`, "run");
  return value;
}
