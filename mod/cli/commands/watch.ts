import type { Client } from "../../client.ts";
import { isEnded } from "../../job/record.ts";
import { errorOf } from "../../wire/error_info.ts";
import type { JobInfo } from "../../wire/job_info.ts";
import { jobIn } from "../../wire/job_reply.ts";
import { responseOf } from "../../wire/reply.ts";
import { failureIn, failureWords, JSON_OPTION, printReply } from "../output/failure.ts";
import { err, out } from "../output/standard_output.ts";
import { ProgressBar } from "../output/progress_bar.ts";
import { ADDRESS_OPTIONS, clientOf, progressOf } from "../arguments/remote.ts";
import { type Command, type Given, PROGRAM, UsageError } from "../arguments/usage.ts";

export const watch: Command = {
  name: "watch",
  operands: "ID",
  summary: "follow a job of a service to its end",
  description: `Prints a line for every change: state, rows done, rows in all, seconds left. In a
terminal a progress bar is shown instead, and the last line alone is printed. With
--json each line is the service's reply.
Exit code 1 when the job failed or was cancelled; 0 when nobody reads the lines any more.`,
  options: [JSON_OPTION, ...ADDRESS_OPTIONS],
  examples: [`${PROGRAM} watch 65a84e1d-8b7a-4d78-a340-323efdb43199`],
  run: watchJob,
};

async function watchJob(given: Given): Promise<number> {
  const [id = ""] = given.rest;
  if (id === "") throw new UsageError("ID is missing", "watch");
  await using client = await clientOf(given, "watch");
  if (given.options.has(JSON_OPTION.name)) return await printLines(client, id, given);
  const live = Deno.stdout.isTerminal();
  const bar = new ProgressBar("job", live);
  let last: JobInfo | undefined;
  for await (const job of client.watch(id)) {
    last = job;
    const { done, total, note } = progressOf(job);
    if (live) bar.update(done, total, note);
    else if (!out(`${line(job)}\n`)) return 0;
  }
  bar.end();
  if (live) out(`${line(last!)}\n`);
  if (last?.Error) err(failureWords(errorOf(last.Error)));
  return last?.State === "complete" ? 0 : 1;
}

/** Prints what comes of a job as it comes. */
async function printLines(client: Client, id: string, given: Given): Promise<number> {
  for await (const reply of client.watchLines(id)) {
    if (failureIn(reply) !== null) return printReply(reply, given);
    if (!out(`${reply}\n`)) return 0;
    const { State } = jobIn(responseOf(JSON.parse(reply)));
    if (isEnded(State)) return State === "complete" ? 0 : 1;
  }
  return 1;
}

function line({ State, RowsDone, RowsTotal, SecondsLeft, Result }: JobInfo): string {
  if (Result !== undefined) return `${State} ${Result.Directory}/${Result.File}`;
  if (RowsDone === undefined) return State;
  return `${State} ${RowsDone} ${RowsTotal ?? "?"} ${SecondsLeft ?? "?"}`;
}
