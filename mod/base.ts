import { isAbsolute, join } from "@std/path";
import { ServiceError } from "./common/errors.ts";
import { foreignPathHint } from "./common/foreign_path.ts";
import { globTest, isGlob, startOfGlob } from "./system/glob.ts";
import type { BaseFiles } from "./job/request.ts";
import { type FolderEntry, type FolderListing, FolderLook } from "./common/known_folders.ts";
import { filesThere, foldersThere, nearFileName } from "./common/near_file.ts";
import { nearest } from "./common/nearest.ts";
import { Hosts } from "./remote/hosts.ts";
import { fileName, isUrl } from "./remote/url.ts";
import type { Roots } from "./system/roots.ts";
import { NO_VALUE } from "./csv/folder_names.ts";
import { Slices, sortInSlices } from "./common/slices.ts";
import { RESULT_SUFFIX } from "./wire/reply.ts";

type BaseFile = BaseFiles["files"][number];

/** Files of a dataset at most. */
const MOST_FILES = 100_000;
/** Files and folders that are looked at for them at most. */
const MOST_ENTRIES = 1_000_000;

/**
 * The files that a request's `Base` means: one file, all Parquet files below a folder, those that
 * match a glob, a file on an HTTP server, or several of these one after another. A name is a glob only where
 * nothing has it. Of a folder and a glob, hidden files (`.`, and `_` but for folders such as `_year=2020`) and results of earlier jobs are left out, and
 * parts are in natural order: `part.2` before `part.10`.
 *
 * It works in slices, so that a thread that serves clients may do it.
 *
 * @param directory Real path of the request's folder, where names start.
 * @throws ServiceError `BASE_NOT_FOUND` when nothing is found, `FORBIDDEN_PATH` for what lies outside
 * the roots, links followed, and for a server that is not among `hosts`, `TOO_LARGE` for more files than a dataset may
 * have, `BAD_REQUEST` for a file that is named twice and as {@linkcode globTest} has it.
 */
export async function expandBase(
  roots: Roots,
  directory: string,
  base: string | string[],
  hosts: Hosts = new Hosts(),
): Promise<BaseFiles> {
  const names = typeof base === "string" ? [base] : base;
  if (names.length > MOST_FILES) throw tooMany();
  if (new Set(names).size < names.length) throw twice();
  const slices = new Slices();
  const files: BaseFile[] = [];
  for (const name of names) {
    if (isUrl(name)) files.push({ path: hosts.allowed(name), hive: {} });
    else for (const file of await expand(roots, directory, name, slices)) files.push(file);
    if (files.length > MOST_FILES) throw tooMany();
    if (slices.due) await slices.next();
  }
  if (new Set(files.map(({ path }) => path)).size < files.length) throw twice();
  const [first] = names as [string];
  const name = isUrl(first) ? fileName(first) : first;
  return { name: names.length === 1 ? name : `${name} and others`, files };
}

function tooMany(): ServiceError {
  return new ServiceError("TOO_LARGE", `Base means more than ${MOST_FILES} files.`);
}

function twice(): ServiceError {
  return new ServiceError("BAD_REQUEST", "Base names a file more than once.");
}

async function expand(
  roots: Roots,
  directory: string,
  name: string,
  slices: Slices,
): Promise<BaseFile[]> {
  if (isAbsolute(name) || name.includes("..")) roots.assertContains(directory, name);
  const path = join(directory, name);
  const globbed = isGlob(name) && !isThere(path);
  if (!globbed && !isFolder(path)) {
    return [{ path: await namedFile(roots, directory, name, BASE), hive: {} }];
  }
  const start = globbed ? startOfGlob(name) : name;
  const fits = globbed ? globTest(name.slice(start.length)) : isParquet;
  const top = start === ""
    ? roots.directory(directory)
    : startFolder(roots, directory, start, name);
  const entries = await inNaturalOrder(await walk(top, fits, slices), slices);
  if (entries.length === 0) {
    throw new ServiceError(
      "BASE_NOT_FOUND",
      globbed
        ? `No file in ${directory} matches ${name}${foreignPathHint(name)}${
          repeatedFolderHint(roots, directory, name)
        }.`
        : `There is no .parquet file in the folder ${name} of ${directory}.`,
    );
  }
  const found: BaseFile[] = [];
  for (const { path, isFile } of entries) {
    // The folder is a real path under a root, and so is a file in it that is no link.
    const real = isFile ? join(top, path) : roots.file(top, path, "BASE_NOT_FOUND");
    found.push({ path: real, hive: folderValues(path) });
    if (slices.due) await slices.next();
  }
  return found;
}

/** What a request names a file as: the code where there is none, and endings of those that can be meant. */
export interface NamedAs {
  missing: "BASE_NOT_FOUND" | "FORMULA_NOT_FOUND";
  endings: readonly string[];
}

const BASE: NamedAs = { missing: "BASE_NOT_FOUND", endings: [".parquet"] };

/**
 * Real path of an existing file under a root. Where there is none, the error names one that is meant, if it lies
 * under a root, too.
 *
 * @throws {ServiceError} as {@linkcode Roots.file} does
 */
export async function namedFile(
  roots: Roots,
  directory: string,
  name: string,
  { missing, endings }: NamedAs,
): Promise<string> {
  try {
    return roots.file(directory, name, missing);
  } catch (thrown) {
    if (!(thrown instanceof ServiceError) || thrown.code !== missing) throw thrown;
    const repeated = repeatedFolderHint(roots, directory, name);
    if (repeated !== "") throw new ServiceError(missing, thrown.message + repeated);
    const meant = await fileMeant(roots, directory, name, endings);
    if (meant === null) throw thrown;
    throw new ServiceError(missing, `${thrown.message}; did you mean ${meant}?`);
  }
}

/**
 * A name without the folder that it begins with, where the request's folder ends with just that: `data/a.parquet` in
 * `/srv/data`; null where it is otherwise.
 */
function withoutRepeatedFolder(directory: string, name: string): string | null {
  const parts = name.replace(/^(\.\/)+/, "").split("/");
  for (let count = parts.length - 1; count > 0; count--) {
    const start = parts.slice(0, count).join("/");
    if (directory === start || directory.endsWith(`/${start}`)) return parts.slice(count).join("/");
  }
  return null;
}

/** Real path of the folder in which a glob or a folder begins. @param name the whole name */
function startFolder(roots: Roots, directory: string, start: string, name: string): string {
  try {
    return roots.directory(join(directory, start));
  } catch (thrown) {
    if (!(thrown instanceof ServiceError) || thrown.code !== "BASE_NOT_FOUND") throw thrown;
    const hint = repeatedFolderHint(roots, directory, name);
    throw new ServiceError(thrown.code, thrown.message + hint);
  }
}

/** The hint of an error about a name that says the request's folder once more; empty for any other. */
function repeatedFolderHint(roots: Roots, directory: string, name: string): string {
  const rest = withoutRepeatedFolder(directory, name);
  if (rest === null) return "";
  try {
    roots.assertContains(directory, rest);
  } catch {
    return ""; // what lies there is nothing to be told
  }
  const there = isGlob(rest) || isThere(join(directory, rest));
  return there ? `; names start in that folder: give ${rest}` : "";
}

/**
 * Real path of an existing folder under a root. Where there is none, the error names one that is meant.
 *
 * @throws {ServiceError} as {@linkcode Roots.directory} does
 */
export async function namedDirectory(roots: Roots, name: string): Promise<string> {
  try {
    return roots.directory(name);
  } catch (thrown) {
    if (!(thrown instanceof ServiceError) || thrown.code !== "BASE_NOT_FOUND") throw thrown;
    const plain = name.replace(/\/+$/, "");
    const above = plain.slice(0, plain.lastIndexOf("/") + 1);
    const there = await foldersIn(roots, above || ".");
    const meant = nearest(plain.slice(above.length), there);
    if (meant === null) throw thrown;
    throw new ServiceError(thrown.code, `${thrown.message}; did you mean ${above}${meant}?`);
  }
}

/** Names of the folders in one under a root; none in any other. */
async function foldersIn(roots: Roots, name: string): Promise<string[]> {
  try {
    return await foldersThere(roots.directory(name));
  } catch {
    return []; // what lies there is nothing to be told
  }
}

/** The file that is meant by a name that nothing has, if it lies under a root; else null. */
export async function fileMeant(
  roots: Roots,
  directory: string,
  name: string,
  endings: readonly string[],
): Promise<string | null> {
  const above = name.slice(0, name.lastIndexOf("/") + 1);
  let folder;
  try {
    folder = roots.directory(above === "" ? directory : join(directory, above));
  } catch {
    return null; // what lies there is nothing to be told
  }
  const found = nearFileName(
    name.slice(above.length),
    await filesThere(folder, endings),
    endings,
  );
  return found === null ? null : above + found;
}

function isParquet(path: string): boolean {
  return path.endsWith(".parquet");
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false; // whatever it is, opening it as a file says why it is none
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false; // nothing has this name that could be read by it
  }
}

/** Folders that are listed at once. */
const LISTED_AT_ONCE = 16;

/** What fits below a folder. */
interface Entry {
  /** From the folder on. */
  path: string;
  /** Whether it is a regular file, and no link to one. */
  isFile: boolean;
}

/** What fits below a folder and is no folder; links to folders are not followed. */
async function walk(
  top: string,
  fits: (path: string) => boolean,
  slices: Slices,
): Promise<Entry[]> {
  const found: Entry[] = [];
  const folders = [""];
  const look = new FolderLook();
  let seen = 0;
  const see = (below: string, { name, isDirectory, isFile }: FolderEntry) => {
    if (++seen > MOST_ENTRIES) {
      throw new ServiceError(
        "TOO_LARGE",
        `Base would have more than ${MOST_ENTRIES} files and folders looked at; name a folder further down.`,
      );
    }
    if (isHidden(name, isDirectory)) return;
    const path = below ? `${below}/${name}` : name;
    if (isDirectory) folders.push(path);
    else if (!name.includes(`${RESULT_SUFFIX}.`) && fits(path)) found.push({ path, isFile });
    if (found.length > MOST_FILES) throw tooMany();
  };
  const seeAll = async (below: string, entries: readonly FolderEntry[]) => {
    for (const entry of entries) {
      see(below, entry);
      if (slices.due) await slices.next();
    }
  };
  const list = async (below: string, listing: FolderListing) => {
    for await (const entry of listed(listing, slices)) {
      see(below, entry);
      if (slices.due) await slices.next();
    }
  };
  while (folders.length > 0) {
    const unknown: [below: string, listing: FolderListing][] = [];
    for (const below of folders.splice(-LISTED_AT_ONCE)) {
      const { entries, listing } = look.at(join(top, below));
      if (entries) await seeAll(below, entries);
      else unknown.push([below, listing]);
    }
    await Promise.all(unknown.map(([below, listing]) => list(below, listing)));
  }
  return found;
}

/** Names that begin with `.` or `_`, but for folders that hold a value: `_year=2020`. */
function isHidden(name: string, isDirectory: boolean): boolean {
  return name.startsWith(".") || (name.startsWith("_") && !(isDirectory && /^_[^=]*=/.test(name)));
}

/** @throws ServiceError `BASE_NOT_FOUND` for a folder that may not be listed, or is gone. */
async function* listed(
  listing: FolderListing,
  slices: Slices,
): AsyncGenerator<FolderEntry> {
  let isFirst = true;
  try {
    for await (const entry of Deno.readDir(listing.path)) {
      if (isFirst) slices.waited();
      isFirst = false;
      listing.add(entry);
      yield entry;
    }
    listing.remember();
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    throw new ServiceError(
      "BASE_NOT_FOUND",
      `The folder ${listing.path} can't be listed: ${thrown.message}.`,
    );
  }
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

/** Parts as people count them. In the order of their characters first: it is quickly found, and mostly the same. */
async function inNaturalOrder(entries: readonly Entry[], slices: Slices): Promise<Entry[]> {
  const plain = await sortInSlices(entries, (a, b) => a.path < b.path ? -1 : 1, slices);
  return await sortInSlices(plain, naturally, slices);
}

function naturally({ path: a }: Entry, { path: b }: Entry): number {
  return collator.compare(a, b) || (a < b ? -1 : 1);
}
