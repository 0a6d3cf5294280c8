import { jobIn } from "../../wire/job_reply.ts";
import { responseOf } from "../../wire/reply.ts";
import { givenJob, JOB_OPTIONS, QUEUE_OPTIONS } from "../arguments/job.ts";
import { ADDRESS_OPTIONS, clientOf } from "../arguments/remote.ts";
import { type Command, type Given, PROGRAM } from "../arguments/usage.ts";
import { JSON_OPTION, printReply } from "../output/failure.ts";
import { out } from "../output/standard_output.ts";

export const submit: Command = {
  name: "submit",
  operands: "",
  summary: "leave a job at a service and print its id",
  description:
    `Hands a job to a service, which runs it when it is its turn, and doesn't wait for it.
Prints the job's id: watch ID follows it to its end, cancel ID ends it.
--directory is a folder of the service's machine. Exit code 1 when it is refused.`,
  options: [...JOB_OPTIONS, ...QUEUE_OPTIONS, JSON_OPTION, ...ADDRESS_OPTIONS],
  examples: [
    `${PROGRAM} submit --directory /data --base time_series.parquet --file work.ts`,
    `${PROGRAM} submit --directory /data --base time_series.parquet --file work.ts --key 'means of may' --priority 5`,
  ],
  run: submitJob,
};

async function submitJob(given: Given): Promise<number> {
  const { fields, key } = givenJob(given, "submit");
  await using client = await clientOf(given, "submit");
  const reply = await client.submitLine(fields, key);
  if (given.options.has(JSON_OPTION.name)) return printReply(reply, given);
  out(`${jobIn(responseOf(JSON.parse(reply))).Id}\n`);
  return 0;
}
