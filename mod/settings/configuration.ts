import { unknownVariables } from "../common/environment.ts";
import { nearest } from "../common/nearest.ts";
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
  /** What was said of each setting, where something was. */
  given: Map<string, unknown>;
  /** Variables of the environment that are named like settings and are none. */
  strangers: string[];
}

/** What names of environment variables start with. */
export const PREFIX = "MEASURING_";

/** What is read from the environment beside the settings. */
const OTHER_VARIABLES = ["CONFIG"];

/** Settings that say where something is to be read, or are told as they were given. */
const READ_ONCE = ["token", "token-file", "tokens-file", "allow", "tls-cert", "tls-key"];

/** Values that no listing may show. */
const SECRET = /^token$/;
/** Settings that go with another one: they are looked at together, with the rest. */
const TOGETHER = /^tls-|^cluster-(ca|secret)$/;

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
  const strangers = strangersInEnvironment();
  const file = path ?? Deno.env.get(`${PREFIX}CONFIG`);
  const layers: [source: (name: string) => string, given: GivenSettings][] = [
    ...(file === undefined ? [] : [[() => `file ${file}`, readSettingsFile(file)]] as const),
    [(name) => `environment ${variable(name)}`, { ...readEnvironment(), token }],
    [(name) => name.startsWith("limits.") ? "flag --limit" : `flag --${name}`, flags],
  ] as [(name: string) => string, GivenSettings][];
  const settings = makeSettings(...layers.map(([, given]) => given));
  const sources = new Map<string, string>();
  const said = new Map<string, unknown>();
  for (const name of settingNames()) {
    const layer = layers.findLast(([, given]) => valueOf(given, name) !== undefined);
    sources.set(name, layer?.[0](name) ?? "default");
    if (layer) said.set(name, valueOf(layer[1], name));
  }
  return { settings, sources, given: said, strangers };
}

/** The configuration as a settings file, with a remark behind each setting that says where it comes from. */
export function describeConfiguration({ settings, sources, given }: Configuration): string {
  const lines: [string, string][] = [];
  for (const [name, source] of sources) {
    if (name === "token" && !given.has(name)) continue;
    const limit = name.startsWith("limits.") ? name.slice("limits.".length) : null;
    if (limit !== null && !lines.some(([text]) => text === "[limits]")) {
      lines.push(["[limits]", ""]);
    }
    const value = limit !== null
      ? settings.limits[LIMIT_NAMES[limit]!]
      : READ_ONCE.includes(name)
      ? given.get(name) ?? null
      : settings[SETTING_NAMES[name]!];
    const shown = value === null
      ? ""
      : SECRET.test(name)
      ? '"***"'
      : JSON.stringify(name === "cluster" ? withoutPassword(String(value)) : value);
    // TOML has no word for what isn't there; a token stands in no settings file.
    lines.push([
      `${value === null || name === "token" ? "# " : ""}${limit ?? name} = ${shown}`,
      source,
    ]);
  }
  const width = Math.max(...lines.map(([text]) => text.length));
  return lines.map(([text, source]) =>
    source ? `${text.padEnd(width)}  # ${source}\n` : `\n${text}\n`
  )
    .join("");
}

function withoutPassword(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.password === "") return text;
  url.password = "***";
  return url.href;
}

function settingNames(): string[] {
  return [
    ...Object.keys(SETTING_NAMES),
    "token",
    ...Object.keys(LIMIT_NAMES).map((name) => `limits.${name}`),
  ];
}

function valueOf(given: GivenSettings, name: string): unknown {
  if (!name.startsWith("limits.")) return given[name as keyof GivenSettings];
  return (given.limits as Record<string, unknown> | undefined)?.[name.slice("limits.".length)];
}

/** Variables that are no settings. @throws {SettingsError} for one that is a mistyped setting */
function strangersInEnvironment(): string[] {
  const known = [...settingNames().map(variable), ...OTHER_VARIABLES.map((name) => PREFIX + name)];
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

/** @throws {SettingsError} with the variable's name */
function readEnvironment(): GivenSettings {
  const given: Record<string, unknown> = {};
  const limits: Record<string, unknown> = {};
  for (const name of settingNames()) {
    if (name === "token") continue; // it was taken from the environment before anything was started
    const text = Deno.env.get(variable(name));
    if (text === undefined || text === "") continue;
    const value = fromText(name, text);
    const limit = name.startsWith("limits.") ? name.slice("limits.".length) : null;
    try {
      if (!TOGETHER.test(name)) {
        makeSettings(limit === null ? { [name]: value } : { limits: { [limit]: value } });
      }
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      throw new SettingsError(`${error.message} (the environment's ${variable(name)})`);
    }
    if (limit === null) given[name] = value;
    else limits[limit] = value;
  }
  return { ...given, limits };
}

/** A setting's value as a file would have it. */
function fromText(name: string, text: string): unknown {
  if (name === "root") return text.split(":");
  if (name === "allow-host" || name === "allow") return text.split(",");
  if (/^(insecure|cluster-wait)$/.test(name) && /^(true|false)$/.test(text)) {
    return text === "true";
  }
  return text;
}

function variable(name: string): string {
  return PREFIX + name.replace("limits.", "").replaceAll("-", "_").toUpperCase();
}
