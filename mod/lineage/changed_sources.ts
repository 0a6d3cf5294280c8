/** What a result was computed from, compared with what is there now. */
import { join } from "@std/path";
import { fileNames } from "../dataset/file_names.ts";
import { sha256 } from "../common/sha256.ts";
import { withClientErrors } from "../dataset/client_errors.ts";
import {
  digestOfFiles,
  type LineageFile,
  type LineageModule,
  type LineageTable,
} from "../job/lineage.ts";
import type { BaseFiles } from "../job/request.ts";
import { openParquet } from "../parquet/read/parquet_file.ts";
import { isUrl } from "../remote/url.ts";

type TableFile = BaseFiles["files"][number];

/**
 * Files of a formula that are not what they were, each with what became of it.
 *
 * @param folder Of the formula.
 */
export function changedModules(modules: readonly LineageModule[], folder: string): string[] {
  return modules.flatMap(({ Name, SHA256 }) => {
    let bytes: Uint8Array;
    try {
      bytes = Deno.readFileSync(join(folder, Name));
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      const gone = thrown instanceof Deno.errors.NotFound;
      return [`${Name} ${gone ? "is not there any more" : `can't be read: ${thrown.message}`}`];
    }
    return sha256(bytes) === SHA256 ? [] : [`${Name} is another one (SHA-256 ${sha256(bytes)})`];
  });
}

/** A table as it is now. */
export interface TableNow {
  /** The files that the result was computed from, in their order: those that came later are not among them. */
  files: TableFile[];
  /** What is not as it was. */
  changes: string[];
}

/**
 * Compares the files of a table with what they were. Of one whose files are all named, files that came later don't count.
 *
 * @param result Paths of the result's own files.
 */
export function tableNow(
  { Input, Files, Count, Bytes, SHA256 }: LineageTable,
  { files }: BaseFiles,
  result: ReadonlySet<string>,
): TableNow {
  // What lies on an HTTP server is looked at by the job itself.
  if (files.some(({ path }) => isUrl(path))) return { files, changes: [] };
  const where = Input === undefined ? "" : `input ${Input}: `;
  if (Files.length === Count) return withWhere(namedFiles(Files, files), where);
  const own = files.filter(({ path }) => !result.has(path));
  const names = fileNames(own.map(({ path }) => path));
  const now = own.map(({ path }, index) => ({ Name: names[index]!, ...stateOf(path) }));
  if (now.length === Count && digestOfFiles(now) === SHA256) return { files: own, changes: [] };
  const { changes } = namedFiles(Files, own);
  if (now.length !== Count) changes.push(`there are ${now.length} files, and there were ${Count}`);
  else if (changes.length === 0) {
    const bytes = now.reduce((sum, file) => sum + file.Bytes, 0);
    changes.push(
      `some of ${Count} files are other ones, none of them among the first ${Files.length}, which alone are named${
        bytes === Bytes ? "" : ` (${bytes} bytes together, and not ${Bytes})`
      }`,
    );
  }
  return withWhere({ files: own, changes }, where);
}

/** Changes between two lists of what a table was, of the same names. */
export function changesBetween(before: LineageTable, now: LineageTable): string[] {
  if (before.SHA256 === now.SHA256) return [];
  const where = before.Input === undefined ? "" : `input ${before.Input}: `;
  const known = new Map(now.Files.map((file) => [file.Name, file]));
  const changes = before.Files.flatMap((file) => changeOf(file, known.get(file.Name) ?? null));
  if (changes.length === 0) {
    changes.push(`${now.Count} files are not the ${before.Count} that were`);
  }
  return changes.map((change) => where + change);
}

function withWhere({ files, changes }: TableNow, where: string): TableNow {
  return { files, changes: changes.map((change) => where + change) };
}

/** Finds files by their names from a common folder on, which is not told: of several that fit, the one with the fewest changes. */
function namedFiles(named: readonly LineageFile[], files: readonly TableFile[]): TableNow {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const [first] = named;
  const folders = files.map(({ path }) => path)
    .filter((path) => first !== undefined && path.endsWith(`/${first.Name}`))
    .map((path) => path.slice(0, path.length - first!.Name.length));
  const candidates = folders.length > 0 ? folders : foldersOf(named, files);
  let best: TableNow | null = null;
  for (const folder of candidates) {
    const found: TableFile[] = [];
    const changes = named.flatMap((file) => {
      const there = byPath.get(folder + file.Name);
      if (there) found.push(there);
      return changeOf(file, there ? { Name: file.Name, ...stateOf(there.path) } : null);
    });
    if (best === null || changes.length < best.changes.length) best = { files: found, changes };
  }
  return best ?? { files: [], changes: named.flatMap((file) => changeOf(file, null)) };
}

/** Where the first file is gone: folders from which any of the others has its name. */
function foldersOf(named: readonly LineageFile[], files: readonly TableFile[]): string[] {
  for (const { Name } of named) {
    const found = files.find(({ path }) => path.endsWith(`/${Name}`));
    if (found) return [found.path.slice(0, found.path.length - Name.length)];
  }
  return [];
}

function changeOf(before: LineageFile, now: LineageFile | null): string[] {
  const { Name, Bytes, FooterSHA256 } = before;
  if (now === null) return [`${Name} is not there any more`];
  if (now.Bytes !== Bytes) return [`${Name} has ${now.Bytes} bytes, and had ${Bytes}`];
  return now.FooterSHA256 === FooterSHA256 ? [] : [`the footer of ${Name} is another one`];
}

/** What of a file is known. @throws ServiceError for what is no Parquet file any more */
function stateOf(path: string): Omit<LineageFile, "Name"> {
  return withClientErrors(() => {
    const file = openParquet(path);
    return { Bytes: file.size, FooterSHA256: file.footerDigest() };
  });
}
