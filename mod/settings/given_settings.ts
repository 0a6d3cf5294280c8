import { SettingsError } from "../common/errors.ts";
import { meantOrAll } from "../common/nearest.ts";

/**
 * Settings as they come from a file, the environment or flags: by the names that these have, any may be
 * absent. `token` is what the environment variable of the token holds.
 */
export interface GivenSettings {
  readonly [name: string]: unknown;
  token?: string | undefined;
  /** A table. */
  limits?: unknown;
}

/** The last layer that has one of these settings. */
export function lastWith(
  layers: readonly GivenSettings[],
  ...names: readonly string[]
): GivenSettings | undefined {
  return layers.findLast((given) => names.some((name) => given[name] !== undefined));
}

/** @throws {SettingsError} for a name that is not known, with the one that is meant */
export function refuseUnknown(given: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    throw new SettingsError(
      `the setting ${key} ${where} is not known: ${meantOrAll(key, known)}`,
    );
  }
}
