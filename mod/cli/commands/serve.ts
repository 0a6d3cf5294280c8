import { Notifier } from "../../system/notify.ts";
import { SENDING_SECONDS, Server } from "../../server.ts";
import { FILE_ENTRIES } from "../../settings/entries.ts";
import type { Settings } from "../../settings/settings.ts";
import { ServiceError, SettingsError } from "../../common/errors.ts";
import { TOKEN_VARIABLE } from "../../access/token.ts";
import { log } from "../../common/log.ts";
import { VERSION } from "../../common/version.ts";
import { placeOf } from "../../wire/listener.ts";
import { fitDescriptors } from "../service/descriptors.ts";
import { LineSink } from "../output/line_sink.ts";
import { configureLog, openLog } from "../service/log_output.ts";
import { err } from "../output/standard_output.ts";
import { configurationOf, SETTING_OPTIONS } from "../arguments/setting_options.ts";
import { type Command, type Given, PROGRAM } from "../arguments/usage.ts";

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

Settings come from the file, which is TOML: the options' names as keys (${namesOf("isList")}
may be lists, ${namesOf("isSwitch")} are true or false) and a table
[limits]; over it from the environment, MEASURING_PORT for port,
MEASURING_JOB_SECONDS for limits.job-seconds, and so on (MEASURING_ROOT may be
several, divided by colons); over both from the options.
${PROGRAM} config prints what is in force and where it comes from.`,
  options: SETTING_OPTIONS,
  examples: [
    `${PROGRAM} serve --root /srv/measurements --port 27700`,
    `${PROGRAM} serve --root /srv/measurements --host 0.0.0.0 --token-file token \\
    --allow 192.168.0.0/16 --tls-cert cert.pem --tls-key key.pem`,
  ],
  run: runService,
};

/** Names of the settings whose values are lists, or on and off. */
function namesOf(property: "isList" | "isSwitch"): string {
  const names = FILE_ENTRIES.filter(({ row }) => row.type[property]).map(({ name }) => name);
  return new Intl.ListFormat("en-GB").format(names);
}

async function runService(given: Given): Promise<number> {
  const { settings, strangers } = configurationOf(given);
  const stdout = new LineSink(Deno.stdout), stderr = openLog(settings.logLevel);
  tellStrangers(strangers);
  try {
    using notifier = await Notifier.find();
    const server = await makeServer(settings);
    const place = placeOf(server.start());
    log.service.info("version {version} listens on {place}, process {pid}", {
      version: VERSION,
      place,
      pid: Deno.pid,
    });
    stdout.add(() => `listening on ${place}\n`);
    if (server.page !== null) stdout.add(() => `page on ${server.page}\n`);
    notifier?.ready(() => server.health);
    const signal = await stopSignal(() => reload(server, given, stderr));
    log.service.info("stopping at {signal}", { signal });
    // Behind the replies, engines are ended and the state is closed.
    notifier?.stopping(settings.limits.stopSeconds + SENDING_SECONDS + 10);
    await server.stop();
    log.service.info("stopped");
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
 * Resolves at the first signal to stop, with that signal; a second one ends the process at once.
 *
 * @param onHangup Called at SIGHUP; but one that comes from a terminal that is closed stops, too.
 */
export function stopSignal(onHangup: () => void): Promise<Deno.Signal> {
  const { promise, resolve } = Promise.withResolvers<Deno.Signal>();
  let asked = false;
  const stop = (signal: Deno.Signal) => {
    if (asked) {
      err("stopped without waiting for replies under way\n");
      Deno.exit(1);
    }
    asked = true;
    resolve(signal);
  };
  Deno.addSignalListener("SIGINT", () => stop("SIGINT"));
  Deno.addSignalListener("SIGTERM", () => stop("SIGTERM"));
  const hangup = Deno.stdin.isTerminal() ? () => stop("SIGHUP") : onHangup;
  Deno.addSignalListener("SIGHUP", hangup);
  return promise;
}
