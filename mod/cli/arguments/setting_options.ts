import { SettingsError } from "../../common/errors.ts";
import { type Configuration, readConfiguration } from "../../settings/configuration.ts";
import { FILE_ENTRIES, type SettingEntry } from "../../settings/entries.ts";
import type { GivenSettings } from "../../settings/given_settings.ts";
import { defaultText, helpOf } from "../../settings/row.ts";
import { SETTINGS } from "../../settings/table.ts";
import { type Given, type Option, optionOf } from "./usage.ts";

/** Options that say where more settings are. */
const FURTHER_OPTIONS: readonly Option[] = [
  { name: "config", value: "FILE", help: "TOML file with settings" },
  {
    name: "limit",
    value: "NAME=N",
    help: "one of the file's [limits], such as jobs=4; may be repeated",
    many: true,
  },
];

/** The settings as options of the service. */
export const SETTING_OPTIONS: readonly Option[] = [
  ...FILE_ENTRIES.map((entry) => optionFor(entry)),
  ...FURTHER_OPTIONS,
];

/** Those that nodes of a cluster have, too. */
export const NODE_OPTIONS: readonly Option[] = [
  ...FILE_ENTRIES.filter(({ row }) => row.node !== undefined)
    .map((entry) => optionFor(entry, entry.row.node === true ? undefined : entry.row.node)),
  ...FURTHER_OPTIONS,
];

/** The option of one setting, in the words of a command that means it otherwise than the service. */
export function settingOption(key: keyof typeof SETTINGS, help: string): Option {
  return optionFor(FILE_ENTRIES.find(({ row }) => row === SETTINGS[key])!, help);
}

function optionFor({ name, row }: SettingEntry, ownHelp?: string): Option {
  const { value, type } = row;
  const repeated = type.isList ? "; may be repeated" : "";
  const help = ownHelp === undefined
    ? `${helpOf(row)}${repeated}${defaultOf(row)}`
    : `${ownHelp}${repeated}`;
  const { choices } = type;
  const option = { name, help, many: type.isList === true, ...(choices && { choices }) };
  return value === undefined ? option : { ...option, value };
}

function defaultOf(row: SettingEntry["row"]): string {
  const text = defaultText(row);
  if (text === null) return "";
  return row.defaultWords === undefined ? ` (default ${text})` : ` (default: ${text})`;
}

/** What is in force with these options. @throws {SettingsError} */
export function configurationOf(given: Given): Configuration {
  return readConfiguration(optionOf(given, "config"), flagsOf(given), given.token);
}

function flagsOf({ options }: Given): GivenSettings {
  const flags: Record<string, unknown> = {};
  for (const { name, row: { type } } of FILE_ENTRIES) {
    const values = options.get(name);
    if (values === undefined) continue;
    flags[name] = type.isSwitch ? true : type.isList ? values : values[0];
  }
  const limits = options.get("limit")?.map(limitOf);
  return { ...flags, limits: limits && Object.fromEntries(limits) };
}

function limitOf(text: string): [name: string, value: string] {
  const [, name, value] = /^([a-z-]+)=(.+)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new SettingsError(`--limit must be NAME=N, not ${text}`);
}
