import { Client } from "../client.ts";
import { DEFAULT_HOST, DEFAULT_PORT, makeSettings } from "../settings.ts";
import { isError } from "../wire/message.ts";
import { err, out } from "./output.ts";
import { type Command, type Given, optionOf, PROGRAM, UsageError } from "./usage.ts";

export const send: Command = {
  name: "send",
  operands: "JSON",
  summary: "send one request to a service and print its reply",
  description: `JSON is the request, or - to read it from standard input. Of a reply of several
lines, as a watch has, each is printed when it comes.
Exit code 1 when the reply's status is error, or when there is no reply.`,
  options: [
    { name: "host", value: "ADDRESS", help: `the service's address (default ${DEFAULT_HOST})` },
    { name: "port", value: "PORT", help: `the service's port (default ${DEFAULT_PORT})` },
  ],
  examples: [
    `${PROGRAM} send '{"Header":"Info","Request":"All statistic"}'`,
    `${PROGRAM} send - --port 27701 < request.json`,
  ],
  run: sendRequest,
};

async function sendRequest(given: Given): Promise<number> {
  const { host, port } = makeSettings({
    host: optionOf(given, "host"),
    port: optionOf(given, "port"),
  });
  const request = given.rest[0] === "-"
    ? new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer())
    : new TextEncoder().encode(given.rest[0]);
  if (request.length === 0) throw new UsageError("the request is empty", "send");

  let reply = "";
  for await (const line of new Client({ hostname: host, port }).send(request)) {
    out(line + "\n");
    reply = line;
  }
  if (reply === "") {
    err(`${PROGRAM}: ${host}:${port} closed the connection without a reply\n`);
    return 1;
  }
  try {
    return isError(JSON.parse(reply)) ? 1 : 0;
  } catch {
    err(`${PROGRAM}: what ${host}:${port} replied is not JSON\n`);
    return 1;
  }
}
