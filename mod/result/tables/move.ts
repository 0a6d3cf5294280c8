/** Files of a folder that take their names beside it: all of them or none. */
import { join } from "@std/path";
import { removeIfThere } from "../../common/remove_if_there.ts";
import { openPlain, syncFolderNow, writeNew } from "../files.ts";

/*
 * The folder is the journal. As long as it is there, whoever finds it without a living owner brings the move to an end
 * (`settle`): forward, or, where a file can't take its name, back. It holds what has not moved yet, a list of all, and
 * links to what the files replace.
 */

/** The list of what moves, locked by whoever moves it; it has the other name once all is to go back. */
const FORWARD = ".journal", BACK = ".journal-back";
/** The folder of what is replaced. */
const OLD = ".old";

/** A file that moves, by the number that it keeps. */
interface Moved {
  file: string;
  inode: number;
}

/** Gets an open file that a moved one replaces. */
export type Replaced = (file: Deno.FsFile) => void;

/**
 * Writes down what is to move, once the files are on the disk.
 *
 * @param folder That holds them.
 * @return Holds the list locked until it is closed
 */
export function writeJournal(folder: string, files: readonly string[]): Deno.FsFile {
  const moved = files.map((file): Moved => ({ file, inode: inodeOf(join(folder, file)) ?? 0 }));
  const bytes = new TextEncoder().encode(JSON.stringify(moved));
  const journal = writeNew(join(folder, FORWARD), bytes);
  try {
    journal.syncSync();
    syncFolderNow(folder);
    return journal;
  } catch (thrown) {
    journal.close();
    throw thrown;
  }
}

/**
 * Moves the files of a folder, and removes it.
 *
 * @param target Folder that they move to.
 * @throws What the first file that can't move throws; all are as they were before then.
 */
export function moveOut(folder: string, target: string, replaced?: Replaced): void {
  const moved = journalOf(folder, FORWARD) ?? [];
  try {
    moveForward(folder, target, moved, replaced);
  } catch (thrown) {
    Deno.renameSync(join(folder, FORWARD), join(folder, BACK));
    syncFolderNow(folder);
    moveBack(folder, target, moved);
    throw thrown;
  }
  clear(folder, moved);
}

/**
 * Ends what a process that died has begun. It may be done again and again, from wherever it was left.
 *
 * @return Whether there was anything to end; not where the process still lives, and does it itself
 * @throws What the system says where files can move neither forward nor back; the folder stays then.
 */
export function settle(folder: string, target: string): boolean {
  using journal = openJournal(folder);
  if (journal === null) return removeEmpty(folder); // its list went last
  if (!journal.tryLockSync(true)) return false;
  const returning = journalOf(folder, BACK);
  if (returning !== null) {
    moveBack(folder, target, returning);
    return true;
  }
  try {
    moveOut(folder, target);
  } catch (thrown) {
    // What can't go forward went back, as it would have in the process that died.
    if (journalIn(folder) !== null) throw thrown;
  }
  return true;
}

function moveForward(
  folder: string,
  target: string,
  moved: readonly Moved[],
  replaced?: Replaced,
): void {
  const waiting = moved.filter(({ file }) => inodeOf(join(folder, file)) !== null);
  const old = join(folder, OLD);
  Deno.mkdirSync(old, { recursive: true });
  for (const { file } of waiting) {
    const name = join(target, file);
    const freed = replaced ? openPlain(name) : null;
    if (freed) replaced!(freed);
    removeIfThere(join(old, file));
    if (isLinkable(name)) Deno.linkSync(name, join(old, file));
  }
  syncFolderNow(old);
  syncFolderNow(folder);
  for (const { file } of waiting) Deno.renameSync(join(folder, file), join(target, file));
  syncFolderNow(target);
}

/** Gives names back to what had them; the files that took them go. */
function moveBack(folder: string, target: string, moved: readonly Moved[]): void {
  for (const { file, inode } of moved) {
    const name = join(target, file), old = join(folder, OLD, file);
    if (inodeOf(name) !== inode) continue; // it has not moved, or is back
    if (inodeOf(old) === null) Deno.removeSync(name);
    else Deno.renameSync(old, name);
  }
  syncFolderNow(target);
  clear(folder, moved);
}

/** Removes the folder with what is its own, the list last. What others put there stays, and the folder with it. */
function clear(folder: string, moved: readonly Moved[]): void {
  for (const { file } of moved) removeIfThere(join(folder, file));
  for (const name of [OLD, BACK, FORWARD]) removeIfThere(join(folder, name));
  removeEmpty(folder);
}

/** Whether a folder was empty, and is gone. */
function removeEmpty(folder: string): boolean {
  try {
    if (!Deno.readDirSync(folder)[Symbol.iterator]().next().done) return false;
    Deno.removeSync(folder);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    return false; // a start of another service was there first
  }
}

/** The number of what has a name, a link as such; `null` where nothing has it. */
function inodeOf(path: string): number | null {
  return infoOf(path)?.ino ?? null;
}

function isLinkable(path: string): boolean {
  return infoOf(path)?.isDirectory === false;
}

function infoOf(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw thrown;
  }
}

/** A folder's list of what moves; `null` where it has none of this name. @throws Error for a list of another's making */
function journalOf(folder: string, name: string): Moved[] | null {
  const path = join(folder, name);
  if (infoOf(path)?.isFile !== true) return null;
  const moved = parsed(Deno.readTextFileSync(path));
  if (Array.isArray(moved) && moved.every(isMoved)) return moved;
  throw new Error(`${path} is no list of a result's files: remove its folder, if it is nobody's`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // which is no list either
  }
}

/** Whoever may write to the folder could name files elsewhere. */
function isMoved(value: unknown): value is Moved {
  const { file, inode } = (value ?? {}) as Partial<Moved>;
  return typeof file === "string" && /^[^./][^/\0]*$/.test(file) && Number.isSafeInteger(inode);
}

/** A folder's list, open; `null` where it has none. */
function openJournal(folder: string): Deno.FsFile | null {
  const path = journalIn(folder);
  return path === null ? null : Deno.openSync(path, { write: true });
}

function journalIn(folder: string): string | null {
  const paths = [FORWARD, BACK].map((name) => join(folder, name));
  return paths.find((path) => infoOf(path)?.isFile === true) ?? null;
}
