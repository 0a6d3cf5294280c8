import { dirname, resolve } from "@std/path";
import { parse as parseToml } from "@std/toml";
import { type Certificate, readCertificate } from "../access/certificate.ts";
import type { NamedTokens } from "../access/named_tokens.ts";
import { AddressRanges } from "../access/ranges.ts";
import { checkedToken, readTokenFile, Token, TOKEN_VARIABLE } from "../access/token.ts";
import { readTokensFile } from "../access/tokens_file.ts";
import { SettingsError } from "../common/errors.ts";
import { type JobLimits, RESULT_CODECS, type ResultCodec } from "../job/request.ts";
import { DEFAULT_JOBS_LIMITS, type JobsLimits } from "../job/retention.ts";
import { meantOrAll } from "../common/nearest.ts";
import {
  DEFAULT_HTTP_LIMITS,
  DEFAULT_LIMITS,
  type HttpLimits,
  type TcpLimits,
} from "../wire/connection_limits.ts";

/** Every limit of the service. */
export interface Limits extends TcpLimits, HttpLimits, JobLimits, JobsLimits {
  /** Seconds a job may take; a request may ask for fewer. */
  jobSeconds: number;
  /** Seconds of silence after which an engine counts as hanging and is ended. */
  silenceSeconds: number;
  /** Seconds that running jobs may go on once the service is told to stop. */
  stopSeconds: number;
  /** Seconds without a sign of a node after which its parts of jobs are given to others. */
  lostSeconds: number;
  /** Partitions of a job that a node is given at once, at most. */
  taskPartitions: number;
  /** Parts of jobs that all nodes together begin a second; 0 for as many as they can. */
  clusterRate: number;
}

/** Weights of the log's events, from the lightest. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

export type LogLevel = typeof LOG_LEVELS[number];

/** What the service is started with. */
export interface Settings {
  host: string;
  /** 0 picks a free port. */
  port: number;
  /** Folders that jobs may name files under; relative names start at the first. */
  roots: string[];
  /** HTTP servers that jobs may read files from: `HOST` or `HOST:PORT`. */
  hosts: string[];
  /** Web workers of a job. */
  workers: number;
  /** How results are compressed where a request doesn't say. */
  codec: ResultCodec;
  /** What requests have to carry, or null where everybody who gets through may ask. */
  token: Token | null;
  /** Clients with tokens of their own, in place of the one token; null where they aren't told apart. */
  tokens: NamedTokens | null;
  /** Addresses that clients may come from, or null for all. */
  allow: AddressRanges | null;
  /** What makes connections TLS, or null where they are plain. */
  tls: Certificate | null;
  /** The service may be reached from other machines without a token. */
  insecure: boolean;
  /** Folder where jobs are kept; null keeps them in memory. */
  state: string | null;
  /** `HOST:PORT` of the page and its endpoints for monitoring; null where there is none. */
  http: string | null;
  /** File that holds the token of these; null lets everybody in. */
  httpTokenFile: string | null;
  /** `redis://` or `rediss://` of the cluster that jobs run on; null runs them here. */
  cluster: string | null;
  /** Certificate, in PEM, to check that by; null for those that the machine knows. */
  clusterCa: string | null;
  /** File with the secret that plans and results are sealed by in Redis; null where they are not. */
  clusterSecret: string | null;
  /** Jobs wait for a cluster that can't take them, instead of being refused. */
  clusterWait: boolean;
  /** Events below this are not told in the log. */
  logLevel: LogLevel;
  limits: Limits;
}

export { SettingsError };

/** Port of the service where none is given. */
export const DEFAULT_PORT = 27700;

/** Address of the service where none is given: this machine only. */
export const DEFAULT_HOST = "127.0.0.1";

/** What holds where nothing else is said. */
export function defaultSettings(): Settings {
  return {
    host: DEFAULT_HOST,
    port: DEFAULT_PORT,
    roots: ["."],
    hosts: [],
    workers: Math.max(1, navigator.hardwareConcurrency),
    codec: "snappy",
    token: null,
    tokens: null,
    allow: null,
    tls: null,
    insecure: false,
    state: null,
    http: null,
    httpTokenFile: null,
    cluster: null,
    clusterCa: null,
    clusterSecret: null,
    clusterWait: false,
    logLevel: "info",
    limits: {
      ...DEFAULT_LIMITS,
      ...DEFAULT_HTTP_LIMITS,
      ...DEFAULT_JOBS_LIMITS,
      jobSeconds: 3600,
      silenceSeconds: 30,
      stopSeconds: 10,
      lostSeconds: 30,
      taskPartitions: 64,
      clusterRate: 0,
      heapBytes: 2 ** 31,
      memoryBytes: shareOfMemory(),
      resultBytes: 2 ** 36,
      logBytes: 2 ** 18,
    },
  };
}

/** Three tenths of the machine's memory; 4 GiB where the service may not ask for it. */
function shareOfMemory(): number {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" });
  return state === "granted" ? Math.floor(Deno.systemMemoryInfo().total * 0.3) : 2 ** 32;
}

/** Settings as they come from a file or from flags: any may be absent. */
export interface GivenSettings {
  host?: unknown;
  port?: unknown;
  /** One path or several. */
  root?: unknown;
  /** One host or several. */
  "allow-host"?: unknown;
  workers?: unknown;
  codec?: unknown;
  "token-file"?: unknown;
  "tokens-file"?: unknown;
  /** What the environment variable of the token holds. */
  token?: string | undefined;
  /** One range of addresses or several. */
  allow?: unknown;
  "tls-cert"?: unknown;
  "tls-key"?: unknown;
  insecure?: unknown;
  state?: unknown;
  http?: unknown;
  "http-token-file"?: unknown;
  cluster?: unknown;
  "cluster-ca"?: unknown;
  "cluster-secret"?: unknown;
  "cluster-wait"?: unknown;
  "log-level"?: unknown;
  limits?: unknown;
}

/** Settings by the names that a file and flags have for them; the limits apart. */
export const SETTING_NAMES: Readonly<Record<string, keyof Settings>> = {
  "host": "host",
  "port": "port",
  "root": "roots",
  "allow-host": "hosts",
  "workers": "workers",
  "codec": "codec",
  "state": "state",
  "token-file": "token",
  "tokens-file": "tokens",
  "allow": "allow",
  "tls-cert": "tls",
  "tls-key": "tls",
  "insecure": "insecure",
  "http": "http",
  "http-token-file": "httpTokenFile",
  "cluster": "cluster",
  "cluster-ca": "clusterCa",
  "cluster-secret": "clusterSecret",
  "cluster-wait": "clusterWait",
  "log-level": "logLevel",
};

/** Limits by the names that a file, in its table `[limits]`, and flags have for them. */
export const LIMIT_NAMES: Readonly<Record<string, keyof Limits>> = {
  "request-bytes": "requestBytes",
  "pending-bytes": "pendingBytes",
  "reply-bytes": "replyBytes",
  "connections": "connections",
  "idle-seconds": "idleSeconds",
  "reply-seconds": "replySeconds",
  "http-connections": "httpConnections",
  "http-client-connections": "httpClientConnections",
  "http-head-seconds": "httpHeadSeconds",
  "http-idle-seconds": "httpIdleSeconds",
  "jobs": "jobs",
  "queue": "queue",
  "client-queue": "clientQueue",
  "job-seconds": "jobSeconds",
  "silence-seconds": "silenceSeconds",
  "heap-bytes": "heapBytes",
  "memory-bytes": "memoryBytes",
  "result-bytes": "resultBytes",
  "log-bytes": "logBytes",
  "attempts": "attempts",
  "keep-seconds": "keepSeconds",
  "keep-jobs": "keepJobs",
  "keep-bytes": "keepBytes",
  "stop-seconds": "stopSeconds",
  "lost-seconds": "lostSeconds",
  "task-partitions": "taskPartitions",
  "cluster-rate": "clusterRate",
};

/** Least and greatest values of those that are not from 1 to a million. */
const RANGES: Record<string, [least: number, most: number]> = {
  // A string holds no more; the smallest still lets an error reply through.
  "request-bytes": [1024, 2 ** 28],
  "reply-bytes": [1024, 2 ** 28],
  "pending-bytes": [1024, 2 ** 40],
  "queue": [0, 1e6],
  "client-queue": [0, 1e6],
  // V8 and the worker's own code need the least of these.
  "heap-bytes": [2 ** 24, 2 ** 42],
  "memory-bytes": [2 ** 28, 2 ** 44],
  "result-bytes": [1024, 2 ** 50],
  "log-bytes": [0, 2 ** 28],
  "keep-jobs": [0, 1e6],
  "cluster-rate": [0, 1e6],
  "keep-bytes": [2 ** 20, 2 ** 40],
};

/**
 * The settings in a TOML file. Its keys are the flags' names (`root`, `allow-host` and `allow` may be
 * lists) and a table `[limits]`; relative paths start at the file's folder.
 *
 * @throws {SettingsError}
 */
export function readSettingsFile(path: string): GivenSettings {
  let text;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it doesn't exist" : plain(error);
    throw new SettingsError(`the settings file ${path} can't be read: ${reason}`);
  }
  let given: Record<string, unknown>;
  try {
    given = parseToml(text);
  } catch (error) {
    throw new SettingsError(`the settings file ${path} is not TOML: ${plain(error)}`);
  }
  refuseUnknown(given, [...Object.keys(SETTING_NAMES), "limits"], `in ${path}`);
  if (given.root !== undefined) {
    given.root = list("root", given.root, PATHS).map((root) => resolve(dirname(path), root));
  }
  for (
    const name of [
      "state",
      "token-file",
      "tokens-file",
      "tls-cert",
      "tls-key",
      "http-token-file",
      "cluster-ca",
      "cluster-secret",
    ]
  ) {
    if (given[name] !== undefined) {
      given[name] = resolve(dirname(path), filePath(name, given[name]));
    }
  }
  return given;
}

/**
 * Settings made of the defaults and what was given, the later over the earlier.
 *
 * @throws {SettingsError}
 */
export function makeSettings(...layers: GivenSettings[]): Settings {
  const settings = defaultSettings();
  for (const given of layers) {
    if (given.host !== undefined) {
      if (typeof given.host !== "string" || given.host.trim() === "") {
        throw misfit("host", given.host, "an address or a host's name");
      }
      settings.host = given.host;
    }
    if (given.port !== undefined) settings.port = integer("port", given.port, 0, 65535);
    if (given.root !== undefined) settings.roots = list("root", given.root, PATHS);
    const hosts = given["allow-host"];
    if (hosts !== undefined) settings.hosts = list("allow-host", hosts, HOSTS);
    if (given.workers !== undefined) settings.workers = integer("workers", given.workers, 1, 1024);
    if (given.codec !== undefined) settings.codec = oneOf("codec", given.codec, RESULT_CODECS);
    if (given.allow !== undefined) {
      settings.allow = new AddressRanges(list("allow", given.allow, RANGES_OF_ADDRESSES));
    }
    if (given.insecure !== undefined) settings.insecure = flag("insecure", given.insecure);
    if (given.cluster !== undefined) settings.cluster = redisUrl("cluster", given.cluster);
    const wait = given["cluster-wait"];
    if (wait !== undefined) settings.clusterWait = flag("cluster-wait", wait);
    const authority = given["cluster-ca"];
    if (authority !== undefined) settings.clusterCa = filePath("cluster-ca", authority);
    const secret = given["cluster-secret"];
    if (secret !== undefined) settings.clusterSecret = filePath("cluster-secret", secret);
    if (given.state !== undefined) {
      if (typeof given.state !== "string" || given.state === "") {
        throw misfit("state", given.state, "a folder's path");
      }
      settings.state = given.state;
    }
    if (given.http !== undefined) settings.http = address("http", given.http);
    const tokenFile = given["http-token-file"];
    if (tokenFile !== undefined) {
      if (typeof tokenFile !== "string" || tokenFile === "") {
        throw misfit("http-token-file", tokenFile, "a file's path");
      }
      settings.httpTokenFile = tokenFile;
    }
    const level = given["log-level"];
    if (level !== undefined) settings.logLevel = oneOf("log-level", level, LOG_LEVELS);
    if (given.limits !== undefined) applyLimits(settings.limits, given.limits);
  }
  if (settings.clusterCa !== null && !settings.cluster?.startsWith("rediss:")) {
    throw new SettingsError("cluster-ca goes with a cluster that talks TLS: rediss://HOST:PORT");
  }
  if (settings.clusterSecret !== null && settings.cluster === null) {
    throw new SettingsError("cluster-secret goes with a cluster: redis://HOST:PORT");
  }
  settings.token = tokenOf(layers);
  settings.tokens = tokensOf(layers);
  refuseBoth(layers, settings);
  settings.tls = certificateOf(layers);
  return settings;
}

/** The token of the last layer that has one; those of earlier layers are not even read. */
function tokenOf(layers: GivenSettings[]): Token | null {
  const given = layers.findLast((one) =>
    one["token-file"] !== undefined || one.token !== undefined
  );
  if (given === undefined) return null;
  const file = given["token-file"];
  return new Token(
    file === undefined
      ? checkedToken(given.token!, `the variable ${TOKEN_VARIABLE}`)
      : readTokenFile(filePath("token-file", file)),
  );
}

/** The clients of the last layer that names a file with them. */
function tokensOf(layers: GivenSettings[]): NamedTokens | null {
  const file = layers.findLast((one) => one["tokens-file"] !== undefined)?.["tokens-file"];
  return file === undefined ? null : readTokensFile(filePath("tokens-file", file));
}

function refuseBoth(layers: GivenSettings[], { token, tokens, httpTokenFile }: Settings): void {
  if (tokens === null) return;
  if (token !== null) {
    const single = layers.some((one) => one["token-file"] !== undefined)
      ? "token-file"
      : `the variable ${TOKEN_VARIABLE}`;
    throw new SettingsError(
      `${single} and tokens-file are both given: leave one of them out; whoever has the token of ` +
        `${single} may be a client of the role admin in tokens-file`,
    );
  }
  if (httpTokenFile !== null) {
    throw new SettingsError(
      "http-token-file and tokens-file are both given: leave http-token-file out, as the page asks for " +
        "the tokens of tokens-file; whoever only looks may be a client of the role look there",
    );
  }
}

function certificateOf(layers: GivenSettings[]): Certificate | null {
  const last = (name: "tls-cert" | "tls-key") =>
    layers.findLast((given) => given[name] !== undefined)?.[name];
  const [cert, key] = [last("tls-cert"), last("tls-key")];
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? "tls-cert" : "tls-key";
    throw new SettingsError(`${missing} is missing: TLS needs both tls-cert and tls-key`);
  }
  return readCertificate(filePath("tls-cert", cert), filePath("tls-key", key));
}

function applyLimits(limits: Limits, given: unknown): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw misfit("limits", given, "a table");
  }
  refuseUnknown(given, Object.keys(LIMIT_NAMES), "in [limits]");
  for (const [name, value] of Object.entries(given)) {
    const limit = LIMIT_NAMES[name]!;
    if (name.endsWith("-seconds")) {
      const seconds = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? +value : value;
      if (typeof seconds !== "number" || !(seconds > 0 && seconds <= 1e6)) {
        throw misfit(`limits.${name}`, value, "a number of seconds above 0 and up to 1000000");
      }
      limits[limit] = seconds;
    } else {
      const [least, most] = RANGES[name] ?? [1, 1e6];
      limits[limit] = integer(`limits.${name}`, value, least, most);
    }
  }
}

/** Whole numbers, also as the text a flag brings. */
function integer(name: string, value: unknown, least: number, most: number): number {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (Number.isSafeInteger(number) && (number as number) >= least && (number as number) <= most) {
    return number as number;
  }
  throw misfit(name, value, `a whole number from ${least} to ${most}`);
}

function oneOf<T>(name: string, value: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw misfit(name, value, `one of ${known.join(", ")}`);
  return found;
}

function address(name: string, value: unknown): string {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^:\s\[\]]+):(\d{1,5})$/i.exec(String(value)) ?? [];
  if (host !== undefined && Number(port) <= 65535) return `${host}:${Number(port)}`;
  throw misfit(name, value, "HOST:PORT, such as 127.0.0.1:27701 or [::1]:27701");
}

function flag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw misfit(name, value, "true or false");
}

/** The message shows no URL: there may be a password in it. */
function redisUrl(name: string, value: unknown): string {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url !== null && /^rediss?:$/.test(url.protocol) && url.hostname) return url.href;
  throw new SettingsError(
    `${name} must be redis://HOST:PORT, or rediss://HOST:PORT over TLS, with USER:PASSWORD@ before HOST where it is asked for`,
  );
}

const PATHS = "a folder's path or a list of them";
const HOSTS = "HOST, HOST:PORT or a list of them";
const RANGES_OF_ADDRESSES = "an address, a range such as 10.0.0.0/8, or a list of them";

function filePath(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw misfit(name, value, "a file's path");
}

function list(name: string, value: unknown, wanted: string): string[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.some((one) => typeof one !== "string" || one === "")) {
    throw misfit(name, value, wanted);
  }
  return list;
}

function refuseUnknown(given: object, known: string[], where: string): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    throw new SettingsError(
      `the setting ${key} ${where} is not known: ${meantOrAll(key, known)}`,
    );
  }
}

function misfit(name: string, value: unknown, wanted: string): SettingsError {
  return new SettingsError(`${name} must be ${wanted}, not ${JSON.stringify(value)}`);
}

function plain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
