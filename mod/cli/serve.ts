import { Notifier } from "../notify.ts";
import { SENDING_SECONDS, Server } from "../server.ts";
import { type Configuration, readConfiguration } from "../configuration.ts";
import {
  DEFAULT_HOST,
  DEFAULT_PORT,
  type GivenSettings,
  LOG_LEVELS,
  type Settings,
  SettingsError,
} from "../settings.ts";
import { ServiceError } from "../errors.ts";
import { log } from "../log.ts";
import { LineSink } from "./line_sink.ts";
import { configureLog, openLog } from "./log_output.ts";
import { err } from "./output.ts";
import { type Command, type Given, optionOf, PROGRAM } from "./usage.ts";

/** How long the log may take at the end, in milliseconds. */
const LAST_WORDS = 1000;

export const serve: Command = {
  name: "serve",
  operands: "",
  summary: "run the service",
  description: `Listens for requests and runs jobs until it gets SIGTERM or SIGINT (Ctrl-C).
Once it listens it prints one line: listening on HOST:PORT. SIGHUP makes it read
its configuration again.

Jobs may only name files under a --root; symbolic links are resolved first.
Settings come from the file, which is TOML: the options' names as keys (root and
allow-host may be lists) and a table [limits]; over it from the environment,
MEASURING_PORT for port, MEASURING_JOB_SECONDS for limits.job-seconds, and so on
(MEASURING_ROOT may be several, divided by colons); over both from the options.
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
    { name: "workers", value: "N", help: "workers of a job (default: one a core)" },
    {
      name: "state",
      value: "DIR",
      help: "folder where jobs are kept, so that they outlive the service (default: in memory)",
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
  examples: [`${PROGRAM} serve --root /srv/measurements --port 27700`],
  run: runService,
};

async function runService(given: Given): Promise<number> {
  const { settings } = configurationOf(given);
  const stdout = new LineSink(Deno.stdout), stderr = openLog(settings.logLevel);
  using notifier = await Notifier.find();
  const server = makeServer(settings);
  const { hostname, port } = server.start();
  stdout.add(`listening on ${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}\n`);
  notifier?.ready(() => server.health);
  await stopSignal(() => reload(server, given, stderr));
  // Behind the replies, engines are ended and the state is closed.
  notifier?.stopping(settings.limits.stopSeconds + SENDING_SECONDS + 10);
  await server.stop();
  await stderr.drained(LAST_WORDS);
  return 0;
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
    state: optionOf(given, "state"),
    "log-level": optionOf(given, "log-level"),
    limits: limits && Object.fromEntries(limits),
  };
  return readConfiguration(optionOf(given, "config"), flags);
}

function makeServer(settings: Settings): Server {
  try {
    return new Server(settings);
  } catch (error) {
    throw error instanceof ServiceError ? new SettingsError(error.message) : error;
  }
}

/** Reads the configuration again; one that can't be used changes nothing. */
function reload(server: Server, given: Given, stderr: LineSink): void {
  try {
    const { settings } = configurationOf(given);
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
function stopSignal(onHangup: () => void): Promise<void> {
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
