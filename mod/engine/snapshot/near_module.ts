import { basename, dirname } from "@std/path";
import { isMeant, nearFileName } from "../../common/near_file.ts";

/** Endings of what can be imported, those first that are meant by a name without one. */
const ENDINGS = [".ts", ".mts", ".js", ".mjs", ".json"];

/**
 * How a file that exists would be imported in place of one that doesn't: `./helper.ts` for `./helper` or `./helper.js`,
 * the most like name else; `null` where there is none.
 *
 * @param specifier As it is written: a path from the module.
 * @param wanted Where it leads.
 * @param folder Real path of the formula's folder: of no other a name is told.
 */
export function nearModule(specifier: string, wanted: string, folder: string): string | null {
  const name = basename(wanted);
  const found = nearFileName(name, modulesOf(dirname(wanted), folder), ENDINGS);
  if (found !== null) return specifier.slice(0, specifier.length - name.length) + found;
  const index = modulesOf(wanted, folder).find((one) => one.startsWith("index."));
  return index === undefined ? null : `${specifier.replace(/\/$/, "")}/${index}`;
}

/** Files of a folder that can be imported. */
function modulesOf(path: string, folder: string): string[] {
  try {
    const real = Deno.realPathSync(path);
    if (real !== folder && !real.startsWith(`${folder}/`)) return [];
    return [...Deno.readDirSync(real)].filter((entry) => isMeant(entry, ENDINGS))
      .map(({ name }) => name).sort();
  } catch {
    return []; // a folder that is not there has none
  }
}
