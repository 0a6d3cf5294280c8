import { Client } from "../../client.ts";
import { REQUEST_FIELDS } from "../../wire/job_action.ts";
import { isError } from "../../wire/reply.ts";
import { tokenOf, withToken } from "../../wire/request.ts";
import { table } from "../arguments/help.ts";
import { err, out } from "../output/standard_output.ts";
import { ADDRESS_OPTIONS, clientOptionsOf } from "../arguments/remote.ts";
import { type Command, type Given, PROGRAM, UsageError } from "../arguments/usage.ts";

export const send: Command = {
  name: "send",
  operands: "JSON",
  summary: "send one request to a service and print its reply",
  description: `JSON is the request, or - to read it from standard input. Of a reply of several
lines, as a watch has, each is printed when it comes.
Exit code 1 when the reply's status is error, or when there is no reply.

A token is put into a request that has none.

The Request of Dask, and of Job with the Action Submit, has these fields:
${table(Object.entries(REQUEST_FIELDS.Submit))}`,
  options: ADDRESS_OPTIONS,
  examples: [
    `${PROGRAM} send '{"Header":"Info","Request":"All statistic"}'`,
    `${PROGRAM} send - --port 27701 < request.json`,
  ],
  run: sendRequest,
};

async function sendRequest(given: Given): Promise<number> {
  const options = clientOptionsOf(given, "send");
  const place = `${options.hostname}:${options.port}`;
  const asked = given.rest[0] === "-"
    ? new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer())
    : new TextEncoder().encode(given.rest[0]);
  if (asked.length === 0) throw new UsageError("the request is empty", "send");
  const request = withToken(asked, tokenOf(options.members ?? {}));

  let reply = "";
  for await (const line of new Client(options).send(request)) {
    if (isTlsAlert(line)) {
      err(`${PROGRAM}: ${place} speaks TLS: give --tls, or --tls-ca FILE\n`);
      return 1;
    }
    reply = line;
    if (!out(line + "\n")) break;
  }
  if (reply === "") {
    err(`${PROGRAM}: ${place} closed the connection without a reply\n`);
    return 1;
  }
  try {
    return isError(JSON.parse(reply)) ? 1 : 0;
  } catch {
    err(`${PROGRAM}: what ${place} replied is not JSON\n`);
    return 1;
  }
}

/** What a service that expects TLS replies to anything else starts like this. */
function isTlsAlert(reply: string): boolean {
  return reply.startsWith("\x15\x03");
}
