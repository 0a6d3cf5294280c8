import { resolve } from "@std/path";
import { ServiceError } from "../../common/errors.ts";
import { Client, type JobFields } from "../../client.ts";
import { RESULT_CODECS } from "../../job/request.ts";
import { Jobs } from "../../jobs/jobs.ts";
import { JobStore } from "../../jobs/store.ts";
import { Manager } from "../../manager.ts";
import { Math as MathPart } from "../../math.ts";
import { Hosts } from "../../remote/hosts.ts";
import { Roots } from "../../system/roots.ts";
import { Service } from "../../service.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { SETTINGS } from "../../settings/table.ts";
import { frameOf } from "../../wire/framing.ts";
import { errorReply, isError, parseFrame, type Request } from "../../wire/message.ts";
import { out } from "../output/standard_output.ts";
import { checkedParams } from "../arguments/params.ts";
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
    settingOption("allow-host", "HTTP server that a URL in --base may name"),
  ],
  examples: [
    `${PROGRAM} run --directory data --base time_series.parquet --file work.ts`,
    `${PROGRAM} run --directory data --base time_series.parquet --file work.ts --params '{"gain":2}'`,
  ],
  run: runJob,
};

async function runJob(given: Given): Promise<number> {
  const remote = optionOf(given, "remote");
  if (remote !== undefined) return await runRemotely(remote, given);
  const directory = resolve(required(given, "directory"));
  const request = requestOf(directory, given);
  const reply = await replyTo(request, directory, given.options.get("allow-host"));
  out(reply + "\n");
  return isError(JSON.parse(reply)) ? 1 : 0;
}

/** Submits the job, shows how far it is, and prints the reply that its result is. */
async function runRemotely(remote: string, given: Given): Promise<number> {
  const [, hostname, port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(remote) ?? [];
  if (hostname === undefined) throw new UsageError("--remote must be HOST:PORT", "run");
  const { value } = requestOf(required(given, "directory"), given);
  await using client = await Client.connect(withAccess(hostname, Number(port), given));
  const submitted = client.submit(value.Request as JobFields);
  const interrupted = () => {
    submitted.then(({ Id }) => client.cancel(Id)).catch(() => {}); // how it ends is told by the watch
  };
  Deno.addSignalListener("SIGINT", interrupted);
  Deno.addSignalListener("SIGTERM", interrupted);
  const bar = new ProgressBar("job");
  const { Id } = await submitted;
  for await (const job of client.watch(Id)) {
    const { done, total, note } = progressOf(job);
    bar.update(done, total, note);
  }
  bar.end();
  Deno.removeSignalListener("SIGINT", interrupted);
  Deno.removeSignalListener("SIGTERM", interrupted);
  const reply = await client.ask("Job", { Action: "Result", Id });
  out(reply + "\n");
  return isError(JSON.parse(reply)) ? 1 : 0;
}

function requestOf(directory: string, given: Given): Request {
  const params = optionOf(given, "params"), codec = optionOf(given, "codec");
  const fields = [
    `"Directory":${JSON.stringify(directory)}`,
    `"Base":${JSON.stringify(required(given, "base"))}`,
    `"File":${JSON.stringify(required(given, "file"))}`,
    ...(params === undefined ? [] : [`"Params":${checkedParams(params, "run")}`]),
    ...(codec === undefined ? [] : [`"Codec":${JSON.stringify(codec)}`]),
  ];
  const frame = frameOf(`{"Header":"Dask","Request":{${fields.join(",")}}}`);
  return { value: parseFrame(frame), frame };
}

async function replyTo(
  request: Request,
  directory: string,
  allowed: string[] = [],
): Promise<string> {
  const { workers, limits } = defaultSettings();
  let roots, hosts;
  try {
    roots = new Roots([directory]);
    hosts = new Hosts(allowed);
  } catch (error) {
    return errorReply(request, ServiceError.from(error));
  }
  const math = new MathPart({
    roots,
    hosts,
    workers,
    spare: 1,
    limits,
  });
  const jobs = new Jobs(math, new JobStore());
  jobs.start();
  const manager = new Manager(new Service({ jobs, math, connections: () => 0, workers }), jobs);
  const bar = new ProgressBar("job");
  const cancel = new AbortController();
  const interrupted = () => cancel.abort();
  Deno.addSignalListener("SIGINT", interrupted);
  Deno.addSignalListener("SIGTERM", interrupted);
  try {
    return await manager.answer(request, {
      signal: cancel.signal,
      onProgress: ({ done, total, rowsDone, rows }) =>
        bar.update(done, total, `${rowsDone} of ${rows} rows`),
    }) as string; // one request to run a job has one reply
  } finally {
    bar.end();
    Deno.removeSignalListener("SIGINT", interrupted);
    Deno.removeSignalListener("SIGTERM", interrupted);
    jobs.close();
    await math.close();
  }
}

function required(given: Given, name: string): string {
  const value = optionOf(given, name);
  if (value === undefined) throw new UsageError(`--${name} is missing`, "run");
  return value;
}
