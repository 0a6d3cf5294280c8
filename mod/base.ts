import { globToRegExp, join } from "@std/path";
import { ServiceError } from "./errors.ts";
import type { BaseFiles } from "./job.ts";
import { Hosts } from "./remote/hosts.ts";
import { fileName, isUrl } from "./remote/url.ts";
import type { Roots } from "./roots.ts";
import { RESULT_SUFFIX } from "./wire/message.ts";

type BaseFile = BaseFiles["files"][number];

/** Files of a dataset at most. */
const MOST_FILES = 100_000;
/** What a folder is named after that its files' rows have no value for: Hive's own word. */
const NO_VALUE = "__HIVE_DEFAULT_PARTITION__";

/**
 * The files that a request's `Base` means: one file, all Parquet files below a folder, those that
 * match a glob, a file on an HTTP server, or several of these one after another. Of a folder and a glob, hidden files (`.`, `_`)
 * and results of earlier jobs are left out, and parts are in natural order: `part.2` before `part.10`.
 *
 * @param directory Real path of the request's folder, where names start.
 * @throws ServiceError `BASE_NOT_FOUND` when nothing is found, `FORBIDDEN_PATH` for what lies outside
 * the roots, links followed, and for a server that is not among `hosts`.
 */
export function expandBase(
  roots: Roots,
  directory: string,
  base: string | string[],
  hosts: Hosts = new Hosts(),
): BaseFiles {
  const names = typeof base === "string" ? [base] : base;
  const files = names.flatMap((name) =>
    isUrl(name) ? [{ path: hosts.allowed(name), hive: {} }] : expand(roots, directory, name)
  );
  const paths = new Set(files.map(({ path }) => path));
  if (paths.size < files.length) {
    throw new ServiceError("BAD_REQUEST", "Base names a file more than once.");
  }
  if (files.length > MOST_FILES) {
    throw new ServiceError("TOO_LARGE", `Base means more than ${MOST_FILES} files.`);
  }
  const [first] = names as [string];
  const name = isUrl(first) ? fileName(first) : first;
  return { name: names.length === 1 ? name : `${name} and others`, files };
}

function expand(roots: Roots, directory: string, name: string): BaseFile[] {
  const isGlob = /[*?[]/.test(name);
  if (!isGlob && !isFolder(join(directory, name))) {
    return [{ path: roots.file(directory, name, "BASE_NOT_FOUND"), hive: {} }];
  }
  const start = isGlob ? name.slice(0, name.lastIndexOf("/", name.search(/[*?[]/)) + 1) : name;
  const top = roots.directory(start === "" ? directory : join(directory, start));
  const pattern = isGlob
    ? globToRegExp(name.slice(start.length), { globstar: true })
    : /\.parquet$/;
  const found = walk(top, "").filter((path) => pattern.test(path)).sort(naturally);
  if (found.length === 0) {
    throw new ServiceError(
      "BASE_NOT_FOUND",
      isGlob
        ? `No file in ${directory} matches ${name}.`
        : `There is no .parquet file in the folder ${name} of ${directory}.`,
    );
  }
  return found.map((path) => ({
    path: roots.file(top, path, "BASE_NOT_FOUND"),
    hive: folderValues(path),
  }));
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false; // whatever it is, opening it as a file says why it is none
  }
}

/** Files below a folder, by path from there; links to folders are not followed. */
function walk(top: string, below: string): string[] {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(join(top, below))) {
    if (name.startsWith(".") || name.startsWith("_")) continue;
    const path = below ? `${below}/${name}` : name;
    if (isDirectory) found.push(...walk(top, path));
    else if (!name.includes(`${RESULT_SUFFIX}.`)) found.push(path);
    if (found.length > MOST_FILES) break;
  }
  return found;
}

function folderValues(path: string): Record<string, string | null> {
  const values: Record<string, string | null> = {};
  for (const folder of path.split("/").slice(0, -1)) {
    const at = folder.indexOf("=");
    if (at <= 0) continue;
    const value = decode(folder.slice(at + 1));
    values[decode(folder.slice(0, at))] = value === NO_VALUE ? null : value;
  }
  return values;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const collator = new Intl.Collator("en", { numeric: true });

function naturally(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : 1);
}
