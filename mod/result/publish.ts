/** Gives results their names: a result appears complete or not at all. */
import { join } from "@std/path";
import { removeGathered } from "../arrow/arrow_writer.ts";
import { removeIfThere } from "../common/remove_if_there.ts";
import { ServiceError } from "../common/errors.ts";
import { isValueFolder } from "../csv/folder_names.ts";
import type { JobReport, Publication } from "../job/request.ts";
import { assertUnmoved, isUnmoved } from "./directory.ts";
import { identityOf, openPlain, syncFolder } from "./files.ts";
import {
  partialPath,
  type PartialPlace,
  type Permit,
  type ResultPlace,
  type SavedResult,
  startOf,
} from "./place.ts";

import { publishTables, settleTables } from "./tables/publish_tables.ts";

/** Gives a result its name. A part, and a result that gets its name later, keep the hidden one. */
export async function publish(
  place: ResultPlace,
  saved: SavedResult,
  bringToDisk: () => Promise<void>,
): Promise<void> {
  if (place.part !== undefined) {
    await bringToDisk();
    return assertUnmoved(place);
  }
  await publishPartial(place, saved, place.permit, bringToDisk, place.replaced);
}

/**
 * Renames a complete result from its hidden name, and stores its identity in `saved`.
 *
 * @param bringToDisk Flushes the result, if it is not on the disk yet, while the permit is asked for.
 * @param replaced As {@linkcode ResultPlace} has it.
 * @throws ServiceError `OUTPUT_FAILED`; what `permit` and `bringToDisk` throw.
 */
export async function publishPartial(
  place: PartialPlace,
  saved: SavedResult,
  permit?: Permit,
  bringToDisk?: () => Promise<void>,
  replaced?: (file: Deno.FsFile) => void,
): Promise<void> {
  const partial = partialPath(place);
  const target = join(startOf(place), saved.file);
  const { tables } = saved;
  const { ino, isDirectory } = Deno.statSync(tables ? join(partial, saved.file) : partial);
  if (isDirectory) assertReplaceable(target, saved.file);
  for (const end of await Promise.allSettled([bringToDisk?.(), permit?.(saved, ino ?? 0)])) {
    if (end.status === "rejected") throw end.reason;
  }
  assertUnmoved(place);
  if (tables) {
    await publishTables(place, tables, replaced);
    Object.assign(saved, { written: tables[0]!.written });
    return;
  }
  // A network file system sets its own time when the file is flushed.
  const written = identityOf(partial);
  if (written !== null) saved.written = written;
  if (isDirectory) removeIfThere(target); // a folder can replace an empty one only
  const old = replaced ? openPlain(target) : null;
  if (old) replaced!(old);
  Deno.renameSync(partial, target.replace(/\/$/, ""));
  await syncFolder(startOf(place));
}

/** Checks that what a folder is to replace is an earlier result. @throws ServiceError `OUTPUT_FAILED` */
export function assertReplaceable(path: string, name: string): void {
  const strange = strangeIn(path, name);
  if (strange === null) return;
  throw new ServiceError(
    "OUTPUT_FAILED",
    `the folder ${name} holds ${strange}, which is no part of a result, and stays as it is; give another name as Output`,
  );
}

/** What of a folder, or of a folder of a column's value in it, a result would not have; `null` where there is nothing. */
function strangeIn(path: string, name: string): string | null {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(path)];
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw new ServiceError("OUTPUT_FAILED", `${name} is there already and is no folder`);
  }
  for (const { name, isFile, isDirectory } of entries) {
    if (isFile && /^part\.\d+\.parquet$/.test(name)) continue;
    const below = isDirectory && isValueFolder(name) ? strangeIn(join(path, name), name) : "";
    if (below !== null) return below === "" ? name : `${name}/${below}`;
  }
  return null;
}

/** Removes the incomplete result of an engine that has died. Tables that were taking their names have them then. */
export function removePartial(place: PartialPlace): void {
  if (!isUnmoved(place)) return;
  removeIfThere(partialPath(place));
  removeGathered(partialPath(place));
  settleTables(place);
}

/**
 * The report of a job whose result got its name before its engine or the service ended.
 *
 * @return null when it didn't; it never will, as its incomplete result is removed
 */
export function publishedReport(
  place: PartialPlace,
  { inode, report }: Publication,
): JobReport | null {
  removePartial(place);
  const written = identityOf(join(place.directory, report.file));
  if (written?.inode !== inode) return null;
  const tables = report.tables?.map((table) => {
    const written = identityOf(join(place.directory, table.file));
    return written === null ? table : { ...table, written };
  });
  return { ...report, written, ...(tables === undefined ? {} : { tables }) };
}
