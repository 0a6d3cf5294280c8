/** A result gets its name when it is whole, or never. */
import { join } from "@std/path";
import { removeIfThere } from "../common/remove_if_there.ts";
import { ServiceError } from "../common/errors.ts";
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

/** Gives a result its name. What is a part, or gets its name later, keeps the hidden one. */
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
 * Gives the name to what is whole under its hidden one, and notes in `saved` what it is known by.
 *
 * @param bringToDisk Has it brought to the disk, where it is not there yet; meanwhile the permit is asked for.
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
  const { ino, isDirectory } = Deno.statSync(partial);
  if (isDirectory) assertReplaceable(target, saved.file);
  for (const end of await Promise.allSettled([bringToDisk?.(), permit?.(saved, ino ?? 0)])) {
    if (end.status === "rejected") throw end.reason;
  }
  assertUnmoved(place);
  // A file system of another machine has its own time for what was brought there.
  const written = identityOf(partial);
  if (written !== null) saved.written = written;
  if (isDirectory) removeIfThere(target); // a folder takes the place of an empty one only
  const old = replaced ? openPlain(target) : null;
  if (old) replaced!(old);
  Deno.renameSync(partial, target.replace(/\/$/, ""));
  await syncFolder(startOf(place));
}

/** A folder takes the place of an earlier result only. @throws ServiceError `OUTPUT_FAILED` */
export function assertReplaceable(path: string, name: string): void {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(path)];
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return;
    throw new ServiceError("OUTPUT_FAILED", `${name} is there already and is no folder`);
  }
  const strange = entries.find(({ name, isFile }) => !isFile || !/^part\.\d+\.parquet$/.test(name));
  if (strange === undefined) return;
  throw new ServiceError(
    "OUTPUT_FAILED",
    `the folder ${name} holds ${strange.name}, which is no part of a result, and stays as it is; give another name as Output`,
  );
}

/** Removes what an engine that died left of a result. */
export function removePartial(place: PartialPlace): void {
  if (isUnmoved(place)) removeIfThere(partialPath(place));
}

/**
 * What a job reports whose result got its name before its engine or the whole service ended; `null` where it didn't.
 * Then it never will: its hidden name is gone, too.
 */
export function publishedReport(
  place: PartialPlace,
  { inode, report }: Publication,
): JobReport | null {
  removePartial(place);
  const written = identityOf(join(place.directory, report.file));
  return written?.inode === inode ? { ...report, written } : null;
}
