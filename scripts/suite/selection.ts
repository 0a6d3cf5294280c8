/** Which test files are meant, and what each of them needs. */
import { isAbsolute, join, relative } from "@std/path";
import { UsageError } from "../../mod/cli/arguments/usage.ts";
import { nearest } from "../../mod/common/nearest.ts";
import { AMOUNTS } from "./plan.ts";
import { filesUnder, ROOT } from "../sources.ts";
import type { SuiteName } from "./options.ts";

/** Stands for the examples in the program's docstrings, which run as tests, too. */
export const EXAMPLES = "mod";

const TESTS = "tests/";
const SYSTEMD = "tests/systemd/service_test.ts";
const TEST_FILE = /_test\.ts$/;

/** An import of what runs the compiled program in the short suite, and the sources in the long one. */
const TWO_WAYS = /import\s*\{[^}]*\b(ways|manyClientsTest)\b[^}]*\}\s*from\s*"[^"]*\/support\//;

/** All files of a suite, by path from the project's folder. */
export async function filesOf(suite: SuiteName): Promise<string[]> {
  if (suite === "systemd") return [SYSTEMD];
  const files = (await filesUnder("tests"))
    .filter((path) => TEST_FILE.test(path) && path !== SYSTEMD);
  if (suite === "short") return [EXAMPLES, ...files];
  const counted = new Set<string>(Object.values(AMOUNTS).map(({ file }) => TESTS + file));
  const long: string[] = [];
  for (const file of files) {
    if (counted.has(file) || TWO_WAYS.test(await Deno.readTextFile(join(ROOT, file)))) {
      long.push(file);
    }
  }
  return long;
}

/**
 * The files that are meant by what was typed.
 *
 * @param all Files to choose from.
 * @param places Folders and files, from the working folder, the project's or `tests`; with or without `_test.ts`.
 * @throws {UsageError} when one of the places is none
 */
export function chosen(all: readonly string[], places: readonly string[]): string[] {
  if (places.length === 0) return [...all];
  const found = places.flatMap((place) => {
    const files = all.filter((file) => namesOf(place).some((name) => isAt(file, name)));
    if (files.length === 0) throw new UsageError(unknown(place, all));
    return files;
  });
  return [...new Set(found)];
}

/** Paths from the project's folder that a place may stand for. */
function namesOf(place: string): string[] {
  const path = isAbsolute(place) ? place : join(Deno.cwd(), place);
  const typed = [relative(ROOT, path), place].map((name) => name.replace(/\/+$/, ""));
  return typed.flatMap((name) => [name, TESTS + name]);
}

function isAt(file: string, name: string): boolean {
  return file.startsWith(`${name}/`) || [name, `${name}.ts`, `${name}_test.ts`].includes(file);
}

function unknown(place: string, all: readonly string[]): string {
  const files = all.filter((file) => file.startsWith(TESTS))
    .map((file) => file.slice(TESTS.length).replace(TEST_FILE, ""));
  const folders = [...new Set(files.map((file) => file.replace(/\/.*/, "")))];
  const meant = nearest(place.replace(/^tests\//, "").replace(TEST_FILE, ""), [
    ...folders,
    ...files,
  ]);
  const hint = meant === null ? `the folders are ${folders.join(", ")}` : `did you mean ${meant}?`;
  return `no test file is at ${place}; ${hint}`;
}

const IMPORT = /(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+\.ts)"/g;

/** Whether a module leads to another, by the project's own imports. */
export async function leadsTo(
  file: string,
  target: string,
  seen: Set<string> = new Set(),
): Promise<boolean> {
  if (file === target) return true;
  if (seen.has(file) || file === EXAMPLES) return false;
  seen.add(file);
  for (const [, specifier] of (await textOf(file)).matchAll(IMPORT)) {
    if (await leadsTo(join(file, "..", specifier!), target, seen)) return true;
  }
  return false;
}

/** A module's text; none where there is no such file, as where a formula in a text imports one. */
async function textOf(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(join(ROOT, file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
