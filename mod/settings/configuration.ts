import { LIMIT_ENTRIES, SETTING_ENTRIES, variableOf } from "./entries.ts";
import { FILE_VARIABLE, readVariables, strangeVariables } from "./setting_variables.ts";
import type { GivenSettings } from "./given_settings.ts";
import { makeSettings, type Settings } from "./settings.ts";
import { readSettingsFile } from "./settings_file.ts";

/** Settings that are in force, and where each of them comes from. */
export interface Configuration {
  settings: Settings;
  /** Of the settings but the limits, by name. */
  origins: ReadonlyMap<string, Origin>;
  /** Of the limits, by name. */
  limitOrigins: ReadonlyMap<string, Origin>;
  /** Variables of the environment that are named like settings and are none. */
  strangers: string[];
}

/** Where a setting comes from. */
export interface Origin {
  /** In words. */
  source: string;
  /** What was said there; undefined for a default. */
  given: unknown;
}

/** Settings from one place. */
interface Layer {
  given: GivenSettings;
  /** The place in words, for the setting or limit of a name. */
  source(name: string): string;
  limitSource?(name: string): string;
}

/**
 * Puts settings together: the defaults, over them the file, the environment, and the flags.
 *
 * @param path Of the file; without one it is that of the environment's `MEASURING_CONFIG`, if any.
 * @param token What the environment's variable of the token held.
 * @throws {SettingsError}
 */
export function readConfiguration(
  path: string | undefined,
  flags: GivenSettings,
  token?: string,
): Configuration {
  const strangers = strangeVariables();
  const file = path ?? Deno.env.get(FILE_VARIABLE);
  const layers: Layer[] = [
    ...(file === undefined ? [] : [fileLayer(file)]),
    {
      given: { ...readVariables(), token },
      source: (name) => `environment ${variableOf(name)}`,
    },
    { given: flags, source: (name) => `flag --${name}`, limitSource: () => "flag --limit" },
  ];
  return {
    settings: makeSettings(...layers.map(({ given }) => given)),
    origins: new Map(SETTING_ENTRIES.map(({ name }) => [name, originOf(name, layers)])),
    limitOrigins: new Map(LIMIT_ENTRIES.map(({ name }) => [name, limitOriginOf(name, layers)])),
    strangers,
  };
}

function fileLayer(path: string): Layer {
  return { given: readSettingsFile(path), source: () => `file ${path}` };
}

function originOf(name: string, layers: readonly Layer[]): Origin {
  const layer = layers.findLast(({ given }) => given[name] !== undefined);
  return { source: layer?.source(name) ?? "default", given: layer?.given[name] };
}

function limitOriginOf(name: string, layers: readonly Layer[]): Origin {
  const inLimits = ({ given: { limits }, source, limitSource = source }: Layer): Layer => ({
    given: (limits ?? {}) as GivenSettings,
    source: limitSource,
  });
  return originOf(name, layers.map(inLimits));
}
