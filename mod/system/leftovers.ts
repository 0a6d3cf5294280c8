import { dirname, join } from "@std/path";
import { isLocked, removeAbandonedFolders } from "../engine/link/folder.ts";
import { isValueFolder } from "../csv/folder_names.ts";
import { reportFault } from "../common/log.ts";
import { isPartialName, jobOfPart } from "../result/place.ts";
import { settle } from "../result/tables/move.ts";
import { isMovingName } from "../result/tables/publish_tables.ts";
import { Slices } from "../common/slices.ts";

/** Asks the cluster whether a part of a job may still be needed. */
export type IsWanted = (job: string) => Promise<boolean>;

/** Age in milliseconds after which parts belong to nobody, if there is no cluster to ask. */
const OLD = 86_400_000;

/** Most files of a result that is a folder: one with more is not ours. */
const MOST_PARTS = 100_000;

/**
 * Ends what jobs and engines of an earlier run left behind when they were killed. Tables that were taking their names
 * have all of them then, or none. It removes partial results
 * anywhere below the roots, and the private folders of engines. Files that a live process has locked stay. So
 * do parts of cluster jobs that may still be needed.
 *
 * Skips folders that may not be listed and files that may not be removed.
 *
 * @param signal Ends the search early.
 * @param isWanted Decides about parts; without it, old ones are removed.
 * @returns How many partial results there were.
 */
export async function removeLeftovers(
  roots: readonly string[],
  signal: AbortSignal,
  isWanted: IsWanted | null = null,
): Promise<number> {
  let removed = 0;
  const slices = new Slices();
  for await (const [path, name] of hiddenBelow(roots, signal, slices)) {
    if (isMovingName(name)) removed += settleUnlocked(path);
    else if (isPartialName(name)) removed += await removeUnlocked(path, slices);
    else removed += await removeUnwanted(path, name, isWanted);
  }
  await removeAbandonedFolders();
  return removed;
}

/** Like {@linkcode removeLeftovers}, for a process that only writes parts of jobs. */
export async function removeLeftParts(
  roots: readonly string[],
  signal: AbortSignal,
  isWanted: IsWanted,
): Promise<number> {
  let removed = 0;
  for await (const [path, name] of hiddenBelow(roots, signal, new Slices())) {
    if (!isMovingName(name)) removed += await removeUnwanted(path, name, isWanted);
  }
  await removeAbandonedFolders();
  return removed;
}

/** Partial results and parts in folders and those below: path and name. */
async function* hiddenBelow(
  roots: readonly string[],
  signal: AbortSignal,
  slices: Slices,
): AsyncGenerator<[path: string, name: string]> {
  const waiting = [...roots];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    try {
      for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
        if (signal.aborted) return;
        if (slices.due) await slices.next();
        const path = join(folder, name);
        const hidden = isPartialName(name) || jobOfPart(name) !== null || isMovingName(name);
        if (hidden && (isFile || isDirectory)) yield [path, name];
        else if (isDirectory) waiting.push(path);
      }
    } catch (thrown) {
      if (!isPassedOver(thrown)) throw thrown;
    }
  }
}

/** Has the tables of a result take their names, where a process died while they did. */
function settleUnlocked(path: string): number {
  try {
    return Deno.lstatSync(path).isDirectory && settle(path, dirname(path)) ? 1 : 0;
  } catch (thrown) {
    if (!isPassedOver(thrown)) reportFault(`the tables in ${path} can't take their names`, thrown);
    return 0;
  }
}

async function removeUnwanted(
  path: string,
  name: string,
  isWanted: IsWanted | null,
): Promise<number> {
  const job = jobOfPart(name);
  if (job === null) return 0;
  try {
    const { mtime } = await Deno.lstat(path);
    const old = Date.now() - (mtime?.getTime() ?? 0) > OLD;
    if (isWanted === null ? !old : await isWanted(job)) return 0;
    await Deno.remove(path, { recursive: true });
    return 1;
  } catch (thrown) {
    if (!isPassedOver(thrown)) throw thrown;
    return 0;
  }
}

/**
 * A result that becomes a folder is locked by what lies in it. What holds anything but files and folders of values is none: it stays,
 * and nothing of it is opened, which might take for ever.
 */
async function removeUnlocked(path: string, slices: Slices): Promise<number> {
  try {
    const { isDirectory, isFile } = await Deno.lstat(path);
    const files = isDirectory ? await plainFiles(path, slices) : isFile ? [path] : null;
    if (files === null) return 0;
    for (const file of files) if (await isLocked(file)) return 0;
    await Deno.remove(path, { recursive: true });
    return 1;
  } catch (thrown) {
    if (!isPassedOver(thrown)) throw thrown;
    return 0;
  }
}

/** The files of a folder and of its folders of values; `null` if it has other entries, or too many. */
async function plainFiles(folder: string, slices: Slices): Promise<string[] | null> {
  const files: string[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for await (const { name, isFile, isDirectory } of Deno.readDir(next)) {
      const isKnown = isFile || (isDirectory && isValueFolder(name));
      if (!isKnown || files.length + folders.length >= MOST_PARTS) return null;
      (isFile ? files : folders).push(join(next, name));
      if (slices.due) await slices.next();
    }
  }
  return files;
}

/** Whether the file has gone, or the service may not touch it. */
function isPassedOver(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.PermissionDenied ||
    thrown instanceof Deno.errors.NotADirectory || /read-only file system/i.test(String(thrown));
}
