import { dirname, fromFileUrl, resolve } from "@std/path";
import type { PackedFormula } from "../../job/request.ts";
import { BARE_NAMES } from "../../std/common/module_names.ts";
import { META, metaModule } from "./import_meta.ts";
import { invalid, isCode, toFileUrl, writeCopy } from "./module_files.ts";
import { importsOf, type ModuleImports } from "./imports.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Puts down a formula that was packed when its job was planned, instead of copying the files as they are now.
 *
 * @param formula Path of the entry module, which need not be there.
 * @param into Folder for the copy; it is made.
 * @throws ServiceError `FORMULA_INVALID` when a module would lie outside of it, or imports anything but
 * others of the pack and names of the library.
 */
export async function restoreSnapshot(
  packed: PackedFormula,
  formula: string,
  into: string,
): Promise<Snapshot> {
  const folder = dirname(formula);
  const sources: [string, string][] = [];
  const packedIn = new Set(packed.map(({ target }) => resolve(into, target)));
  let dynamic = false, plain = true;
  for (const { target, name, bytes: packedBytes, meta } of packed) {
    const path = resolve(into, target);
    if (!path.startsWith(`${into}/`)) throw invalid(`${target} lies outside the formula's folder`);
    const bytes = Uint8Array.fromBase64(packedBytes);
    if (isCode(target)) {
      const found = importsOf(new TextDecoder().decode(bytes), name);
      dynamic ||= found.dynamic;
      plain &&= found.plain;
      assertPacked(found, { name, path, meta }, packedIn);
    }
    await writeCopy(path, bytes, into);
    if (meta) await writeCopy(path + META, metaModule(resolve(folder, name)), into);
    sources.push([toFileUrl(path), name]);
  }
  if (!isCode(packed[0]?.target ?? "")) throw invalid("what was packed is no formula");
  return { entry: sources[0]![0], sources, dynamic, plain };
}

/** @throws ServiceError `FORMULA_INVALID` for a module that would load anything but what was packed with it. */
function assertPacked(
  found: ModuleImports,
  { name, path, meta }: { name: string; path: string; meta: boolean },
  packedIn: ReadonlySet<string>,
): void {
  if (found.computed !== null || found.metas.length > 0) {
    throw invalid(`${name} was not packed by a service of this version`);
  }
  for (const { specifier, attributed } of found.imports) {
    if (BARE_NAMES.includes(specifier)) continue;
    const named = pathOf(specifier, path);
    if (packedIn.has(named) && attributed !== isCode(named)) continue;
    if (meta && named === path + META) continue;
    throw invalid(`${name} imports ${specifier}, which was not packed with it`);
  }
}

/** Path that a module's specifier leads to, as a runtime resolves it; none where that is no file beside it. */
function pathOf(specifier: string, module: string): string {
  const url = URL.parse(specifier, toFileUrl(module));
  const plain = /^\.\.?\//.test(specifier) && url?.search === "" && url.hash === "";
  return plain ? fromFileUrl(url) : "";
}
