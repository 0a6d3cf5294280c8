import { join } from "@std/path";
import { ServiceError } from "../../common/errors.ts";
import { within } from "../../common/within.ts";

/** What names of engines' folders start with. */
const PREFIX = "tcp_server_engine_";
/** Names of folders that are held: those of engines, those of the page's sockets, and those of results that are verified. */
const HELD = /^tcp_server_(engine|http|verify)_/;
/** The file that a process keeps locked while it lives. */
const LIFE = "alive";
/** Age from which on a folder without that file is nobody's, in milliseconds. */
const ABANDONED_AFTER = 120_000;
/** How long a file may take to open, in milliseconds: what takes longer is no file any more. */
const OPEN_WITHIN = 1000;

/**
 * Makes a folder that only this user may enter, below the system's folder for temporary
 * files.
 *
 * `Deno.makeTempDir` won't do: it wants the right to write to all of that folder, which Deno denies
 * where the executable that this process may run lies below it.
 *
 * @throws ServiceError `INTERNAL` when it can't be made, with the reason and what to do.
 */
export async function makePrivateFolder(prefix = PREFIX): Promise<string> {
  const parent = await temporaryFolder();
  const path = join(parent, prefix + crypto.randomUUID());
  try {
    await Deno.mkdir(path, { mode: 0o700 });
  } catch (thrown) {
    throw new ServiceError(
      "INTERNAL",
      `no engine can be started: its folder can't be made in ${parent} (${
        reason(thrown)
      }); make room there or set TMPDIR to another folder`,
    );
  }
  return path;
}

/**
 * Marks a folder as in use for as long as this process lives. The file gets its name when it is locked:
 * a service that starts at this moment must not find it unlocked.
 *
 * @return what ends it sooner
 */
export function holdFolder(folder: string): Disposable {
  const path = join(folder, LIFE), unnamed = `${path}.new`;
  const file = Deno.openSync(unnamed, { write: true, create: true });
  file.lockSync(true);
  Deno.renameSync(unnamed, path);
  return file;
}

/**
 * Removes the folders of engines and servers that were killed. What can't be removed is
 * another user's, or another service removes it at this moment.
 */
export async function removeAbandonedFolders(): Promise<void> {
  const parent = await temporaryFolder();
  for await (const { name, isDirectory } of Deno.readDir(parent)) {
    if (!isDirectory || !HELD.test(name)) continue;
    const path = join(parent, name);
    try {
      if (await isAbandoned(path)) await Deno.remove(path, { recursive: true });
    } catch {
      continue;
    }
  }
}

/** Only what a file keeps alive, or nothing does, can be ours: anything else is not opened, which might take for ever. */
async function isAbandoned(folder: string): Promise<boolean> {
  try {
    const { isFile } = await Deno.lstat(join(folder, LIFE));
    return isFile && !await isLocked(join(folder, LIFE));
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    const { mtime } = await Deno.lstat(folder);
    return mtime !== null && Date.now() - mtime.getTime() > ABANDONED_AFTER;
  }
}

/** Whether a living process holds a file, or it can't be opened in time, as what took the place of one. */
export async function isLocked(path: string): Promise<boolean> {
  using file = await within(OPEN_WITHIN, Deno.open(path, { write: true }));
  return file === null || !file.tryLockSync(true);
}

async function temporaryFolder(): Promise<string> {
  const { state } = await Deno.permissions.query({ name: "env", variable: "TMPDIR" });
  const parent = (state === "granted" && Deno.env.get("TMPDIR")) || "/tmp";
  try {
    return await Deno.realPath(parent);
  } catch (thrown) {
    throw new ServiceError(
      "INTERNAL",
      `no engine can be started: the folder for temporary files ${parent} is not to be had (${
        reason(thrown)
      }); make it or set TMPDIR to another folder`,
    );
  }
}

function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
