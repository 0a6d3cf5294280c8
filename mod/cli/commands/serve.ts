import { Notifier } from "../../system/notify.ts";
import { SENDING_SECONDS, Server } from "../../server.ts";
import { type Configuration, readConfiguration } from "../../settings/configuration.ts";
import {
  DEFAULT_HOST,
  DEFAULT_PORT,
  type GivenSettings,
  LOG_LEVELS,
  type Settings,
  SettingsError,
} from "../../settings/settings.ts";
import { ServiceError } from "../../common/errors.ts";
import { RESULT_CODECS } from "../../job/request.ts";
import { TOKEN_VARIABLE } from "../../access/token.ts";
import { log } from "../../common/log.ts";
import { placeOf } from "../../wire/listener.ts";
import { fitDescriptors } from "../service/descriptors.ts";
import { LineSink } from "../output/line_sink.ts";
import { configureLog, openLog } from "../service/log_output.ts";
import { err } from "../output/standard_output.ts";
import { type Command, type Given, optionOf, PROGRAM } from "../arguments/usage.ts";

/** How long the log may take at the end, in milliseconds. */
const LAST_WORDS = 1000;

export const serve: Command = {
  name: "serve",
  operands: "",
  summary: "run the service",
  description: `Listens for requests and runs jobs until it gets SIGTERM or SIGINT (Ctrl-C).
Once it listens it prints one line: listening on HOST:PORT, and with --http
another: page on http://HOST:PORT/, with a certificate https://. SIGHUP makes it
read its configuration and certificate again.

Jobs may only name files under a --root; symbolic links are resolved first.
Without a token the service listens on this machine only, unless --insecure is
given. A token is a secret of 16 characters or more that requests carry as
"Token"; it comes from --token-file or the variable ${TOKEN_VARIABLE}. With
--tokens-file each client has a token of its own, and a role.

Settings come from the file, which is TOML: the options' names as keys (root,
allow-host and allow may be lists, insecure is true or false) and a table
[limits]; over it from the environment, MEASURING_PORT for port,
MEASURING_JOB_SECONDS for limits.job-seconds, and so on (MEASURING_ROOT may be
several, divided by colons); over both from the options.
${PROGRAM} config prints what is in force and where it comes from.`,
  options: [
    { name: "host", value: "ADDRESS", help: `address to listen on (default ${DEFAULT_HOST})` },
    {
      name: "port",
      value: "PORT",
      help: `port to listen on; 0 picks a free one (default ${DEFAULT_PORT})`,
    },
    {
      name: "root",
      value: "DIR",
      help: "folder that jobs may use; may be repeated (default: the working directory)",
      many: true,
    },
    {
      name: "allow-host",
      value: "HOST",
      help: "HTTP server, HOST or HOST:PORT, that jobs may read files from; may be repeated",
      many: true,
    },
    { name: "token-file", value: "FILE", help: "file with the token that requests have to carry" },
    {
      name: "tokens-file",
      value: "FILE",
      help:
        "file with clients by name, each with a token and a role, in place of one token for all",
    },
    {
      name: "allow",
      value: "RANGE",
      help: "addresses clients may come from, such as 10.0.0.0/8; may be repeated (default: all)",
      many: true,
    },
    {
      name: "tls-cert",
      value: "FILE",
      help: "certificate in PEM: connections are TLS, those of --http too",
    },
    { name: "tls-key", value: "FILE", help: "its private key in PEM" },
    { name: "insecure", help: "let other machines ask without a token" },
    { name: "workers", value: "N", help: "workers of a job (default: one a core)" },
    {
      name: "codec",
      value: "NAME",
      help: `how results are compressed: ${RESULT_CODECS.join(", ")} (default snappy)`,
    },
    {
      name: "state",
      value: "DIR",
      help: "folder where jobs are kept, so that they outlive the service (default: in memory)",
    },
    {
      name: "http",
      value: "HOST:PORT",
      help: "where a page, /metrics, /healthz and /readyz are served (default: nowhere)",
    },
    {
      name: "http-token-file",
      value: "FILE",
      help: "file with the token that these ask for; without one they serve this machine only",
    },
    {
      name: "cluster",
      value: "URL",
      help:
        "redis:// or rediss:// of the cluster whose nodes run jobs (default: this machine does)",
    },
    {
      name: "cluster-ca",
      value: "FILE",
      help: "certificate in PEM to check a rediss:// by (default: those that the machine knows)",
    },
    {
      name: "cluster-secret",
      value: "FILE",
      help: "file with the secret that service and nodes seal by what they write to Redis",
    },
    {
      name: "cluster-wait",
      help: "have jobs wait for a cluster that is out of reach, full or without nodes, not refused",
    },
    {
      name: "log-level",
      value: "LEVEL",
      help: `least weight of what is told in the log: ${LOG_LEVELS.join(", ")} (default info)`,
    },
    { name: "config", value: "FILE", help: "TOML file with settings" },
    {
      name: "limit",
      value: "NAME=N",
      help: "one of the file's [limits], such as jobs=4; may be repeated",
      many: true,
    },
  ],
  examples: [
    `${PROGRAM} serve --root /srv/measurements --port 27700`,
    `${PROGRAM} serve --root /srv/measurements --host 0.0.0.0 --token-file token \\
    --allow 192.168.0.0/16 --tls-cert cert.pem --tls-key key.pem`,
  ],
  run: runService,
};

async function runService(given: Given): Promise<number> {
  const { settings, strangers } = configurationOf(given);
  const stdout = new LineSink(Deno.stdout), stderr = openLog(settings.logLevel);
  tellStrangers(strangers);
  try {
    using notifier = await Notifier.find();
    const server = await makeServer(settings);
    const place = placeOf(server.start());
    stdout.add(() => `listening on ${place}\n`);
    if (server.page !== null) stdout.add(() => `page on ${server.page}\n`);
    notifier?.ready(() => server.health);
    await stopSignal(() => reload(server, given, stderr));
    // Behind the replies, engines are ended and the state is closed.
    notifier?.stopping(settings.limits.stopSeconds + SENDING_SECONDS + 10);
    await server.stop();
    return 0;
  } finally {
    await stderr.drained(LAST_WORDS);
  }
}

/** Tells of what stands in the environment like a setting and is none. */
export function tellStrangers(names: readonly string[]): void {
  for (const name of names) {
    log.service.warn("the environment's {name} is no setting and is not looked at", { name });
  }
}

/** What is in force with these options. @throws {SettingsError} */
export function configurationOf(given: Given): Configuration {
  const limits = given.options.get("limit")?.map((text) => {
    const [, name, value] = /^([a-z-]+)=(.+)$/.exec(text) ?? [];
    if (name === undefined) throw new SettingsError(`--limit must be NAME=N, not ${text}`);
    return [name, value];
  });
  const flags: GivenSettings = {
    host: optionOf(given, "host"),
    port: optionOf(given, "port"),
    root: given.options.get("root"),
    "allow-host": given.options.get("allow-host"),
    workers: optionOf(given, "workers"),
    codec: optionOf(given, "codec"),
    state: optionOf(given, "state"),
    "token-file": optionOf(given, "token-file"),
    "tokens-file": optionOf(given, "tokens-file"),
    allow: given.options.get("allow"),
    "tls-cert": optionOf(given, "tls-cert"),
    "tls-key": optionOf(given, "tls-key"),
    insecure: given.options.has("insecure") || undefined,
    http: optionOf(given, "http"),
    "http-token-file": optionOf(given, "http-token-file"),
    cluster: optionOf(given, "cluster"),
    "cluster-ca": optionOf(given, "cluster-ca"),
    "cluster-secret": optionOf(given, "cluster-secret"),
    "cluster-wait": given.options.has("cluster-wait") || undefined,
    "log-level": optionOf(given, "log-level"),
    limits: limits && Object.fromEntries(limits),
  };
  return readConfiguration(optionOf(given, "config"), flags, given.token);
}

async function makeServer(settings: Settings): Promise<Server> {
  fitDescriptors(settings);
  const HttpServerType = settings.http === null
    ? null
    : (await import("../../http/http_server.ts")).HttpServer;
  const Cluster = settings.cluster === null
    ? null
    : (await import("../../cluster/cluster.ts")).Cluster;
  try {
    return new Server(settings, HttpServerType, Cluster);
  } catch (error) {
    throw error instanceof ServiceError ? new SettingsError(error.message) : error;
  }
}

/** Reads the configuration again; one that can't be used changes nothing. */
function reload(server: Server, given: Given, stderr: LineSink): void {
  try {
    const { settings } = configurationOf(given);
    fitDescriptors(settings);
    const waiting = server.apply(settings);
    configureLog(stderr, settings.logLevel);
    const rest = waiting.length > 0 ? `; these take a restart: ${waiting.join(", ")}` : "";
    log.service.info(`the configuration was read again${rest}`);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const { message: reason } = error;
    log.service.error("the configuration stays as it was: {reason}", { reason });
  }
}

/**
 * Resolves at the first signal to stop; a second one ends the process at once.
 *
 * @param onHangup Called at SIGHUP; but one that comes from a terminal that is closed stops, too.
 */
export function stopSignal(onHangup: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = false;
  const stop = () => {
    if (asked) {
      err("stopped without waiting for replies under way\n");
      Deno.exit(1);
    }
    asked = true;
    resolve();
  };
  Deno.addSignalListener("SIGINT", stop);
  Deno.addSignalListener("SIGTERM", stop);
  Deno.addSignalListener("SIGHUP", Deno.stdin.isTerminal() ? stop : onHangup);
  return promise;
}
