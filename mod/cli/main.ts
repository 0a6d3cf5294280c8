import { takeTokenVariable } from "../access/token.ts";
import { ServiceError } from "../errors.ts";
import { ConnectionError } from "../client.ts";
import { StateError } from "../jobs/state_file.ts";
import { nearest } from "../nearest.ts";
import { SettingsError } from "../settings.ts";
import { ListenError } from "../tcp.ts";
import { VERSION } from "../version.ts";
import { commandHelp, programHelp } from "./help.ts";
import { err, out, OutputError } from "./output.ts";
import { cancel } from "./cancel.ts";
import { check } from "./check.ts";
import { config } from "./config.ts";
import { jobs } from "./jobs.ts";
import { newFormula } from "./new_formula.ts";
import { node } from "./node.ts";
import { run } from "./run.ts";
import { send } from "./send.ts";
import { serve } from "./serve.ts";
import { types } from "./types.ts";
import { unit } from "./unit.ts";
import { watch } from "./watch.ts";
import { type Command, PROGRAM, readArguments, UsageError } from "./usage.ts";

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
