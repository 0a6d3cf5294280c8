/** Files of results, as the system knows them. */
import type { FileIdentity } from "../job/request.ts";

/** The identity of the file at a path; null when there is none. */
export function identityOf(path: string): FileIdentity | null {
  try {
    const { ino, size, mtime } = Deno.statSync(path);
    return { inode: ino ?? 0, size, modified: mtime?.getTime() ?? 0 };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw thrown;
  }
}

/** Opens an existing, readable plain file; null for anything else. */
export function openPlain(path: string): Deno.FsFile | null {
  try {
    return Deno.lstatSync(path).isFile ? Deno.openSync(path) : null;
  } catch {
    return null;
  }
}

/** Flushes the names of a folder to the disk. */
export async function syncFolder(path: string): Promise<void> {
  using folder = Deno.openSync(path);
  await folder.sync();
}

/** The same at once. */
export function syncFolderNow(path: string): void {
  using folder = Deno.openSync(path);
  folder.syncSync();
}

/** Writes a file that must not be there yet, and keeps it locked until it is closed, as ParquetWriter does. */
export function writeNew(path: string, bytes: Uint8Array): Deno.FsFile {
  const file = Deno.openSync(path, { write: true, createNew: true });
  try {
    file.lockSync(true);
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    return file;
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}
