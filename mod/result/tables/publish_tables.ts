/** Gives the files of several tables their names: all appear, or none. */
import { join } from "@std/path";
import { identityOf, syncFolderNow } from "../files.ts";
import { assertUnmoved } from "../directory.ts";
import { JOB_ID, type ResultTable } from "../../job/request.ts";
import { partialPath, type PartialPlace, startOf } from "../place.ts";
import { moveOut, type Replaced, settle, writeJournal } from "./move.ts";

/** Whether a name is that of a folder whose files were taking their names. */
export function isMovingName(name: string): boolean {
  return new RegExp(`^\\..+\\.${JOB_ID}\\.tables$`).test(name);
}

/**
 * Moves complete tables out of their hidden folder, and stores what they are known by.
 *
 * @throws What the first file that can't take its name throws; the names have what they had before then.
 */
export async function publishTables(
  place: PartialPlace,
  tables: ResultTable[],
  replaced?: Replaced,
): Promise<void> {
  const start = startOf(place), hidden = partialPath(place);
  using _journal = writeJournal(hidden, tables.map(({ file }) => file));
  for (const table of tables) {
    const written = identityOf(join(hidden, table.file));
    if (written !== null) table.written = written;
  }
  using _alone = await lockedFolder(start);
  assertUnmoved(place);
  settleOthers(start, place.stem);
  const moving = movingPath(place);
  Deno.renameSync(hidden, moving);
  syncFolderNow(start);
  moveOut(moving, start, replaced);
}

/** Ends the move of a job whose engine has died, if there was one. */
export function settleTables(place: PartialPlace): void {
  const moving = movingPath(place);
  if (identityOf(moving) !== null) settle(moving, startOf(place));
}

function movingPath({ stem, id, ...place }: PartialPlace): string {
  return join(startOf(place), `.${stem}.${id}.tables`);
}

/** Ends what earlier jobs left of results of this name. */
function settleOthers(start: string, stem: string): void {
  for (const { name } of Deno.readDirSync(start)) {
    if (!name.startsWith(`.${stem}.`) || !isMovingName(name)) continue;
    settle(join(start, name), start);
  }
}

/** EBADF, ENOLCK and EOPNOTSUPP: what file systems say that don't lock folders. */
const LOCKLESS = /os error (9|37|95)\b/;

/**
 * Two jobs that write tables of the same names do so one after the other. A network file system may have no locks of
 * folders: who writes last is not sure there, table by table.
 */
async function lockedFolder(path: string): Promise<Disposable> {
  const folder = Deno.openSync(path);
  try {
    await folder.lock(true);
  } catch (thrown) {
    const hasNone = LOCKLESS.test(String(thrown));
    if (!hasNone) {
      folder.close();
      throw thrown;
    }
  }
  return folder;
}
