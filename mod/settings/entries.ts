import { type LimitRow, LIMITS, type Limits } from "./limits.ts";
import { spelled } from "./row.ts";
import { type SettingRow, SETTINGS } from "./table.ts";

/** What names of environment variables start with. */
export const PREFIX = "MEASURING_";

/** A setting that is no limit, by its name. */
export interface SettingEntry {
  /** In files and flags. */
  name: string;
  /** The setting's property, or that of what is made of it and of others. */
  key: string;
  row: SettingRow<unknown>;
}

/** A limit by its name. */
export interface LimitEntry {
  /** In the table `[limits]` and in `--limit`. */
  name: string;
  key: keyof Limits;
  row: LimitRow;
}

/** Settings with the names that users have for them, the limits apart. */
export const SETTING_ENTRIES: readonly SettingEntry[] = Object.entries(SETTINGS)
  .map(([key, row]: [string, SettingRow<unknown>]) => ({
    name: row.name ?? spelled(key),
    key: row.makes ?? key,
    row,
  }));

/** Settings that files and flags may have, in the order in which they are told. */
export const FILE_ENTRIES: readonly SettingEntry[] = SETTING_ENTRIES
  .filter(({ row }) => row.isVariable !== true);

/** Limits with the names that users have for them. */
export const LIMIT_ENTRIES: readonly LimitEntry[] = Object.entries(LIMITS)
  .map(([key, row]) => ({ name: spelled(key), key: key as keyof Limits, row }));

/** The environment variable of a setting or limit. */
export function variableOf(name: string): string {
  return PREFIX + name.replaceAll("-", "_").toUpperCase();
}
