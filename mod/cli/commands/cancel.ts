import { out } from "../output/standard_output.ts";
import { ADDRESS_OPTIONS, clientOf } from "../arguments/remote.ts";
import { type Command, type Given, PROGRAM, UsageError } from "../arguments/usage.ts";

export const cancel: Command = {
  name: "cancel",
  operands: "ID",
  summary: "end a job of a service",
  description: `Prints the job's state when it has ended. One that had ended before stays as it was;
then the exit code is 1.`,
  options: ADDRESS_OPTIONS,
  examples: [`${PROGRAM} cancel 65a84e1d-8b7a-4d78-a340-323efdb43199`],
  run: cancelJob,
};

async function cancelJob(given: Given): Promise<number> {
  const [id = ""] = given.rest;
  if (id === "") throw new UsageError("ID is missing", "cancel");
  await using client = await clientOf(given);
  const { State } = await client.cancel(id);
  out(`${State}\n`);
  return State === "cancelled" ? 0 : 1;
}
