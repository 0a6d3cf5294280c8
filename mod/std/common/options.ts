/**
 * What is said to a function of the library beside its numbers: options by name, and words that
 * choose. A name or a word that doesn't exist is refused, with those that do: it would change
 * nothing, and the results would be others than were asked for.
 */
import { nearest } from "../../common/nearest.ts";

/**
 * What an option takes: gives the value when it is such.
 *
 * @param given Never undefined: that is an option which is absent.
 * @throws RangeError or TypeError that names the option, what was given and what there is.
 */
export type Rule<T> = (given: unknown, name: string) => T;

/** A rule for each option: a table without one of them has no such type. */
export type Rules<Options> = {
  readonly [Name in keyof Options]-?: Rule<Exclude<Options[Name], undefined>>;
};

/** A reader of options. Each is read once, so that what was looked at is what is used. */
export function optionsBy<Options extends object>(
  rules: Rules<Options>,
): (given?: Options) => Options {
  const names = Object.keys(rules) as (keyof Options & string)[];
  return (given) => {
    const options: Partial<Options> = {};
    if (given === undefined) return options as Options;
    if (!isRecord(given)) {
      const example = `{ ${names.map((name) => `${name}: …`).join(", ")} }`;
      throw new TypeError(`options are an object such as ${example}, not ${told(given)}`);
    }
    for (const name of Object.keys(given)) {
      if (!(names as string[]).includes(name)) {
        throw new RangeError(
          `there is no option "${name}"${meant(name, names)}; there ${
            names.length === 1 ? "is" : "are"
          } ${listed(names, "and")}`,
        );
      }
    }
    for (const name of names) {
      const value = given[name];
      if (value !== undefined) options[name] = rules[name](value, name);
    }
    return options as Options;
  };
}

/** One word of several. */
export function oneOf<Word extends string>(...words: readonly Word[]): Rule<Word> {
  return (given, name) => {
    const word = words.find((word) => word === given);
    if (word !== undefined) return word;
    const must = `"${name}" must be ${listed(words, "or")}, not ${told(given)}`;
    if (typeof given !== "string") throw new TypeError(must);
    throw new RangeError(must + meant(given, words));
  };
}

/** A whole number from `least` on. */
export function whole(least: number): Rule<number> {
  return (given, name) => {
    if (Number.isSafeInteger(given) && (given as number) >= least) return given as number;
    const must = `"${name}" must be a whole number from ${least} on, not ${told(given)}`;
    throw typeof given === "number" ? new RangeError(must) : new TypeError(must);
  };
}

/** A text. */
export const text: Rule<string> = (given, name) => {
  if (typeof given === "string") return given;
  throw new TypeError(`"${name}" must be a text, not ${told(given)}`);
};

/** A number, and neither NaN nor an infinity. */
export const finite: Rule<number> = (given, name) => {
  if (Number.isFinite(given)) return given as number;
  const must = `"${name}" must be a finite number, not ${told(given)}`;
  throw typeof given === "number" ? new RangeError(must) : new TypeError(must);
};

/** Numbers by index: a typed array or an array. */
export const numbers: Rule<ArrayLike<number>> = (given, name) => {
  if (isList(given)) return given;
  throw new TypeError(`"${name}" must be an array of numbers, not ${told(given)}`);
};

/** Whether a value is a list by index; a text is none, though it has a length. */
export function isList(value: unknown): value is ArrayLike<number> {
  return typeof value === "object" && value !== null &&
    typeof (value as { length?: unknown }).length === "number";
}

/** A value as an error names it. */
export function told(value: unknown): string {
  if (typeof value === "string") {
    return value.length > 40 ? `a text of ${value.length} characters` : JSON.stringify(value);
  }
  if (isList(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" || typeof value === "symbol"
    ? `a ${typeof value}`
    : String(value);
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isList(value);
}

function meant(typed: string, names: readonly string[]): string {
  const near = nearest(typed, names);
  return near === null ? "" : `; did you mean "${near}"?`;
}

function listed(names: readonly string[], last: "and" | "or"): string {
  const quoted = names.map((name) => `"${name}"`);
  return quoted.length < 2
    ? quoted.join()
    : `${quoted.slice(0, -1).join(", ")} ${last} ${quoted.at(-1)}`;
}
