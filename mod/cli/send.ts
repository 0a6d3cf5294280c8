import { checkedToken, readTokenFile, TOKEN_VARIABLE } from "../access/token.ts";
import { DEFAULT_HOST, DEFAULT_PORT, makeSettings } from "../settings.ts";
import { withMember } from "../wire/json_text.ts";
import { isError } from "../wire/message.ts";
import { err, out } from "./output.ts";
import { type Command, type Given, optionOf, PROGRAM, UsageError } from "./usage.ts";

export const send: Command = {
  name: "send",
  operands: "JSON",
  summary: "send one request to a service and print its reply",
  description: `JSON is the request, or - to read it from standard input.
Exit code 1 when the reply's status is error, or when there is no reply.

The token comes from --token-file or the variable TCP_SERVER_TOKEN, and is put
into a request that has none.`,
  options: [
    { name: "host", value: "ADDRESS", help: `the service's address (default ${DEFAULT_HOST})` },
    { name: "port", value: "PORT", help: `the service's port (default ${DEFAULT_PORT})` },
    { name: "token-file", value: "FILE", help: "file with the service's token" },
    { name: "tls", help: "the service speaks TLS" },
    {
      name: "tls-ca",
      value: "FILE",
      help: "it speaks TLS, and its certificate is checked against these, too (PEM)",
    },
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
  const authorities = readAuthorities(optionOf(given, "tls-ca"));
  const tls = authorities !== null || given.options.has("tls");
  const token = tokenOf(given);
  const asked = given.rest[0] === "-"
    ? new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer())
    : new TextEncoder().encode(given.rest[0]);
  if (asked.length === 0) throw new UsageError("the request is empty", "send");
  const request = token === null ? asked : withToken(asked, token);

  let connection;
  try {
    connection = await Deno.connect({ hostname: host, port });
  } catch (error) {
    err(
      `${PROGRAM}: no service answers on ${host}:${port} (${reasonOf(error)}); start one with: ` +
        `${PROGRAM} serve\n`,
    );
    return 1;
  }
  if (tls) {
    try {
      connection.setNoDelay(true); // else the request waits until the handshake's end is acknowledged
      const caCerts = authorities === null ? [] : [authorities];
      connection = await Deno.startTls(connection, { hostname: host, caCerts });
      await connection.handshake();
    } catch (error) {
      err(`${PROGRAM}: no TLS with ${host}:${port}: ${reasonOf(error)}\n`);
      return 1;
    }
  }
  const [reply] = await Promise.all([readLine(connection), write(connection, request)]);
  connection.close();
  if (reply === "") {
    err(`${PROGRAM}: ${host}:${port} closed the connection without a reply\n`);
    return 1;
  }
  if (!tls && isTlsAlert(reply)) {
    err(`${PROGRAM}: ${host}:${port} speaks TLS: give --tls, or --tls-ca FILE\n`);
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

function tokenOf(given: Given): string | null {
  const file = optionOf(given, "token-file");
  if (file !== undefined) return readTokenFile(file);
  if (given.token === undefined) return null;
  return checkedToken(given.token, `the variable ${TOKEN_VARIABLE}`);
}

function readAuthorities(path: string | undefined): string | null {
  if (path === undefined) return null;
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new UsageError(`the file ${path} of --tls-ca can't be read: ${reasonOf(error)}`, "send");
  }
}

/** The request with the token; one that has a token, or is none, as it is. */
function withToken(request: Uint8Array, token: string): Uint8Array {
  let text, value;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(request);
    value = JSON.parse(text);
  } catch {
    return request; // the service says what is wrong with it
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || Object.hasOwn(value, "Token")) return request;
  return new TextEncoder().encode(withMember(text, "Token", token));
}

/** What comes up to the first line's end, or all there is. */
async function readLine(connection: Deno.Conn): Promise<string> {
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
async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  try {
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    await connection.closeWrite();
  } catch {
    // Its reply says why.
  }
}

/** What a service that expects TLS replies to anything else starts like this. */
function isTlsAlert(reply: string): boolean {
  return reply.startsWith("\x15\x03");
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
