/** Files of results, as the system knows them. */
import type { FileIdentity } from "../job/request.ts";

/** The identity of the file at a path; null when there is none. */
export function identityOf(path: string): FileIdentity | null {
  try {
    return identity(Deno.statSync(path));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw thrown;
  }
}

/** The identity of a file that is open. */
export function identityOfOpen(file: Deno.FsFile): FileIdentity {
  return identity(file.statSync());
}

function identity({ ino, size, mtime }: Deno.FileInfo): FileIdentity {
  return { inode: ino ?? 0, size, modified: mtime?.getTime() ?? 0 };
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
