import { dirname, fromFileUrl, join, relative } from "@std/path";
import { BARE_NAMES } from "../mod/std/common/module_names.ts";

/** The project's folder. */
export const ROOT: string = dirname(dirname(fromFileUrl(import.meta.url)));

/** Modules that no import leads to: started as workers, or run or imported as formulas are. */
export const STARTED: readonly string[] = [
  "workers/cell.ts",
  "workers/formula.ts",
  "workers/fetcher.ts",
  "views/columns.ts",
  "views/envelope.ts",
  "views/rows.ts",
  "views/values.ts",
  ...BARE_NAMES.map((name) => `mod/std/${name.slice(name.indexOf("/") + 1)}.ts`),
];

/** Files in a folder of the project and below, sorted, by path from the project's folder. */
export async function filesUnder(folder: string): Promise<string[]> {
  return (await filesBelow(join(ROOT, folder))).map((path) => relative(ROOT, path)).sort();
}

/** Files in any folder and below, by their whole paths. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await filesBelow(path));
    else found.push(path);
  }
  return found;
}
