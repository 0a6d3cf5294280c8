import type { Configuration } from "./configuration.ts";
import { LIMIT_ENTRIES, SETTING_ENTRIES, type SettingEntry } from "./entries.ts";
import type { Settings } from "./settings.ts";

/** The configuration as a settings file, with a remark behind each setting that says where it comes from. */
export function describeConfiguration(configuration: Configuration): string {
  const { settings, origins, limitOrigins } = configuration;
  const lines: [text: string, source: string][] = [];
  for (const entry of SETTING_ENTRIES) {
    const { source, given } = origins.get(entry.name)!;
    if (entry.row.isVariable && given === undefined) continue;
    lines.push([settingLine(entry, settings, given), source]);
  }
  const limits = LIMIT_ENTRIES.map((
    { name, key },
  ): [string, string] => [`${name} = ${settings.limits[key]}`, limitOrigins.get(name)!.source]);
  const width = Math.max(...[...lines, ...limits].map(([text]) => text.length));
  const remarked = ([text, source]: [string, string]) => `${text.padEnd(width)}  # ${source}\n`;
  return [...lines.map(remarked), "\n[limits]\n", ...limits.map(remarked)].join("");
}

/** TOML has no word for what isn't there, and what comes from the environment alone stands in no file. */
function settingLine({ name, key, row }: SettingEntry, settings: Settings, given: unknown): string {
  const value = row.makes === undefined ? settings[key as keyof Settings] : given ?? null;
  if (value === null) return `# ${name} =`;
  const shown = JSON.stringify(row.shown === undefined ? value : row.shown(String(value)));
  return `${row.isVariable ? "# " : ""}${name} = ${shown}`;
}
