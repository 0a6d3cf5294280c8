import { jobIn } from "../../wire/job_reply.ts";
import { responseOf } from "../../wire/reply.ts";
import { JSON_OPTION, printReply } from "../output/failure.ts";
import { out } from "../output/standard_output.ts";
import { ADDRESS_OPTIONS, clientOf } from "../arguments/remote.ts";
import { type Command, type Given, PROGRAM, UsageError } from "../arguments/usage.ts";

export const cancel: Command = {
  name: "cancel",
  operands: "ID",
  summary: "end a job of a service",
  description: `Prints the job's state when it has ended. One that had ended before stays as it was;
then the exit code is 1.`,
  options: [JSON_OPTION, ...ADDRESS_OPTIONS],
  examples: [`${PROGRAM} cancel 65a84e1d-8b7a-4d78-a340-323efdb43199`],
  run: cancelJob,
};

async function cancelJob(given: Given): Promise<number> {
  const [id = ""] = given.rest;
  if (id === "") throw new UsageError("ID is missing", "cancel");
  await using client = await clientOf(given, "cancel");
  const reply = await client.cancelLine(id);
  const asJson = given.options.has(JSON_OPTION.name);
  if (asJson && printReply(reply, given) !== 0) return 1;
  const { State } = jobIn(responseOf(JSON.parse(reply)));
  if (!asJson) out(`${State}\n`);
  return State === "cancelled" ? 0 : 1;
}
