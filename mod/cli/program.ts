import { takeTokenVariable } from "../access/token.ts";
import { ServiceError, SettingsError } from "../common/errors.ts";
import { ConnectionError } from "../client.ts";
import { StateError } from "../jobs/state_file.ts";
import { nearest } from "../common/nearest.ts";
import { ListenError } from "../tcp.ts";
import { VERSION } from "../common/version.ts";
import { commandHelp, programHelp } from "./arguments/help.ts";
import { failureWords } from "./output/failure.ts";
import { err, out, OutputError } from "./output/standard_output.ts";
import { type Command, PROGRAM, readArguments, UsageError } from "./arguments/usage.ts";

/** The commands by their names, in the order of the help; each is loaded when it is needed. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./commands/serve.ts")).serve,
  run: async () => (await import("./commands/run.ts")).run,
  submit: async () => (await import("./commands/submit.ts")).submit,
  check: async () => (await import("./commands/check.ts")).check,
  send: async () => (await import("./commands/send.ts")).send,
  jobs: async () => (await import("./commands/jobs.ts")).jobs,
  watch: async () => (await import("./commands/watch.ts")).watch,
  cancel: async () => (await import("./commands/cancel.ts")).cancel,
  lineage: async () => (await import("./commands/lineage.ts")).lineage,
  verify: async () => (await import("./commands/verify.ts")).verify,
  node: async () => (await import("./commands/node.ts")).node,
  new: async () => (await import("./commands/new_formula.ts")).newFormula,
  types: async () => (await import("./commands/types.ts")).types,
  config: async () => (await import("./commands/config.ts")).config,
  unit: async () => (await import("./commands/unit.ts")).unit,
  completions: async () => (await import("./commands/completions.ts")).completions(allCommands),
};

function allCommands(): Promise<Command[]> {
  return Promise.all(Object.values(COMMANDS).map((load) => load()));
}

/** A command line that can't be understood. */
const MISUSED = 2;

/**
 * Runs the program's command line.
 *
 * @return the exit code: 0, 1 when what was asked for failed, 2 when the command line is wrong, and 130 or 143 when
 * Ctrl-C or SIGTERM ended it
 */
export async function main(args: string[]): Promise<number> {
  try {
    return await dispatch(args, takeTokenVariable());
  } catch (error) {
    if (error instanceof UsageError) return misused(error.message, error.command);
    if (error instanceof SettingsError) return misused(error.message, args[0] ?? null);
    if (error instanceof ServiceError) return failed(failureWords(error));
    if (
      error instanceof ListenError ||
      error instanceof StateError || error instanceof ConnectionError ||
      error instanceof OutputError || error instanceof Deno.errors.NotCapable
    ) {
      return failed(`${PROGRAM}: ${error.message}\n`);
    }
    return failed(failureWords(ServiceError.from(error)));
  }
}

async function dispatch(args: string[], token: string | undefined): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) {
    err(await helpOfAll());
    return MISUSED;
  }
  if (first === "--version") return print(`${PROGRAM} ${VERSION}\n`);
  if (isHelp(first)) return print(await helpOfAll());
  if (first === "help") {
    return print(rest[0] === undefined ? await helpOfAll() : commandHelp(await find(rest[0])));
  }
  if (first.startsWith("-")) throw new UsageError(`unknown option ${first}`);
  const command = await find(first);
  const before = rest.indexOf("--");
  if ((before < 0 ? rest : rest.slice(0, before)).some(isHelp)) return print(commandHelp(command));
  return await command.run({ ...readArguments(command, rest), token });
}

async function helpOfAll(): Promise<string> {
  return programHelp(await allCommands());
}

async function find(name: string): Promise<Command> {
  if (Object.hasOwn(COMMANDS, name)) return await COMMANDS[name]!();
  const names = Object.keys(COMMANDS);
  const meant = nearest(name, names);
  throw new UsageError(
    `unknown command ${name}; ` +
      (meant === null ? `the commands are ${names.join(", ")}` : `did you mean ${meant}?`),
  );
}

function isHelp(argument: string): boolean {
  return argument === "--help" || argument === "-h";
}

function print(text: string): number {
  out(text);
  return 0;
}

function failed(words: string): number {
  err(words);
  return 1;
}

function misused(message: string, command: string | null): number {
  const help = command === null ? `${PROGRAM} --help` : `${PROGRAM} ${command} --help`;
  err(`${PROGRAM}: ${message} (see ${help})\n`);
  return MISUSED;
}
