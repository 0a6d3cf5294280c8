import { dirname, resolve } from "@std/path";
import { parse as parseToml } from "@std/toml";
import { SettingsError } from "../common/errors.ts";
import { FILE_ENTRIES } from "./entries.ts";
import { type GivenSettings, refuseUnknown } from "./given_settings.ts";

/**
 * The settings in a TOML file. Its keys are the flags' names (a list where a flag may be repeated) and a
 * table `[limits]`; relative paths start at the file's folder.
 *
 * @throws {SettingsError}
 */
export function readSettingsFile(path: string): GivenSettings {
  const given = parsed(readText(path), path);
  refuseUnknown(given, [...FILE_ENTRIES.map(({ name }) => name), "limits"], `in ${path}`);
  for (const { name, row: { type } } of FILE_ENTRIES) {
    if (given[name] === undefined || type.isPath !== true) continue;
    given[name] = placed(type.read(name, given[name]) as string | string[], dirname(path));
  }
  return given;
}

function placed(paths: string | string[], folder: string): string | string[] {
  return Array.isArray(paths) ? paths.map((path) => resolve(folder, path)) : resolve(folder, paths);
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it doesn't exist" : reasonOf(error);
    throw new SettingsError(`the settings file ${path} can't be read: ${reason}`);
  }
}

function parsed(text: string, path: string): Record<string, unknown> {
  try {
    return parseToml(text);
  } catch (error) {
    throw new SettingsError(`the settings file ${path} is not TOML: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
