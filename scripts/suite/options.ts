import {
  type Command,
  optionOf,
  readArguments,
  UsageError,
} from "../../mod/cli/arguments/usage.ts";
import { nearest } from "../../mod/common/nearest.ts";
import { type AmountName, AMOUNTS } from "./plan.ts";

/** The suites: what a change must pass at once, what takes long, and the unit under systemd. */
export type SuiteName = "short" | "long" | "systemd";

/** What to run, and how. */
export interface Options {
  /** Files and folders as they were typed; all where there are none. */
  places: readonly string[];
  /** Runs only tests with this text, or `/expression/`, in their names. */
  filter: string | undefined;
  /** Test files that run side by side. */
  jobs: number;
  seed: number;
  /** Amounts that were given, by name. */
  amounts: Partial<Record<AmountName, number>>;
  /** Prints the slowest tests. */
  slowest: boolean;
  /** Further arguments of `deno test`. */
  further: readonly string[];
}

/** Seed of the short suite: a change is not to fail for what another one did. */
const SHORT_SEED = 27_700;

const TASKS: Readonly<Record<SuiteName, string>> = {
  short: "test",
  long: "test:long",
  systemd: "test:systemd",
};

/** A suite's task as a command: its options and its help. */
export function commandOf(suite: SuiteName): Omit<Command, "run"> {
  const amounts = Object.entries(AMOUNTS).map(([name, { unit, short, long }]) =>
    `  ${name.padEnd(18)} ${String(suite === "long" ? long : short).padStart(7)}  ${unit}`
  );
  return {
    name: TASKS[suite],
    operands: "[FILE|FOLDER]…",
    summary: "runs the tests of these files and folders, or all",
    description:
      `Folders and files are named as in tests/: parquet, wire/tcp, tests/wire/tcp_test.ts.
What follows -- goes to deno test.

Amounts:
${amounts.join("\n")}`,
    options: [
      {
        name: "filter",
        value: "TEXT",
        help: "only tests with this in their names, or /EXPRESSION/",
      },
      { name: "slowest", help: "print the twenty slowest tests" },
      { name: "jobs", value: "NUMBER", help: "test files side by side" },
      { name: "seed", value: "NUMBER", help: "seed of all that is random" },
      { name: "amount", value: "NAME=NUMBER", help: "how much of something is done", many: true },
    ],
    examples: [
      `./denow task ${TASKS[suite]} parquet`,
      `./denow task ${TASKS[suite]} wire/framing_fuzz --seed 7 --amount framing-fuzz=1000000`,
    ],
  };
}

/**
 * Reads the arguments of a suite's task.
 *
 * @throws {UsageError} for what can't be understood
 */
export function readOptions(suite: SuiteName, args: readonly string[]): Options {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const given = readArguments(commandOf(suite), [...own]);
  const number = (name: string, least: number) => {
    const text = optionOf(given, name);
    return text === undefined ? undefined : wholeNumber(`--${name}`, text, least);
  };
  return {
    places: given.rest,
    filter: optionOf(given, "filter"),
    jobs: number("jobs", 1) ?? navigator.hardwareConcurrency + 1,
    seed: number("seed", 0) ??
      (suite === "short" ? SHORT_SEED : crypto.getRandomValues(new Uint32Array(1))[0]!),
    amounts: readAmounts(given.options.get("amount") ?? []),
    slowest: given.options.has("slowest"),
    further: end < 0 ? [] : args.slice(end + 1),
  };
}

function readAmounts(given: readonly string[]): Partial<Record<AmountName, number>> {
  const names = Object.keys(AMOUNTS) as AmountName[];
  return Object.fromEntries(given.map((text) => {
    const [name = "", value = ""] = text.split("=", 2);
    if (!(names as string[]).includes(name)) {
      const meant = nearest(name, names);
      throw new UsageError(
        `unknown amount ${name}; ${
          meant === null ? `there are ${names.join(", ")}` : `did you mean ${meant}?`
        }`,
      );
    }
    return [name, wholeNumber(`--amount ${name}`, value, 0)];
  }));
}

function wholeNumber(what: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(
    `${what} takes a whole number from ${least} on, not ${JSON.stringify(text)}`,
  );
}
