import { dirname, fromFileUrl, join } from "@std/path";
import { BARE_NAMES } from "../mod/std/names.ts";

/** The project's folder. */
export const ROOT: string = dirname(dirname(fromFileUrl(import.meta.url)));

/** Modules that no import leads to: started as workers, or run or imported as formulas are. */
export const STARTED: readonly string[] = [
  "workers/cell.ts",
  "workers/formula.ts",
  "workers/fetcher.ts",
  "views/columns.ts",
  "views/envelope.ts",
  ...BARE_NAMES.map((name) => `mod/std/${name.slice(name.indexOf("/") + 1)}.ts`),
];

/** Files in a folder of the project and below, sorted, by path from the project's folder. */
export async function filesUnder(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await filesUnder(path));
    else found.push(path);
  }
  return found.sort();
}
