import { checkedToken, readTokenFile, TOKEN_VARIABLE } from "../../access/token.ts";
import { Client, type ClientOptions, ConnectionError } from "../../client.ts";
import { SettingsError } from "../../common/errors.ts";
import { makeSettings } from "../../settings/settings.ts";
import { SETTINGS } from "../../settings/table.ts";
import type { JobInfo } from "../../wire/job_info.ts";
import { credentials } from "../../wire/request.ts";
import { settingOption } from "./setting_options.ts";
import { type Given, type Option, optionOf } from "./usage.ts";

/** The options that say how to talk to a service. */
export const ACCESS_OPTIONS: Option[] = [
  settingOption(
    "tokenFile",
    `file with the service's token (default: the variable ${TOKEN_VARIABLE})`,
  ),
  { name: "tls", help: "the service speaks TLS" },
  {
    name: "tls-ca",
    value: "FILE",
    help: "it speaks TLS, and its certificate is checked against these, too (PEM)",
  },
];

/** The options of commands that talk to a service. */
export const ADDRESS_OPTIONS: Option[] = [
  settingOption("host", `the service's address (default ${SETTINGS.host.default})`),
  settingOption("port", `the service's port (default ${SETTINGS.port.default})`),
  ...ACCESS_OPTIONS,
];

/** A client of the service that {@linkcode ADDRESS_OPTIONS} name. @throws {ConnectionError} */
export function clientOf(given: Given): Promise<Client> {
  return Client.connect(clientOptionsOf(given));
}

/** Where the service is that {@linkcode ADDRESS_OPTIONS} name. @throws {SettingsError} */
export function clientOptionsOf(given: Given): ClientOptions {
  const { host, port } = makeSettings({
    host: optionOf(given, "host"),
    port: optionOf(given, "port"),
  });
  return withAccess(host, port, given);
}

/** How to talk to a service, as {@linkcode ACCESS_OPTIONS} say. @throws {SettingsError} */
export function withAccess(hostname: string, port: number, given: Given): ClientOptions {
  const token = tokenOf(given);
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
