import { basename, dirname, fromFileUrl, join, relative, resolve } from "@std/path";
import { ServiceError } from "../../common/errors.ts";
import type { PackedFormula } from "../../job/request.ts";
import { BARE_NAMES } from "../../std/common/module_names.ts";
import { nearest } from "../../common/nearest.ts";
import { findImports, type ModuleImports } from "./imports.ts";
import { nearModule } from "./near_module.ts";
import { stripTypes } from "./typescript.ts";

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

/** What a snapshot was made of: as long as all of this is the same, it would be made the same again. */
export interface SnapshotOrigin {
  /** Real path and bytes of each file. */
  files: [path: string, bytes: Uint8Array][];
  /** Paths that imports name, and the real paths they lead to. */
  links: [path: string, real: string][];
}

/** One that was made of the author's files. */
export interface TakenSnapshot extends Snapshot {
  /** Where it lies. */
  folder: string;
  /** What it was made of. */
  origin: SnapshotOrigin;
  /** What {@linkcode restoreSnapshot} makes the same of elsewhere. */
  pack(): Promise<PackedFormula>;
}

const MOST_MODULES = 500;
const LARGEST_MODULE = 8 << 20;
const ENDINGS: Record<string, string> = {
  ".js": ".js",
  ".mjs": ".mjs",
  ".ts": ".js",
  ".mts": ".mjs",
};

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
  return {
    folder: into,
    entry: copy.urlOf(entry),
    sources: copy.sources(),
    dynamic,
    plain,
    origin,
    pack: () => copy.pack(),
  };
}

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
      const code = new TextDecoder().decode(bytes);
      const found = importsOf(code, name);
      dynamic ||= found.dynamic;
      plain &&= found.plain;
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
    await writeCopy(path, bytes, into);
    if (meta) await writeCopy(path + META, metaModule(resolve(folder, name)), into);
    sources.push([toFileUrl(path), name]);
  }
  if (!isCode(packed[0]?.target ?? "")) throw invalid("what was packed is no formula");
  return { entry: sources[0]![0], sources, dynamic, plain };
}

/** Whether a file of a snapshot is run where it is imported. */
function isCode(path: string): boolean {
  return /\.m?js$/.test(path);
}

/** Path that a module's specifier leads to, as a runtime resolves it; none where that is no file beside it. */
function pathOf(specifier: string, module: string): string {
  const url = URL.parse(specifier, toFileUrl(module));
  const plain = /^\.\.?\//.test(specifier) && url?.search === "" && url.hash === "";
  return plain ? fromFileUrl(url) : "";
}

/**
 * What a module imports.
 *
 * @throws ServiceError `FORMULA_INVALID`, with the place, for text that can't be parsed: what can't be read isn't run.
 */
function importsOf(code: string, name: string): ModuleImports {
  const found = findImports(code);
  if (!("message" in found)) return found;
  throw invalid(
    `SyntaxError: ${found.message}`,
    { where: `${name}:${lineAndColumn(code, found.at)}` },
  );
}

/** What the name of a module gets to become that of the one with its `import.meta`. */
const META = ".import-meta.js";

/** A name as long as `import.meta` that is nowhere in a text. */
function freeName(text: string): string {
  let name = "import_meta";
  for (let k = 0; text.includes(name); k++) name = `import_${String(k).padStart(4, "0")}`;
  return name;
}

/** A module that says where the author's file lies: `import.meta` of its copy. */
function metaModule(path: string): Uint8Array {
  const meta = { url: toFileUrl(path), filename: path, dirname: dirname(path), main: false };
  return new TextEncoder().encode(`export default Object.freeze(${JSON.stringify(meta)});`);
}

async function writeCopy(target: string, bytes: Uint8Array, into: string): Promise<void> {
  try {
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeFile(target, bytes);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ServiceError(
      "INTERNAL",
      `the formula can't be copied to ${into} (${why}); make room there or set TMPDIR to another folder`,
    );
  }
}

class SnapshotCopy {
  dynamic = false;
  plain = true;
  readonly origin: SnapshotOrigin = { files: [], links: [] };
  readonly #folder: string;
  readonly #into: string;
  /** Real path of each file, and its path in the snapshot. */
  readonly #files = new Map<string, string>();
  readonly #waiting: { path: string; code: boolean }[] = [];
  /** Files that ask for their own name. */
  readonly #metas = new Set<string>();

  constructor(folder: string, into: string) {
    this.#folder = folder;
    this.#into = into;
  }

  /** Notes a file for copying; gives its path in the snapshot. */
  add(path: string, code: boolean): string {
    const known = this.#files.get(path);
    if (known) return known;
    if (this.#files.size === MOST_MODULES) {
      throw invalid(`the formula imports more than ${MOST_MODULES} files`);
    }
    const target = code ? this.#freeName(path) : relative(this.#folder, path);
    this.#files.set(path, target);
    this.#waiting.push({ path, code });
    return target;
  }

  async finish(): Promise<void> {
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) {
      const bytes = await this.#read(next.path);
      this.origin.files.push([next.path, bytes]);
      const copy = next.code ? await this.#rewrite(next.path, bytes) : bytes;
      await writeCopy(join(this.#into, this.#files.get(next.path)!), copy, this.#into);
    }
  }

  urlOf(target: string): string {
    return toFileUrl(join(this.#into, target));
  }

  sources(): [string, string][] {
    return [...this.#files].map(([path, target]) => [this.urlOf(target), this.#name(path)]);
  }

  async pack(): Promise<PackedFormula> {
    return await Promise.all([...this.#files].map(async ([path, target]) => ({
      target,
      name: this.#name(path),
      bytes: (await Deno.readFile(join(this.#into, target))).toBase64(),
      meta: this.#metas.has(path),
    })));
  }

  async #read(path: string): Promise<Uint8Array> {
    try {
      return await this.#bytesOf(path);
    } catch (thrown) {
      const denied = thrown instanceof Deno.errors.PermissionDenied;
      if (!denied && !(thrown instanceof Deno.errors.NotFound)) throw thrown;
      const why = denied
        ? "may not be read: give the service's user the right to"
        : "is not there any more";
      throw new ServiceError("FORMULA_NOT_FOUND", `${this.#name(path)} ${why}`);
    }
  }

  async #bytesOf(path: string): Promise<Uint8Array> {
    const { size } = await Deno.stat(path);
    if (size > LARGEST_MODULE) {
      throw invalid(`${this.#name(path)} has ${size} bytes; a module may have ${LARGEST_MODULE}`);
    }
    return await Deno.readFile(path);
  }

  async #rewrite(path: string, bytes: Uint8Array): Promise<Uint8Array> {
    const name = this.#name(path);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      throw invalid(`${name} is not UTF-8 text; save it as UTF-8`);
    }
    const code = /\.m?ts$/.test(path) ? await stripTypes(text, name) : text;
    const { imports, metas, computed, dynamic, plain } = importsOf(code, name);
    this.dynamic ||= dynamic;
    this.plain &&= plain;
    if (computed !== null) {
      throw invalid(
        `import(…) must name its file in quotes: import("./calibration.js")`,
        { where: `${name}:${lineAndColumn(code, computed)}` },
      );
    }
    let out = "";
    let done = 0;
    for (const { specifier, start, end, attributed } of imports) {
      const position = { where: `${name}:${lineAndColumn(code, start)}` };
      const target = this.#resolve(path, specifier, attributed, position);
      out += code.slice(done, start) + (target ?? specifier);
      done = end;
    }
    out += code.slice(done);
    if (metas.length) out = await this.#withMeta(out, path);
    return new TextEncoder().encode(out);
  }

  /** What an import becomes in the snapshot; `null` where it stays as it is. */
  #resolve(
    from: string,
    specifier: string,
    attributed: boolean,
    position: { where: string },
  ): string | null {
    if (BARE_NAMES.includes(specifier)) return null;
    if (specifier.startsWith("node:")) {
      throw new ServiceError(
        "FORMULA_FAILED",
        `"${specifier}" may not be imported: a formula has none of Node's modules`,
        position,
      );
    }
    if (!/^\.\.?\//.test(specifier)) throw this.#strange(from, specifier, position);
    const wanted = resolve(dirname(from), specifier);
    const near = () => meant(nearModule(specifier, wanted, this.#folder));
    let path: string;
    try {
      path = Deno.realPathSync(wanted);
    } catch {
      throw invalid(`"${specifier}" can't be imported: there is no such file${near()}`, position);
    }
    this.origin.links.push([wanted, path]);
    if (!path.startsWith(`${this.#folder}/`)) {
      throw invalid(
        `"${specifier}" can't be imported: it lies outside the formula's folder`,
        position,
      );
    }
    if (Deno.statSync(path).isDirectory) {
      throw invalid(`"${specifier}" can't be imported: it is a folder${near()}`, position);
    }
    const code = endingOf(path) in ENDINGS;
    if (attributed && code) {
      throw invalid(
        `"${specifier}" can't be imported with a type: a module is imported without one`,
        position,
      );
    }
    if (!attributed && !code) {
      throw invalid(
        `"${specifier}" can't be imported: modules end in .ts, .mts, .js or .mjs; JSON needs with { type: "json" }`,
        position,
      );
    }
    const target = this.add(path, !attributed);
    const step = relative(dirname(this.#files.get(from)!), target);
    return encoded(step.startsWith("../../") ? step : `./${step}`);
  }

  /** The error for an import that is no path and not in the library. */
  #strange(from: string, specifier: string, position: { where: string }): ServiceError {
    const library = nearest(specifier, BARE_NAMES);
    const beside = relative(this.#folder, resolve(dirname(from), specifier));
    const isOwn = !beside.startsWith("../../") && isFile(join(this.#folder, beside));
    const own = isOwn ? encoded(relative(dirname(from), join(this.#folder, beside))) : null;
    const hint = meant(library ?? (own && `./${own}`));
    return invalid(
      `"${specifier}" can't be imported: a formula may import files of its own folder ("./…") and ${
        BARE_NAMES.join(", ")
      }${hint}`,
      position,
    );
  }

  /**
   * Gives `import.meta` the author's file name instead of the copy's: the name of equal length that
   * took its place is bound by an import behind the code, so that no line or column moves.
   */
  async #withMeta(code: string, path: string): Promise<string> {
    const { metas } = importsOf(code, this.#name(path));
    const binding = freeName(code);
    let out = "";
    let done = 0;
    for (const { start, end } of metas) {
      const room = code.slice(start + binding.length, end).replace(/\S/g, " ");
      out += code.slice(done, start) + binding + room;
      done = end;
    }
    this.#metas.add(path);
    const target = this.#files.get(path)! + META;
    await writeCopy(join(this.#into, target), metaModule(path), this.#into);
    return `${out}${code.slice(done)}\nimport ${binding} from ${
      JSON.stringify(`./${basename(target)}`)
    };`;
  }

  #name(path: string): string {
    return relative(this.#folder, path);
  }

  #freeName(path: string): string {
    const ending = endingOf(path);
    const stem = relative(this.#folder, path).slice(0, -ending.length);
    const taken = new Set(this.#files.values());
    let target = `${stem}${ENDINGS[ending] ?? ending}`;
    for (let copy = 2; taken.has(target); copy++) target = `${stem}_${copy}${ENDINGS[ending]}`;
    return target;
  }
}

function endingOf(path: string): string {
  return /\.[^./]*$/.exec(path)?.[0] ?? "";
}

function toFileUrl(path: string): string {
  return `file://${encoded(path)}`;
}

/** A path as it stands in a URL, and in quotes of either kind. */
function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/").replaceAll("'", "%27");
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

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${before.at(-1)!.length + 1}`;
}

function invalid(message: string, position = {}): ServiceError {
  return new ServiceError("FORMULA_INVALID", message, position);
}
