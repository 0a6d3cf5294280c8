import { parseArgs } from "@std/cli/parse-args";
import { nearest } from "../../common/nearest.ts";

/** A command line that can't be understood: the message says what is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** The command whose help says more, if one is known. */
  readonly command: string | null;

  constructor(message: string, command: string | null = null) {
    super(message);
    this.command = command;
  }
}

/** One option of a command. */
export interface Option {
  name: string;
  /** What stands for the value in the help; absent where the option takes none. */
  value?: string;
  help: string;
  /** The values there are, where they are few: completions offer them. */
  choices?: readonly string[];
  /** May be given several times. */
  many?: boolean;
}

/** What a command line said: each option's values in their order, and the other arguments. */
export interface Given {
  /** An option without a value has none here. */
  options: Map<string, string[]>;
  rest: string[];
  /** What the environment variable of the token held. */
  token?: string | undefined;
}

/** One command of the program. */
export interface Command {
  name: string;
  /** What follows the command's name, options apart; any number of them where it ends with `…`, none or one in brackets. */
  operands: string;
  /** The operands there are, where they are few. */
  choices?: readonly string[];
  summary: string;
  /** Says more than the summary does. */
  description: string;
  options: readonly Option[];
  examples: string[];
  /** Does the work. @return the exit code @throws {UsageError} */
  run(given: Given): Promise<number>;
}

/** How to call the program, in its help. */
export const PROGRAM = "tcp_server";

/**
 * Reads a command's arguments.
 *
 * @throws {UsageError} for an option that is unknown, repeated or without its value, and for a wrong
 * number of operands
 */
export function readArguments(command: Omit<Command, "run">, args: string[]): Given {
  const names = command.options.map(({ name }) => name);
  const valued = command.options.filter(({ value }) => value !== undefined).map(({ name }) => name);
  const parsed: Record<string, unknown> = parseArgs(withNegativeValues(args, valued), {
    string: [...valued, "_"],
    boolean: names.filter((name) => !valued.includes(name)),
    collect: valued,
    unknown: (argument: string, key?: string) => {
      if (key === undefined) return true;
      const hint = nearest(key, names);
      const meant = hint === null ? "" : `; did you mean --${hint}?`;
      throw new UsageError(`unknown option ${argument}${meant}`, command.name);
    },
  });
  const options = new Map<string, string[]>();
  for (const { name, value, many } of command.options) {
    if (value === undefined) {
      if (args.some((argument) => argument.startsWith(`--${name}=`))) {
        throw new UsageError(`--${name} takes no value`, command.name);
      }
      if (parsed[name] === true) options.set(name, []);
      continue;
    }
    const values = parsed[name] as string[] | undefined ?? [];
    if (values.length === 0) continue;
    if (values.some((one) => one === "")) {
      throw new UsageError(`--${name} needs a value: --${name} ${value}`, command.name);
    }
    if (values.length > 1 && many !== true) {
      throw new UsageError(`--${name} is given ${values.length} times: give it once`, command.name);
    }
    options.set(name, values);
  }
  const rest = parsed._ as string[];
  if (command.operands.endsWith("…")) return { options, rest };
  const wanted = command.operands === "" ? 0 : 1;
  if (rest.length > wanted) {
    throw new UsageError(`unexpected argument ${rest[wanted]}`, command.name);
  }
  if (rest.length < wanted && !command.operands.startsWith("[")) {
    throw new UsageError(`${command.operands} is missing`, command.name);
  }
  return { options, rest };
}

/** Arguments in which negative numbers are the values of the options before them: `--priority -7`. */
function withNegativeValues(args: readonly string[], valued: readonly string[]): string[] {
  const joined: string[] = [];
  const end = args.indexOf("--");
  args.forEach((argument, at) => {
    const option = args[at - 1] ?? "";
    const isValue = /^-\d/.test(argument) && (end < 0 || at < end) &&
      option.startsWith("--") && valued.includes(option.slice(2));
    if (isValue) joined[joined.length - 1] = `${option}=${argument}`;
    else joined.push(argument);
  });
  return joined;
}

/** The value of an option given once, or undefined. */
export function optionOf(given: Given, name: string): string | undefined {
  return given.options.get(name)?.[0];
}
