import { nearest } from "./nearest.ts";

/** Names of a folder that are looked at, at most. */
const MOST_NAMES = 10_000;

/**
 * The file that is meant by a name that no file has: the one with that name but for its ending, else the one most
 * like it; `null` where there is none.
 *
 * @param files Names that there are.
 * @param endings Of files that can be meant, those first that are meant by a name without one.
 */
export function nearFileName(
  name: string,
  files: readonly string[],
  endings: readonly string[],
): string | null {
  for (const stem of [name, name.replace(/\.[^.]*$/, "")]) {
    const ending = endings.find((ending) => files.includes(stem + ending));
    if (ending !== undefined) return stem + ending;
  }
  return nearest(name, files);
}

/** Whether a file can be meant. Hidden ones can't. */
export function isMeant(
  { name, isDirectory }: Pick<Deno.DirEntry, "name" | "isDirectory">,
  endings: readonly string[],
): boolean {
  return !isDirectory && !name.startsWith(".") && endings.some((ending) => name.endsWith(ending));
}

/** Names of the files in a folder that can be meant; none where it can't be listed. */
export function filesThere(folder: string, endings: readonly string[]): Promise<string[]> {
  return namesThere(folder, (entry) => isMeant(entry, endings));
}

/** Names of the folders in one, but for hidden ones; none where it can't be listed. */
export function foldersThere(folder: string): Promise<string[]> {
  return namesThere(folder, ({ name, isDirectory }) => isDirectory && !name.startsWith("."));
}

async function namesThere(
  folder: string,
  fits: (entry: Deno.DirEntry) => boolean,
): Promise<string[]> {
  const names: string[] = [];
  let seen = 0;
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (fits(entry)) names.push(entry.name);
      if (++seen === MOST_NAMES) break;
    }
  } catch {
    return []; // that it can't be listed is no part of what is told
  }
  return names.sort();
}
