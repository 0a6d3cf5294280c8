import type { JobInfo } from "../../wire/job_info.ts";
import { err, out } from "../output/standard_output.ts";
import { ProgressBar } from "../output/progress_bar.ts";
import { ADDRESS_OPTIONS, clientOf, progressOf } from "../arguments/remote.ts";
import { type Command, type Given, PROGRAM, UsageError } from "../arguments/usage.ts";

export const watch: Command = {
  name: "watch",
  operands: "ID",
  summary: "follow a job of a service to its end",
  description: `Prints a line for every change: state, rows done, rows in all, seconds left. In a
terminal a progress bar is shown instead, and the last line alone is printed.
Exit code 1 when the job failed or was cancelled; 0 when nobody reads the lines any more.`,
  options: ADDRESS_OPTIONS,
  examples: [`${PROGRAM} watch 65a84e1d-8b7a-4d78-a340-323efdb43199`],
  run: watchJob,
};

async function watchJob(given: Given): Promise<number> {
  const [id = ""] = given.rest;
  if (id === "") throw new UsageError("ID is missing", "watch");
  const live = Deno.stdout.isTerminal();
  const bar = new ProgressBar("job", live);
  await using client = await clientOf(given);
  let last: JobInfo | undefined;
  for await (const job of client.watch(id)) {
    last = job;
    const { done, total, note } = progressOf(job);
    if (live) bar.update(done, total, note);
    else if (!out(`${line(job)}\n`)) return 0;
  }
  bar.end();
  if (live) out(`${line(last!)}\n`);
  if (last?.Error) err(`${PROGRAM}: ${last.Error.Code}: ${last.Error.Message}\n`);
  return last?.State === "complete" ? 0 : 1;
}

function line({ State, RowsDone, RowsTotal, SecondsLeft, Result }: JobInfo): string {
  if (Result !== undefined) return `${State} ${Result.Directory}/${Result.File}`;
  if (RowsDone === undefined) return State;
  return `${State} ${RowsDone} ${RowsTotal ?? "?"} ${SecondsLeft ?? "?"}`;
}
