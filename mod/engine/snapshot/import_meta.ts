/** `import.meta` of a copy: it tells where the author's file lies. */
import { basename, dirname } from "@std/path";
import { toFileUrl } from "./module_files.ts";
import { importsOf } from "./imports.ts";

/** What the name of a module gets to become that of the one with its `import.meta`. */
export const META = ".import-meta.js";

/** A name as long as `import.meta` that is nowhere in a text. */
function freeName(text: string): string {
  let name = "import_meta";
  for (let k = 0; text.includes(name); k++) name = `import_${String(k).padStart(4, "0")}`;
  return name;
}

/** A module that says where the author's file lies: `import.meta` of its copy. */
export function metaModule(path: string): Uint8Array {
  const meta = { url: toFileUrl(path), filename: path, dirname: dirname(path), main: false };
  return new TextEncoder().encode(`export default Object.freeze(${JSON.stringify(meta)});`);
}

/**
 * Gives `import.meta` the author's file name instead of the copy's: the name of equal length that
 * took its place is bound by an import behind the code, so that no line or column moves.
 *
 * @param name The author's name for the module.
 * @param target The copy's path; a module of {@linkcode metaModule} has to lie beside it, named with {@linkcode META}.
 */
export function withMeta(code: string, name: string, target: string): string {
  const { metas } = importsOf(code, name);
  const binding = freeName(code);
  let out = "";
  let done = 0;
  for (const { start, end } of metas) {
    const room = code.slice(start + binding.length, end).replace(/\S/g, " ");
    out += code.slice(done, start) + binding + room;
    done = end;
  }
  const from = JSON.stringify(`./${basename(target)}${META}`);
  return `${out}${code.slice(done)}\nimport ${binding} from ${from};`;
}
