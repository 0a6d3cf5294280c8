import { dirname } from "@std/path";
import type { FormulaTraits } from "../../formula/traits.ts";
import type { FormulaSource } from "../../job/formula_source.ts";
import type { LineageModule } from "../../job/lineage.ts";
import type { PackedFormula } from "../../job/request.ts";
import { SnapshotCopy, type SnapshotOrigin } from "./snapshot_copy.ts";

/** A formula and the files it imports, copied with their types stripped: what the workers run. */
export interface Snapshot {
  /** URL of the entry module. */
  entry: string;
  /** URL of each module and the author's name for it, relative to the formula's folder. */
  sources: [url: string, name: string][];
  /** Whether a call of it may import. */
  dynamic: boolean;
  /** Whether all its modules are written in the language of `plain_module.ts`. */
  plain: boolean;
}

/** One that was made of the author's files. */
export interface TakenSnapshot extends Snapshot {
  /** Where it lies. */
  folder: string;
  /** What it was made of. */
  origin: SnapshotOrigin;
  /** What threads have told of a plain one, by the URL that they imported it as. */
  traits: Map<string, FormulaTraits>;
  /** The formula's file and then those that it imports, by name, each with the SHA-256 of its bytes. */
  modules(): LineageModule[];
  /** The text of the formula, with the names of its files. */
  source(): FormulaSource;
  /** What `restoreSnapshot` makes the same of elsewhere. */
  pack(): Promise<PackedFormula>;
}

/**
 * Copies a formula and all files it imports into a folder of the job's, so that every worker runs
 * the same bytes whatever happens to the originals. Types are blanked out in place: lines and
 * columns stay the author's.
 *
 * @param formula Real path of the entry module.
 * @param into Folder for the copy; it is made.
 * @throws ServiceError `FORMULA_NOT_FOUND` for a file that may not be read, `FORMULA_INVALID` for syntax that
 * can't be stripped, and for imports of what is not there, outside the formula's folder, or neither a file nor a name
 * of the library.
 */
export async function takeSnapshot(formula: string, into: string): Promise<TakenSnapshot> {
  const copy = new SnapshotCopy(dirname(formula), into);
  const entry = copy.add(formula, true);
  await copy.finish();
  const { dynamic, plain, origin } = copy;
  let known: LineageModule[] | null = null;
  const modules = () => known ??= copy.digests();
  return {
    folder: into,
    entry: copy.urlOf(entry),
    sources: copy.sources(),
    dynamic,
    plain,
    origin,
    traits: new Map(),
    modules,
    source: () => ({ ...copy.text(), modules: modules() }),
    pack: () => copy.pack(),
  };
}
