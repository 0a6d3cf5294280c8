import { isAbsolute } from "@std/path";
import { out } from "../output/standard_output.ts";
import { type Command, type Given, optionOf, PROGRAM, UsageError } from "../arguments/usage.ts";

const DEFAULT_USER = "tcp_server";
const DEFAULT_DIRECTORY = "/srv/tcp_server";

export const unit: Command = {
  name: "unit",
  operands: "",
  summary: "print a systemd unit for the service",
  description:
    `Prints the unit to standard output. It expects the program in the given folder, and in
its subfolder data the datasets and formulas, writable for the user.`,
  options: [
    { name: "user", value: "USER", help: `who the service runs as (default ${DEFAULT_USER})` },
    {
      name: "directory",
      value: "DIR",
      help: `folder of the program (default ${DEFAULT_DIRECTORY})`,
    },
  ],
  examples: [
    `${PROGRAM} unit --user ada --directory /home/ada/tcp_server > tcp_server.service`,
  ],
  run: printUnit,
};

// deno-lint-ignore require-await
async function printUnit(given: Given): Promise<number> {
  const user = optionOf(given, "user") ?? DEFAULT_USER;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(user)) {
    throw new UsageError(`--user ${user} is not a user's name`, "unit");
  }
  const directory = optionOf(given, "directory") ?? DEFAULT_DIRECTORY;
  // deno-lint-ignore no-control-regex
  if (!isAbsolute(directory) || /[\x00-\x1f]/.test(directory)) {
    throw new UsageError(`--directory must be an absolute path, not ${directory}`, "unit");
  }
  out(unitText(user, directory.length > 1 ? directory.replace(/\/+$/, "") : directory));
  return 0;
}

/** The unit; the four values to check before it is installed are marked by numbers. */
export function unitText(user: string = DEFAULT_USER, directory: string = DEFAULT_DIRECTORY) {
  const program = `${directory}/tcp_server`;
  return `# The measuring service under systemd. Check the four numbered values, then:
#   sudo cp tcp_server.service /etc/systemd/system/
#   sudo systemctl daemon-reload
#   sudo systemctl enable --now tcp_server.service
#   sudo systemctl status tcp_server.service

[Unit]
Description=TCP server that runs formulas over Parquet data
After=network.target

[Service]
# The service says when it is ready, what its jobs do, and that it lives.
Type=notify
WatchdogSec=60

# (1) User: who the service runs as. It needs to read the data and the formulas,
#     and to write results beside them.
User=${escapeValue(user)}

# (2) WorkingDirectory: the folder of the program.
WorkingDirectory=${escapeValue(directory)}

# (3) ExecStart: full path of the program and its options. Jobs may use the files
#     under --root only, a folder that has to exist; repeat it for more folders,
#     and add those to the writable ones below.
#     The service answers this machine alone. For others add --host 0.0.0.0 and
#     --token-file FILE, a file that this user alone may read; with --tls-cert FILE
#     and --tls-key FILE connections are encrypted.
ExecStart=${quoteArgument(program)} serve --root ${
    quoteArgument(`${directory}/data`)
  } --state \${STATE_DIRECTORY}
# Jobs are kept in this folder below /var/lib, so that they outlive the service.
StateDirectory=tcp_server
StateDirectoryMode=0700
# systemctl reload: the configuration is read again.
ExecReload=/bin/sh -c "kill -HUP $MAINPID"

# (4) RestartSec: seconds before the service is started again after a failure.
RestartSec=10
Restart=always
# A wrong option or setting stays wrong: that is not tried again.
RestartPreventExitStatus=2

# A stop lets jobs and replies under way be finished for ten seconds; jobs that
# take longer run again when the service is back.
TimeoutStopSec=30
# One descriptor a connection, three over TLS, two more over HTTP, and some for the jobs.
LimitNOFILE=16384
# An image of its memory would hold data.
LimitCORE=0
# Where the kernel ends an engine for want of memory, the service goes on.
OOMPolicy=continue

# It writes to these folders, to the one of its state, and nowhere else.
ProtectSystem=strict
${visibleFolders(directory)}
# What it never needs. Writable and executable memory it does need: V8 compiles.
# For its figures of the machine it reads all of /proc.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
PrivateDevices=yes
PrivateUsers=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
KeyringMode=private
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}

/** Which folders the service sees and may write to; homes and temporary files of others are hidden. */
function visibleFolders(directory: string): string {
  const within = (pattern: RegExp) => pattern.test(`${directory}/`);
  // Data that isn't there yet is the program's to complain about, and it does so better.
  const data = quotePath(`-${directory}/data`);
  if (within(/^\/(home|root|run\/user)\//)) {
    return `PrivateTmp=yes
ProtectHome=tmpfs
BindReadOnlyPaths=${quotePath(directory)}
BindPaths=${data}
`;
  }
  const temporary = within(/^(\/var)?\/tmp\//);
  return `${temporary ? "ReadWritePaths=/tmp /var/tmp\nPrivateTmp=no" : "PrivateTmp=yes"}
ProtectHome=yes
ReadWritePaths=${data}
`;
}

/** A per cent sign would start one of systemd's specifiers. */
function escapeValue(value: string): string {
  return value.replaceAll("%", "%%");
}

/** An argument of a command line in a unit: as a path, and variables escaped. */
function quoteArgument(argument: string): string {
  return quotePath(argument.replaceAll("$", "$$$$"));
}

/** One of several paths: quoted where it must be, specifiers escaped. */
function quotePath(path: string): string {
  const escaped = escapeValue(path);
  return /^[A-Za-z0-9_.,:%/@+=$-]+$/.test(escaped)
    ? escaped
    : `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
