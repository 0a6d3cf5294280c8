import { nearest } from "./nearest.ts";

/** Most names of a folder that are compared. */
const MOST_NAMES = 10_000;

/**
 * The likely file for a name that doesn't exist: the same name
 * with another ending, otherwise the most similar name; `null` if there is none.
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

/** Whether a file is a candidate. Hidden files are not. */
export function isMeant(
  { name, isDirectory }: Pick<Deno.DirEntry, "name" | "isDirectory">,
  endings: readonly string[],
): boolean {
  return !isDirectory && !name.startsWith(".") && endings.some((ending) => name.endsWith(ending));
}

/** Names of the candidates in a folder; none if it can't be listed. */
export function filesThere(folder: string, endings: readonly string[]): Promise<string[]> {
  return namesThere(folder, (entry) => isMeant(entry, endings));
}

/** Names of the folders in a folder, without hidden ones; none if it can't be listed. */
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
