import { takeTokenVariable } from "../access/token.ts";
import { ServiceError, SettingsError } from "../common/errors.ts";
import { ConnectionError } from "../client.ts";
import { StateError } from "../jobs/state_file.ts";
import { nearest } from "../common/nearest.ts";
import { ListenError } from "../tcp.ts";
import { VERSION } from "../common/version.ts";
import { commandHelp, programHelp } from "./arguments/help.ts";
import { err, out, OutputError } from "./output/standard_output.ts";
import { cancel } from "./commands/cancel.ts";
import { check } from "./commands/check.ts";
import { config } from "./commands/config.ts";
import { jobs } from "./commands/jobs.ts";
import { newFormula } from "./commands/new_formula.ts";
import { node } from "./commands/node.ts";
import { run } from "./commands/run.ts";
import { send } from "./commands/send.ts";
import { serve } from "./commands/serve.ts";
import { types } from "./commands/types.ts";
import { unit } from "./commands/unit.ts";
import { watch } from "./commands/watch.ts";
import { type Command, PROGRAM, readArguments, UsageError } from "./arguments/usage.ts";

const COMMANDS: readonly Command[] = [
  ...[serve, run, check, send, jobs, watch, cancel],
  ...[node, newFormula, types, config, unit],
];

/** A command line that can't be understood. */
const MISUSED = 2;

/**
 * Runs the program's command line.
 *
 * @return the exit code: 0, 1 when what was asked for failed, 2 when the command line is wrong
 */
export async function main(args: string[]): Promise<number> {
  try {
    return await dispatch(args, takeTokenVariable());
  } catch (error) {
    if (error instanceof UsageError) return misused(error.message, error.command);
    if (error instanceof SettingsError) return misused(error.message, args[0] ?? null);
    if (
      error instanceof ServiceError || error instanceof ListenError ||
      error instanceof StateError || error instanceof ConnectionError ||
      error instanceof OutputError || error instanceof Deno.errors.NotCapable
    ) {
      err(`${PROGRAM}: ${error.message}\n`);
      return 1;
    }
    err(
      `${PROGRAM}: INTERNAL: ${
        error instanceof Error ? `${error.name}: ${error.message}` : error
      }\n`,
    );
    return 1;
  }
}

function dispatch(args: string[], token: string | undefined): Promise<number> | number {
  const [first, ...rest] = args;
  if (first === undefined) {
    err(programHelp(COMMANDS));
    return MISUSED;
  }
  if (first === "--version") return print(`${PROGRAM} ${VERSION}\n`);
  if (isHelp(first)) return print(programHelp(COMMANDS));
  if (first === "help") {
    return print(rest[0] === undefined ? programHelp(COMMANDS) : commandHelp(find(rest[0])));
  }
  if (first.startsWith("-")) throw new UsageError(`unknown option ${first}`);
  const command = find(first);
  const before = rest.indexOf("--");
  if ((before < 0 ? rest : rest.slice(0, before)).some(isHelp)) return print(commandHelp(command));
  return command.run({ ...readArguments(command, rest), token });
}

function find(name: string): Command {
  const command = COMMANDS.find((one) => one.name === name);
  if (command !== undefined) return command;
  const names = COMMANDS.map(({ name }) => name);
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

function misused(message: string, command: string | null): number {
  const help = command === null ? `${PROGRAM} --help` : `${PROGRAM} ${command} --help`;
  err(`${PROGRAM}: ${message} (see ${help})\n`);
  return MISUSED;
}
