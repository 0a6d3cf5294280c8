import { dirname, join, relative } from "@std/path";
import { ServiceError } from "../../common/errors.ts";
import { sha256 } from "../../common/sha256.ts";
import { type FormulaSource, MOST_SOURCE } from "../../job/formula_source.ts";
import type { LineageModule } from "../../job/lineage.ts";
import type { PackedFormula } from "../../job/request.ts";
import { META, metaModule, withMeta } from "./import_meta.ts";
import { type ImportTarget, importTarget } from "./import_target.ts";
import {
  encoded,
  endingOf,
  ENDINGS,
  invalid,
  lineAndColumn,
  toFileUrl,
  writeCopy,
} from "./module_files.ts";
import { type Import, importsOf } from "./imports.ts";
import { stripTypes } from "./typescript.ts";

/** What a snapshot was made of: as long as all of this is the same, it would be made the same again. */
export interface SnapshotOrigin {
  /** Real path and bytes of each file. */
  files: [path: string, bytes: Uint8Array][];
  /** Paths that imports name, and the real paths they lead to. */
  links: [path: string, real: string][];
}

const MOST_MODULES = 500;
/** In bytes. */
const LARGEST_MODULE = 8 << 20;

/** Makes a copy of a formula and the files it imports. */
export class SnapshotCopy {
  /** Whether a call may import. */
  dynamic = false;
  /** Whether all modules are plain. */
  plain = true;
  readonly origin: SnapshotOrigin = { files: [], links: [] };
  readonly #folder: string;
  readonly #into: string;
  /** Real path of each file, and its path in the snapshot. */
  readonly #files = new Map<string, string>();
  readonly #waiting: { path: string; code: boolean }[] = [];
  /** Files that ask for their own name. */
  readonly #metas = new Set<string>();

  /**
   * @param folder Real path of the formula's folder.
   * @param into Folder of the copy.
   */
  constructor(folder: string, into: string) {
    this.#folder = folder;
    this.#into = into;
  }

  /** Adds a file to those to be copied; returns its path in the snapshot. */
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

  /** Copies all files that were added, and those they import. @throws ServiceError as `takeSnapshot` says */
  async finish(): Promise<void> {
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) {
      const bytes = await this.#read(next.path);
      this.origin.files.push([next.path, bytes]);
      const copy = next.code ? await this.#rewrite(next.path, bytes) : bytes;
      await writeCopy(join(this.#into, this.#files.get(next.path)!), copy, this.#into);
    }
  }

  /** URL of a path in the snapshot. */
  urlOf(target: string): string {
    return toFileUrl(join(this.#into, target));
  }

  /** URL of each module and the author's name for it. */
  sources(): [string, string][] {
    return [...this.#files].map(([path, target]) => [this.urlOf(target), this.#name(path)]);
  }

  /** All files of the copy, to restore it elsewhere. */
  async pack(): Promise<PackedFormula> {
    return await Promise.all([...this.#files].map(async ([path, target]) => ({
      target,
      name: this.#name(path),
      bytes: (await Deno.readFile(join(this.#into, target))).toBase64(),
      meta: this.#metas.has(path),
    })));
  }

  /** The files that were copied, the entry first, with their digests. */
  digests(): LineageModule[] {
    const [entry, ...others] = this.origin.files.map(([path, bytes]) => ({
      Name: this.#name(path),
      SHA256: sha256(bytes),
    }));
    return [entry!, ...others.sort((a, b) => a.Name < b.Name ? -1 : 1)];
  }

  /** The text of the entry as its author wrote it, as far as that is kept. */
  text(): Omit<FormulaSource, "modules"> {
    const [[, bytes]] = this.origin.files as [[string, Uint8Array]];
    const cut = bytes.length > MOST_SOURCE;
    return { text: beginningOf(bytes, MOST_SOURCE), cut, bytes: bytes.length };
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
    const out = this.#withTargets(code, path, imports);
    return new TextEncoder().encode(metas.length === 0 ? out : await this.#withMeta(out, path));
  }

  /** A module's text with the specifiers that its copy has. */
  #withTargets(code: string, path: string, imports: readonly Import[]): string {
    let out = "";
    let done = 0;
    for (const found of imports) {
      const position = { where: `${this.#name(path)}:${lineAndColumn(code, found.start)}` };
      const target = importTarget(this.#folder, path, found, position);
      const specifier = target === null
        ? found.specifier
        : this.#specifierOf(path, target, !found.attributed);
      out += code.slice(done, found.start) + specifier;
      done = found.end;
    }
    return out + code.slice(done);
  }

  /** What leads from the copy of a module to that of another file, which is noted for copying. */
  #specifierOf(from: string, { wanted, path }: ImportTarget, code: boolean): string {
    this.origin.links.push([wanted, path]);
    const target = this.add(path, code);
    const step = relative(dirname(this.#files.get(from)!), target);
    return encoded(step.startsWith("../../") ? step : `./${step}`);
  }

  async #withMeta(code: string, path: string): Promise<string> {
    const target = this.#files.get(path)!;
    this.#metas.add(path);
    await writeCopy(join(this.#into, target + META), metaModule(path), this.#into);
    return withMeta(code, this.#name(path), target);
  }

  #name(path: string): string {
    return relative(this.#folder, path);
  }

  #freeName(path: string): string {
    const ending = endingOf(path);
    const stem = relative(this.#folder, path).slice(0, -ending.length);
    const taken = new Set(this.#files.values());
    const copied = ENDINGS.get(ending) ?? ending;
    let target = stem + copied;
    for (let copy = 2; taken.has(target); copy++) target = `${stem}_${copy}${copied}`;
    return target;
  }
}

/** The text that so many bytes begin with, whole letters alone. */
function beginningOf(bytes: Uint8Array, most: number): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  // A letter that isn't whole is left to what comes next.
  return decoder.decode(bytes.subarray(0, most), { stream: bytes.length > most });
}
