import { delay } from "@std/async/delay";
import { JOB_STATES, type JobState } from "../../job/record.ts";
import type { ListFields } from "../../wire/job_action.ts";
import { JSON_OPTION, printReply } from "../output/failure.ts";
import { out } from "../output/standard_output.ts";
import { drawTable } from "../output/table.ts";
import { ADDRESS_OPTIONS, clientOf } from "../arguments/remote.ts";
import { type Command, type Given, optionOf, PROGRAM, UsageError } from "../arguments/usage.ts";

/** Time between two drawings of the table, in milliseconds. */
const PERIOD = 500;
const LIMIT = 20;

export const jobs: Command = {
  name: "jobs",
  operands: "",
  summary: "list a service's jobs",
  description: `Prints the newest jobs, a line each: id, state, share done, the code of its error,
time submitted, client, formula and base. With --json it is the service's
reply. In a terminal the list is drawn anew until no job waits or runs.`,
  options: [
    {
      name: "state",
      value: "STATE",
      help: `only these: ${JOB_STATES.join(", ")}; may be repeated`,
      choices: JOB_STATES,
      many: true,
    },
    { name: "client", value: "NAME", help: "only those of this client" },
    { name: "limit", value: "N", help: `jobs at most (default ${LIMIT})` },
    JSON_OPTION,
    ...ADDRESS_OPTIONS,
  ],
  examples: [
    `${PROGRAM} jobs --state queued --state running`,
    `${PROGRAM} jobs --state failed --json | jq '.Response.Jobs[].Error'`,
  ],
  run: listJobs,
};

async function listJobs(given: Given): Promise<number> {
  const fields = listFields(given);
  await using client = await clientOf(given, "jobs");
  if (given.options.has(JSON_OPTION.name)) return printReply(await client.listLine(fields), given);
  if (!Deno.stdout.isTerminal()) {
    out(drawTable((await client.list(fields)).jobs).join("\n") + "\n");
    return 0;
  }
  for (let drawn = 0;;) {
    const { jobs: found } = await client.list(fields);
    const { columns, rows } = Deno.consoleSize();
    const lines = drawTable(found, columns, new Date()).slice(0, rows - 1);
    // Back to the first line of the last drawing; what is below goes.
    if (!out(`${drawn > 0 ? `\x1b[${drawn}A` : ""}\x1b[J${lines.join("\n")}\n`)) return 0;
    drawn = lines.length;
    if (!found.some(({ State }) => State === "queued" || State === "running")) return 0;
    await delay(PERIOD);
  }
}

/** What asks for the jobs that the options name. */
function listFields(given: Given): ListFields {
  const states = given.options.get("state");
  const name = optionOf(given, "client");
  const limit = Number(optionOf(given, "limit") ?? LIMIT);
  const unknown = states?.find((state) => !(JOB_STATES as readonly string[]).includes(state));
  if (unknown !== undefined) {
    throw new UsageError(`--state must be one of ${JOB_STATES.join(", ")}, not ${unknown}`, "jobs");
  }
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1000) {
    throw new UsageError("--limit must be a whole number from 1 to 1000", "jobs");
  }
  return {
    Limit: limit,
    ...(states === undefined ? {} : { State: states as JobState[] }),
    ...(name === undefined ? {} : { Client: name }),
  };
}
