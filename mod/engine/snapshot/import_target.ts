/** Where an import of a formula leads. */
import { dirname, join, relative, resolve } from "@std/path";
import { ServiceError } from "../../common/errors.ts";
import { nearest } from "../../common/nearest.ts";
import { BARE_NAMES } from "../../std/common/module_names.ts";
import type { Import } from "./imports.ts";
import { encoded, endingOf, ENDINGS, invalid } from "./module_files.ts";
import { nearModule } from "./near_module.ts";

/** A file that an import names. */
export interface ImportTarget {
  /** The path that the import names. */
  wanted: string;
  /** Its real path. */
  path: string;
}

/** Where an import stands, for errors. */
interface Position {
  where: string;
}

/**
 * Finds the file that an import names.
 *
 * @param folder Real path of the formula's folder.
 * @param from Real path of the module that imports.
 * @return null for a module of the library.
 * @throws ServiceError `FORMULA_INVALID` for what is not there, lies outside of the folder or can't be imported so;
 * `FORMULA_FAILED` for Node's modules.
 */
export function importTarget(
  folder: string,
  from: string,
  { specifier, attributed }: Pick<Import, "specifier" | "attributed">,
  position: Position,
): ImportTarget | null {
  if (BARE_NAMES.includes(specifier)) return null;
  if (specifier.startsWith("node:")) {
    throw new ServiceError(
      "FORMULA_FAILED",
      `"${specifier}" may not be imported: a formula has none of Node's modules`,
      position,
    );
  }
  if (!/^\.\.?\//.test(specifier)) throw strange(folder, from, specifier, position);
  const wanted = resolve(dirname(from), specifier);
  const near = () => meant(nearModule(specifier, wanted, folder));
  const refused = (why: string) => invalid(`"${specifier}" can't be imported${why}`, position);
  const path = realPath(wanted);
  if (path === null) throw refused(`: there is no such file${near()}`);
  if (!path.startsWith(`${folder}/`)) throw refused(": it lies outside the formula's folder");
  if (Deno.statSync(path).isDirectory) throw refused(`: it is a folder${near()}`);
  const code = ENDINGS.has(endingOf(path));
  if (attributed && code) throw refused(" with a type: a module is imported without one");
  if (!attributed && !code) {
    throw refused(
      `: modules end in .ts, .mts, .js or .mjs; JSON needs with { type: "json" }`,
    );
  }
  return { wanted, path };
}

function realPath(path: string): string | null {
  try {
    return Deno.realPathSync(path);
  } catch {
    return null; // nothing that could be imported
  }
}

/** The error for an import that is no path and not in the library. */
function strange(
  folder: string,
  from: string,
  specifier: string,
  position: Position,
): ServiceError {
  const library = nearest(specifier, BARE_NAMES);
  const beside = relative(folder, resolve(dirname(from), specifier));
  const isOwn = !beside.startsWith("../../") && isFile(join(folder, beside));
  const own = isOwn ? encoded(relative(dirname(from), join(folder, beside))) : null;
  const hint = meant(library ?? (own && `./${own}`));
  return invalid(
    `"${specifier}" can't be imported: a formula may import files of its own folder ("./…") and ${
      BARE_NAMES.join(", ")
    }${hint}`,
    position,
  );
}

/** What an error adds: the import that was meant, if one is known. */
function meant(specifier: string | null): string {
  return specifier === null ? "" : `; did you mean "${specifier}"?`;
}

function isFile(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false; // nothing that could be named
  }
}
