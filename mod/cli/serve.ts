import { Server } from "../server.ts";
import {
  DEFAULT_HOST,
  DEFAULT_PORT,
  type GivenSettings,
  makeSettings,
  readSettingsFile,
  type Settings,
  SettingsError,
} from "../settings.ts";
import { ServiceError } from "../errors.ts";
import { err, out } from "./output.ts";
import { type Command, type Given, optionOf, PROGRAM } from "./usage.ts";

/** Seconds that replies under way may take once the service is told to stop. */
const GRACE_SECONDS = 10;

/** Descriptors kept for what is no client: engines, data, listings. */
const OWN_DESCRIPTORS = 128;
/** Descriptors of a connection over TLS: the client's, and the two ends of its passage. */
const TLS_DESCRIPTORS = 3;

export const serve: Command = {
  name: "serve",
  operands: "",
  summary: "run the service",
  description: `Listens for requests and runs jobs until it gets SIGTERM or SIGINT (Ctrl-C).
Once it listens it prints one line: listening on HOST:PORT.

Jobs may only name files under a --root; symbolic links are resolved first.
Without a token the service listens on this machine only, unless --insecure is
given. A token is a secret of 16 characters or more that requests carry as
"Token"; it comes from --token-file or the variable TCP_SERVER_TOKEN.

The settings file is TOML: the options' names as keys (root, allow-host and allow
may be lists, insecure is true or false) and a table [limits] with request-bytes,
reply-bytes, connections, idle-seconds, reply-seconds, jobs, queue, job-seconds.
Options win over the file.`,
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
      name: "allow",
      value: "RANGE",
      help: "addresses clients may come from, such as 10.0.0.0/8; may be repeated (default: all)",
      many: true,
    },
    { name: "tls-cert", value: "FILE", help: "certificate in PEM: connections are TLS" },
    { name: "tls-key", value: "FILE", help: "its private key in PEM" },
    { name: "insecure", help: "let other machines ask without a token" },
    { name: "workers", value: "N", help: "workers of a job (default: one a core)" },
    { name: "config", value: "FILE", help: "TOML file with settings" },
  ],
  examples: [
    `${PROGRAM} serve --root /srv/measurements --port 27700`,
    `${PROGRAM} serve --root /srv/measurements --host 0.0.0.0 --token-file token \\
    --allow 192.168.0.0/16 --tls-cert cert.pem --tls-key key.pem`,
  ],
  run: runService,
};

async function runService(given: Given): Promise<number> {
  const server = makeServer(given);
  const { hostname, port } = server.start();
  out(`listening on ${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}\n`);
  await stopSignal();
  await server.stop(GRACE_SECONDS);
  return 0;
}

function makeServer(given: Given): Server {
  const file = optionOf(given, "config");
  const flags: GivenSettings = {
    host: optionOf(given, "host"),
    port: optionOf(given, "port"),
    root: given.options.get("root"),
    "allow-host": given.options.get("allow-host"),
    workers: optionOf(given, "workers"),
    "token-file": optionOf(given, "token-file"),
    allow: given.options.get("allow"),
    "tls-cert": optionOf(given, "tls-cert"),
    "tls-key": optionOf(given, "tls-key"),
    insecure: given.options.has("insecure") || undefined,
  };
  const settings = makeSettings(
    file === undefined ? {} : readSettingsFile(file),
    { token: given.token },
    flags,
  );
  fitDescriptors(settings);
  try {
    return new Server(settings);
  } catch (error) {
    throw error instanceof ServiceError ? new SettingsError(error.message) : error;
  }
}

/** Lowers the limit of connections to what the system lets this process open, and says so. */
function fitDescriptors({ limits, tls }: Settings): void {
  const descriptors = descriptorLimit();
  const each = tls === null ? 1 : TLS_DESCRIPTORS;
  // A connection that comes to its end has them beside the client that took its place.
  const connections = Math.max(1, Math.floor((descriptors - OWN_DESCRIPTORS) / (2 * each)));
  if (limits.connections <= connections) return;
  err(
    `this process may open ${descriptors} files, so ${connections} clients are served at once, ` +
      `not ${limits.connections}: allow more by ulimit -n, or by LimitNOFILE in a unit\n`,
  );
  limits.connections = connections;
}

/** Descriptors this process may have; Infinity where that can't be told. */
function descriptorLimit(): number {
  let limits;
  try {
    limits = Deno.readTextFileSync("/proc/self/limits");
  } catch {
    // Not Linux, or `deno run` without all permissions; that has raised the limit already.
    return Infinity;
  }
  return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity);
}

/** Resolves at the first signal to stop; a second one ends the process at once. */
function stopSignal(): Promise<void> {
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
  return promise;
}
