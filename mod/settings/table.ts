import { AddressRanges } from "../access/ranges.ts";
import { checkedToken, TOKEN_VARIABLE } from "../access/token.ts";
import { RESULT_CODECS, type ResultCodec } from "../job/request.ts";
import type { Row } from "./row.ts";
import {
  filePath,
  folderPath,
  folderPaths,
  hostName,
  hostPort,
  listOf,
  oneOf,
  onOff,
  redisUrl,
  type SettingType,
  whole,
} from "./setting_types.ts";

/** Weights of the log's events, from the lightest. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

export type LogLevel = typeof LOG_LEVELS[number];

/** Settings that are what is given; each has a row of {@linkcode SETTINGS}. */
export interface PlainSettings {
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
  /** Folder where jobs are kept; null keeps them in memory. */
  state: string | null;
  /** Addresses that clients may come from, or null for all. */
  allow: AddressRanges | null;
  /** The service may be reached from other machines without a token. */
  insecure: boolean;
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
}

/** Settings that say where credentials are: one of `token`, `tokens` and `tls` is made of them. */
type CredentialSetting = "tokenFile" | "tokensFile" | "tlsCert" | "tlsKey" | "token";

/** A row of {@linkcode SETTINGS}. */
export interface SettingRow<T> extends Row<T> {
  /** Its name in files and flags, where that is not the property's. */
  name?: string;
  /** What stands for its value in the help; a switch has none. */
  value?: string;
  /** The property of the settings that is made of it and of others, in place of one of its own. */
  makes?: "token" | "tokens" | "tls";
  /** It makes sense together with another setting only, so it is checked with all the rest. */
  goesWith?: string;
  /** It comes from the environment alone. */
  isVariable?: true;
  /** How it is shown where it holds a secret. */
  shown?(value: string): string;
}

const hostNames = listOf("HOST, HOST:PORT or a list of them");

const ranges = listOf("an address, a range such as 10.0.0.0/8, or a list of them");

const addressRanges: SettingType<AddressRanges> = {
  ...ranges,
  read: (name, given) => new AddressRanges(ranges.read(name, given)),
};

const tokenText: SettingType<string> = {
  read: (_name, given) => checkedToken(String(given), `the variable ${TOKEN_VARIABLE}`),
};

/**
 * Every setting of the service but its limits: a property of the settings, a flag, a key of the file, an
 * environment variable. `deno run -A scripts/settings_tables.ts --write` writes the table of the docs.
 */
export const SETTINGS:
  & { readonly [K in keyof PlainSettings]: SettingRow<PlainSettings[K]> }
  & { readonly [K in CredentialSetting]: SettingRow<string | null> } = {
    host: {
      type: hostName,
      value: "ADDRESS",
      default: "127.0.0.1",
      help: "address to listen on",
      reload: "never",
    },
    port: {
      type: whole(0, 65535),
      value: "PORT",
      default: 27700,
      help: "port to listen on; 0 picks a free one",
      reload: "never",
    },
    roots: {
      name: "root",
      type: folderPaths,
      value: "DIR",
      default: ["."],
      defaultWords: "the working directory",
      help: "folder that jobs may use",
      node: true,
      reload: "never",
    },
    hosts: {
      name: "allow-host",
      type: hostNames,
      value: "HOST",
      default: [],
      help: "HTTP server, HOST or HOST:PORT, that jobs may read files from",
      node: true,
      reload: "never",
    },
    workers: {
      type: whole(1, 1024),
      value: "N",
      default: Math.max(1, navigator.hardwareConcurrency),
      defaultWords: "one a core",
      help: "workers of a job",
      node: "workers of a part (default: one a core)",
      reload: "never",
    },
    codec: {
      type: oneOf(RESULT_CODECS),
      value: "NAME",
      default: "snappy",
      help: "how results are compressed",
      more: "a request may say otherwise with `Codec`",
      reload: "always",
    },
    state: {
      type: folderPath,
      value: "DIR",
      default: null,
      defaultWords: "in memory",
      help: "folder where jobs are kept, so that they outlive the service",
      reload: "never",
    },
    tokenFile: {
      makes: "token",
      type: filePath,
      value: "FILE",
      default: null,
      help: "file with the token that requests have to carry",
      more: "or the token itself in `MEASURING_TOKEN`",
      reload: "while set",
    },
    tokensFile: {
      makes: "tokens",
      type: filePath,
      value: "FILE",
      default: null,
      help:
        "file with clients by name, each with a token and a role, in place of one token for all",
      more: "see [clients with names](#clients-with-names)",
      reload: "while set",
    },
    allow: {
      type: addressRanges,
      value: "RANGE",
      default: null,
      defaultWords: "all",
      help: "addresses clients may come from, such as 10.0.0.0/8",
      reload: "never",
    },
    tlsCert: {
      makes: "tls",
      type: filePath,
      value: "FILE",
      default: null,
      help: "certificate in PEM: connections are TLS, those of --http too",
      goesWith: "tls-key",
      reload: "while set",
    },
    tlsKey: {
      makes: "tls",
      type: filePath,
      value: "FILE",
      default: null,
      help: "its private key in PEM",
      goesWith: "tls-cert",
      reload: "while set",
    },
    insecure: {
      type: onOff,
      default: false,
      help: "let other machines ask without a token",
      reload: "never",
    },
    http: {
      type: hostPort,
      value: "HOST:PORT",
      default: null,
      defaultWords: "nowhere",
      help: "where a page, /metrics, /healthz and /readyz are served",
      more: "see [monitoring.md](monitoring.md)",
      reload: "never",
    },
    httpTokenFile: {
      type: filePath,
      value: "FILE",
      default: null,
      help: "file with the token that these ask for; without one they serve this machine only",
      more: "with `tokens-file` they ask for the clients' tokens",
      reload: "never",
    },
    cluster: {
      type: redisUrl,
      value: "URL",
      default: null,
      defaultWords: "this machine does",
      help: "redis:// or rediss:// of the cluster whose nodes run jobs",
      more: "see [cluster.md](cluster.md)",
      node: "redis://HOST:PORT, or rediss:// over TLS",
      shown: withoutPassword,
      reload: "never",
    },
    clusterCa: {
      type: filePath,
      value: "FILE",
      default: null,
      defaultWords: "those that the machine knows",
      help: "certificate in PEM to check a rediss:// by",
      node: true,
      goesWith: "cluster",
      reload: "never",
    },
    clusterSecret: {
      type: filePath,
      value: "FILE",
      default: null,
      help: "file with the secret that service and nodes seal by what they write to Redis",
      node: true,
      goesWith: "cluster",
      reload: "never",
    },
    clusterWait: {
      type: onOff,
      default: false,
      help: "have jobs wait for a cluster that is out of reach, full or without nodes, not refused",
      reload: "never",
    },
    logLevel: {
      type: oneOf(LOG_LEVELS),
      value: "LEVEL",
      default: "info",
      help: "least weight of what is told in the log",
      node: true,
      reload: "always",
    },
    // It may stand in no file and on no command line, where others could read it.
    token: {
      makes: "token",
      type: tokenText,
      default: null,
      help: "the token that requests have to carry",
      isVariable: true,
      shown: () => "***",
      reload: "never",
    },
  };

function withoutPassword(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.password === "") return text;
  url.password = "***";
  return url.href;
}
