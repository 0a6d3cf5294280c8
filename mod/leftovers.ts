import { join } from "@std/path";
import { removeAbandonedFolders } from "./engine/folder.ts";
import { isPartialName } from "./loader.ts";

/**
 * Removes what jobs and engines of an earlier run left behind when they were killed: partial results
 * anywhere below the roots, and the private folders of engines. What a living process has locked stays.
 *
 * Folders that may not be listed and files that may not be removed are passed over.
 *
 * @param signal Ends the search early.
 * @returns How many partial results there were.
 */
export async function removeLeftovers(
  roots: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  const waiting = [...roots];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    try {
      for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
        if (signal.aborted) return removed;
        if (isDirectory) waiting.push(join(folder, name));
        else if (isFile && isPartialName(name)) removed += removeUnlocked(join(folder, name));
      }
    } catch (thrown) {
      if (!isPassedOver(thrown)) throw thrown;
    }
  }
  await removeAbandonedFolders();
  return removed;
}

function removeUnlocked(path: string): number {
  try {
    using file = Deno.openSync(path, { write: true });
    if (!file.tryLockSync(true)) return 0;
    Deno.removeSync(path);
    return 1;
  } catch (thrown) {
    if (!isPassedOver(thrown)) throw thrown;
    return 0;
  }
}

/** Gone meanwhile, or not this service's to touch. */
function isPassedOver(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.PermissionDenied ||
    thrown instanceof Deno.errors.NotADirectory || /read-only file system/i.test(String(thrown));
}
