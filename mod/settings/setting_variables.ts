import { unknownVariables } from "../common/environment.ts";
import { SettingsError } from "../common/errors.ts";
import { nearest } from "../common/nearest.ts";
import { FILE_ENTRIES, LIMIT_ENTRIES, PREFIX, SETTING_ENTRIES, variableOf } from "./entries.ts";
import type { GivenSettings } from "./given_settings.ts";
import { makeSettings } from "./settings.ts";

/** The environment variable that names the settings file. */
export const FILE_VARIABLE = `${PREFIX}CONFIG`;

/**
 * The settings in the environment; the token is none of them, as it was taken before anything was started.
 *
 * @throws {SettingsError} with the variable's name
 */
export function readVariables(): GivenSettings {
  const limits: Record<string, unknown> = {};
  const given = settingsThere(FILE_ENTRIES);
  for (const { name } of LIMIT_ENTRIES) {
    const text = textOf(name);
    if (text === undefined) continue;
    limits[name] = text;
    check(name, { limits: { [name]: text } });
  }
  return { ...given, limits };
}

/**
 * Some of the settings in the environment, for a command that looks at no others.
 *
 * @throws {SettingsError} with the variable's name, also for a mistyped one
 */
export function readSomeVariables(...names: string[]): GivenSettings {
  strangeVariables();
  return settingsThere(FILE_ENTRIES.filter(({ name }) => names.includes(name)));
}

function settingsThere(entries: typeof FILE_ENTRIES): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const { name, row } of entries) {
    const text = textOf(name);
    if (text === undefined) continue;
    given[name] = row.type.fromText?.(text) ?? text;
    if (row.goesWith === undefined) check(name, { [name]: given[name] });
  }
  return given;
}

/** What the variable of a setting or limit holds; undefined where that is nothing. */
function textOf(name: string): string | undefined {
  return Deno.env.get(variableOf(name)) || undefined;
}

function check(name: string, given: GivenSettings): void {
  try {
    makeSettings(given);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new SettingsError(`${error.message} (the environment's ${variableOf(name)})`);
  }
}

/**
 * Variables that are named like settings and are none.
 *
 * @throws {SettingsError} for one that is a mistyped setting
 */
export function strangeVariables(): string[] {
  const known = [
    ...[...SETTING_ENTRIES, ...LIMIT_ENTRIES].map(({ name }) => variableOf(name)),
    FILE_VARIABLE,
  ];
  const strangers = unknownVariables(PREFIX, known);
  const ends = known.map((name) => name.slice(PREFIX.length));
  for (const name of strangers) {
    const meant = nearest(name.slice(PREFIX.length), ends);
    if (meant === null) continue;
    throw new SettingsError(
      `the environment's ${name} is no setting: did you mean ${PREFIX}${meant}?`,
    );
  }
  return strangers;
}
