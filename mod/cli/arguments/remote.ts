import { checkedToken, readTokenFile, TOKEN_VARIABLE } from "../../access/token.ts";
import { Client, type ClientOptions, ConnectionError } from "../../client.ts";
import { SettingsError } from "../../common/errors.ts";
import { variableOf } from "../../settings/entries.ts";
import { readSomeVariables } from "../../settings/setting_variables.ts";
import { makeSettings } from "../../settings/settings.ts";
import { SETTINGS } from "../../settings/table.ts";
import type { JobInfo } from "../../wire/job_info.ts";
import { credentials } from "../../wire/request.ts";
import { settingOption } from "./setting_options.ts";
import { type Given, type Option, optionOf, UsageError } from "./usage.ts";

/** The options of commands that talk to a service: where it is, and how. */
export const ADDRESS_OPTIONS: readonly Option[] = [
  settingOption(
    "host",
    `the service's address (default: ${variableOf("host")}, else ${SETTINGS.host.default})`,
  ),
  settingOption(
    "port",
    `the service's port (default: ${variableOf("port")}, else ${SETTINGS.port.default})`,
  ),
  { name: "remote", value: "HOST:PORT", help: "another name for --host and --port" },
  settingOption(
    "tokenFile",
    `file with the service's token (default: ${
      variableOf("token-file")
    }, else the token in ${TOKEN_VARIABLE})`,
  ),
  { name: "tls", help: "the service speaks TLS" },
  {
    name: "tls-ca",
    value: "FILE",
    help: "it speaks TLS, and its certificate is checked against these, too (PEM)",
  },
];

/** Whether the command line itself says where a service is. */
export function namesService(given: Given): boolean {
  return ["remote", "host", "port"].some((name) => given.options.has(name));
}

/** A client of the service that {@linkcode ADDRESS_OPTIONS} name. @throws {ConnectionError} */
export function clientOf(given: Given, command: string): Promise<Client> {
  return Client.connect(clientOptionsOf(given, command));
}

/**
 * Where the service is that {@linkcode ADDRESS_OPTIONS} and the environment name, and how to talk to it.
 *
 * @throws {SettingsError} for a value or a file that can't be used
 * @throws {UsageError} for two addresses, and for a port that nothing can listen on
 */
export function clientOptionsOf(given: Given, command: string): ClientOptions {
  const there = readSomeVariables("host", "port", "token-file");
  const { host: hostname, port } = makeSettings(
    { host: there.host, port: there.port },
    addressOf(given, command),
  );
  if (port === 0) {
    throw new UsageError("no service can listen on the port 0: name its own", command);
  }
  const token = tokenOf(given, there["token-file"]);
  const authorities = readAuthorities(optionOf(given, "tls-ca"));
  const tls = authorities !== null || given.options.has("tls");
  return {
    hostname,
    port,
    ...(tls ? { open: () => openTls(hostname, port, authorities) } : {}),
    ...(token === null ? {} : { members: credentials(token) }),
  };
}

async function openTls(
  hostname: string,
  port: number,
  authorities: string | null,
): Promise<Deno.Conn> {
  const plain = await Deno.connect({ hostname, port });
  plain.setNoDelay(true); // else the request waits until the handshake's end is acknowledged
  try {
    const caCerts = authorities === null ? [] : [authorities];
    const connection = await Deno.startTls(plain, { hostname, caCerts });
    await connection.handshake();
    return connection;
  } catch (error) {
    throw new ConnectionError(`no TLS with ${hostname}:${port}: ${reasonOf(error)}`);
  }
}

/** What the options say of the address. */
function addressOf(given: Given, command: string): { host?: unknown; port?: unknown } {
  const remote = optionOf(given, "remote");
  if (remote === undefined) return { host: optionOf(given, "host"), port: optionOf(given, "port") };
  if (given.options.has("host") || given.options.has("port")) {
    throw new UsageError(
      "--remote is another name for --host and --port: leave these out",
      command,
    );
  }
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(remote) ?? [];
  if (host === undefined) throw new UsageError("--remote must be HOST:PORT", command);
  return { host, port };
}

function tokenOf(given: Given, fileThere: unknown): string | null {
  const file = optionOf(given, "token-file") ?? fileThere;
  if (file !== undefined) return readTokenFile(String(file));
  if (given.token === undefined) return null;
  return checkedToken(given.token, `the variable ${TOKEN_VARIABLE}`);
}

function readAuthorities(path: string | undefined): string | null {
  if (path === undefined) return null;
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new SettingsError(`the file ${path} of --tls-ca can't be read: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How far a job is: what is done of what, in rows where they are counted. */
export function progressOf(
  { State, ...job }: JobInfo,
): { done: number; total: number; note: string } {
  if (State === "complete") return { done: 1, total: 1, note: State };
  const { RowsDone = 0, RowsTotal, TasksDone = 0, TasksTotal, SecondsLeft } = job;
  const left = SecondsLeft === undefined || SecondsLeft === null
    ? ""
    : `, ${Math.ceil(SecondsLeft)} s left`;
  if (RowsTotal && RowsDone > 0) {
    return { done: RowsDone, total: RowsTotal, note: `${RowsDone} of ${RowsTotal} rows${left}` };
  }
  return { done: TasksDone, total: TasksTotal ?? 0, note: State + left };
}
