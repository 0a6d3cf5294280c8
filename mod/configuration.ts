import {
  type GivenSettings,
  LIMIT_NAMES,
  makeSettings,
  readSettingsFile,
  SETTING_NAMES,
  type Settings,
  SettingsError,
} from "./settings.ts";

/** Settings that are in force, and where each of them comes from. */
export interface Configuration {
  settings: Settings;
  /** By the name of the setting; a limit's starts with `limits.`. */
  sources: Map<string, string>;
}

/** What names of environment variables start with. */
export const PREFIX = "MEASURING_";

/** Values that no listing may show. */
const SECRET = /token|secret|password/;

/**
 * Puts settings together: the defaults, over them the file, the environment, and the flags.
 *
 * @param path Of the file; without one it is that of the environment's `MEASURING_CONFIG`, if any.
 * @throws {SettingsError}
 */
export function readConfiguration(path: string | undefined, flags: GivenSettings): Configuration {
  const file = path ?? Deno.env.get(`${PREFIX}CONFIG`);
  const layers: [source: (name: string) => string, given: GivenSettings][] = [
    ...(file === undefined ? [] : [[() => `file ${file}`, readSettingsFile(file)]] as const),
    [(name) => `environment ${variable(name)}`, readEnvironment()],
    [(name) => name.startsWith("limits.") ? "flag --limit" : `flag --${name}`, flags],
  ] as [(name: string) => string, GivenSettings][];
  const settings = makeSettings(...layers.map(([, given]) => given));
  const sources = new Map<string, string>();
  for (const name of settingNames()) {
    const source = layers.findLast(([, given]) => valueOf(given, name) !== undefined)?.[0];
    sources.set(name, source?.(name) ?? "default");
  }
  return { settings, sources };
}

/** The configuration as a settings file, with a remark behind each setting that says where it comes from. */
export function describeConfiguration({ settings, sources }: Configuration): string {
  const lines: [string, string][] = [];
  for (const [name, source] of sources) {
    const limit = name.startsWith("limits.") ? name.slice("limits.".length) : null;
    if (limit !== null && !lines.some(([text]) => text === "[limits]")) {
      lines.push(["[limits]", ""]);
    }
    const value = limit === null
      ? settings[SETTING_NAMES[name]!]
      : settings.limits[LIMIT_NAMES[limit]!];
    const shown = value === null ? "" : SECRET.test(name) ? '"***"' : JSON.stringify(value);
    // TOML has no word for what isn't there.
    lines.push([`${value === null ? "# " : ""}${limit ?? name} = ${shown}`, source]);
  }
  const width = Math.max(...lines.map(([text]) => text.length));
  return lines.map(([text, source]) =>
    source ? `${text.padEnd(width)}  # ${source}\n` : `\n${text}\n`
  )
    .join("");
}

function settingNames(): string[] {
  return [
    ...Object.keys(SETTING_NAMES),
    ...Object.keys(LIMIT_NAMES).map((name) => `limits.${name}`),
  ];
}

function valueOf(given: GivenSettings, name: string): unknown {
  if (!name.startsWith("limits.")) return given[name as keyof GivenSettings];
  return (given.limits as Record<string, unknown> | undefined)?.[name.slice("limits.".length)];
}

/** @throws {SettingsError} with the variable's name */
function readEnvironment(): GivenSettings {
  const given: Record<string, unknown> = {};
  const limits: Record<string, unknown> = {};
  for (const name of settingNames()) {
    const text = Deno.env.get(variable(name));
    if (text === undefined || text === "") continue;
    const value = name === "root"
      ? text.split(":")
      : name === "allow-host"
      ? text.split(",")
      : text;
    const limit = name.startsWith("limits.") ? name.slice("limits.".length) : null;
    try {
      makeSettings(limit === null ? { [name]: value } : { limits: { [limit]: value } });
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      throw new SettingsError(`${error.message} (the environment's ${variable(name)})`);
    }
    if (limit === null) given[name] = value;
    else limits[limit] = value;
  }
  return { ...given, limits };
}

function variable(name: string): string {
  return PREFIX + name.replace("limits.", "").replaceAll("-", "_").toUpperCase();
}
