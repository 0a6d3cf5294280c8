import { DEFAULT_HOST, DEFAULT_PORT, makeSettings } from "../settings.ts";
import { isError } from "../wire/message.ts";
import { err, out } from "./output.ts";
import { type Command, type Given, optionOf, PROGRAM, UsageError } from "./usage.ts";

export const send: Command = {
  name: "send",
  operands: "JSON",
  summary: "send one request to a service and print its reply",
  description: `JSON is the request, or - to read it from standard input.
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

  let connection;
  try {
    connection = await Deno.connect({ hostname: host, port });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    err(
      `${PROGRAM}: no service answers on ${host}:${port} (${reason}); start one with: ` +
        `${PROGRAM} serve\n`,
    );
    return 1;
  }
  const [reply] = await Promise.all([readLine(connection), write(connection, request)]);
  connection.close();
  if (reply === "") {
    err(`${PROGRAM}: ${host}:${port} closed the connection without a reply\n`);
    return 1;
  }
  out(reply.endsWith("\n") ? reply : reply + "\n");
  try {
    return isError(JSON.parse(reply)) ? 1 : 0;
  } catch {
    err(`${PROGRAM}: what ${host}:${port} replied is not JSON\n`);
    return 1;
  }
}

/** What comes up to the first line's end, or all there is. */
async function readLine(connection: Deno.TcpConn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  try {
    while (true) {
      const length = await connection.read(buffer);
      if (length === null) return text;
      const end = buffer.subarray(0, length).indexOf(0x0a);
      text += decoder.decode(buffer.subarray(0, end < 0 ? length : end + 1), { stream: true });
      if (end >= 0) return text;
    }
  } catch {
    // Reset by the service: what came until then is all there is.
    return text;
  }
}

/** Sends everything and the end; a service that has heard enough may stop listening before. */
async function write(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  try {
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    await connection.closeWrite();
  } catch {
    // Its reply says why.
  }
}
