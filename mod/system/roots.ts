import { basename, dirname, isAbsolute, resolve, SEPARATOR } from "@std/path";
import { ServiceError } from "../common/errors.ts";
import { foreignPathHint } from "../common/foreign_path.ts";

/** Symbolic links that are followed before a path counts as a loop, as in Linux. */
const LINKS_FOLLOWED = 40;

/** Linux' limit on the characters of a path. */
const LONGEST_PATH = 4096;

/** The target of a path, as far as it exists. */
interface Found {
  /** Real path of the deepest part that exists. */
  real: string;
  /** The whole path exists. */
  exists: boolean;
}

/**
 * The folders that jobs may name files under. Every path is resolved before it is compared, symbolic links
 * included. A path outside is refused in the same way whether it exists or not.
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { ServiceError } from "../common/errors.ts";
 * import { Roots } from "./roots.ts";
 *
 * const folder = await Deno.realPath(await Deno.makeTempDir());
 * await Deno.writeTextFile(`${folder}/work.ts`, "");
 * const roots = new Roots([folder]);
 * assertEquals(roots.file(folder, "work.ts", "FORMULA_NOT_FOUND"), `${folder}/work.ts`);
 * assertThrows(() => roots.directory("/etc"), ServiceError);
 * ```
 */
export class Roots {
  /** Real paths of the roots. Relative names start at the first one. */
  readonly directories: readonly string[];
  /** Folders above a root, by its given and its real path. Their existence is no secret. */
  readonly #above: ReadonlySet<string>;

  /** @throws {ServiceError} `BASE_NOT_FOUND` when a root is not an existing folder */
  constructor(directories: string[]) {
    if (directories.length === 0) {
      throw new ServiceError("BASE_NOT_FOUND", "at least one root is needed");
    }
    this.directories = directories.map((directory) => {
      const found = find(resolve(directory));
      if (found.exists && stat(found.real)?.isDirectory) return found.real;
      throw new ServiceError(
        "BASE_NOT_FOUND",
        `the root ${directory} is not an existing folder: create it or name another${
          foreignPathHint(directory)
        }`,
      );
    });
    const named = [...this.directories, ...directories.map((directory) => resolve(directory))];
    this.#above = new Set(named.flatMap(foldersAbove));
  }

  /**
   * Real path of an existing folder under a root.
   *
   * @param name a path; a relative one starts at the first root
   * @throws {ServiceError} `FORBIDDEN_PATH`, `BASE_NOT_FOUND`
   */
  directory(name: string): string {
    const found = this.#under(isAbsolute(name) ? name : append(this.directories[0]!, name), name);
    if (!found.exists) {
      throw new ServiceError(
        "BASE_NOT_FOUND",
        `Directory ${name} doesn't exist or may not be read${foreignPathHint(name)}`,
      );
    }
    if (!stat(found.real)?.isDirectory) {
      throw new ServiceError("BASE_NOT_FOUND", `Directory ${name} is not a folder`);
    }
    return found.real;
  }

  /**
   * Real path of an existing regular file under a root.
   *
   * @param directory what {@linkcode Roots.directory} gave
   * @param name a path that starts at the directory
   * @param missing the code when there is no such file
   * @throws {ServiceError} `FORBIDDEN_PATH` or the code of `missing`
   */
  file(
    directory: string,
    name: string,
    missing: "BASE_NOT_FOUND" | "FORMULA_NOT_FOUND",
  ): string {
    const found = this.#under(isAbsolute(name) ? name : append(directory, name), name);
    if (!found.exists) {
      throw new ServiceError(
        missing,
        `${name} doesn't exist in ${directory} or may not be read${foreignPathHint(name)}`,
      );
    }
    const info = stat(found.real);
    if (!info?.isFile) {
      const kind = info?.isDirectory ? "a folder" : "no regular file";
      throw new ServiceError(missing, `${name} in ${directory} is ${kind}: name a file`);
    }
    return found.real;
  }

  /**
   * Checks that a name leads under a root, even if it doesn't exist yet.
   *
   * @param directory what {@linkcode Roots.directory} gave
   * @param name a path that starts at the directory
   * @throws {ServiceError} `FORBIDDEN_PATH`
   */
  assertContains(directory: string, name: string): void {
    this.#under(isAbsolute(name) ? name : append(directory, name), name);
  }

  /** Whether a path, which need not exist, lies under a root. */
  contains(path: string): boolean {
    const { real } = find(resolve(path));
    return this.directories.some((root) => isWithin(root, real));
  }

  /**
   * Some of the folders under the roots, as roots of their own; relative names start at the first root.
   *
   * @throws {ServiceError} `FORBIDDEN_PATH` when one lies elsewhere, `BASE_NOT_FOUND` when it is not an
   * existing folder
   */
  narrowed(directories: readonly string[]): Roots {
    return new Roots(directories.map((name) => this.directory(name)));
  }

  /**
   * Whether a path goes up from a folder that is neither under a root nor above one. Where it ends would say
   * whether that folder exists.
   */
  #strays(path: string): boolean {
    const names = path.split(SEPARATOR);
    const last = names.lastIndexOf("..");
    let at: string = SEPARATOR;
    for (const [index, name] of names.slice(0, last + 1).entries()) {
      if (name === "" || name === ".") continue;
      if (name !== "..") {
        const real = realPath(append(at, name));
        if (real === null) return !this.#isKnown(names.slice(0, index + 1).join(SEPARATOR));
        at = real;
      } else if (this.#isKnown(at)) at = dirname(at);
      else return true;
    }
    return false;
  }

  #isKnown(path: string): boolean {
    const { real } = find(path);
    return this.#above.has(real) || this.directories.some((root) => isWithin(root, real));
  }

  #under(path: string, name: string): Found {
    if (path.length > LONGEST_PATH) {
      throw new ServiceError("BAD_REQUEST", `A path of ${path.length} characters is too long`);
    }
    if (!this.#strays(path)) {
      const found = find(path);
      if (this.directories.some((root) => isWithin(root, found.real))) return found;
    }
    throw new ServiceError(
      "FORBIDDEN_PATH",
      `${name} lies outside the folders this server may use: ` +
        "use a path under a root, or have the server started with another --root",
    );
  }
}

/** All folders above a path. */
function foldersAbove(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}

/** Joins without resolving `..`: after a link, it means the parent of the link's target. */
function append(directory: string, name: string): string {
  return directory.endsWith(SEPARATOR) ? directory + name : directory + SEPARATOR + name;
}

function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(SEPARATOR) ? root : root + SEPARATOR);
}

/** Follows an absolute path as far as it exists, dangling links included. */
function find(path: string, links = 0): Found {
  const missing: string[] = [];
  for (let existing = path;; existing = dirname(existing)) {
    const real = realPath(existing);
    if (real === null) {
      if (existing === dirname(existing)) return { real: existing, exists: false };
      missing.unshift(basename(existing));
      continue;
    }
    if (missing.length === 0) return { real, exists: true };
    const target = linkTarget(append(real, missing[0]!));
    if (target === null || links === LINKS_FOLLOWED) return { real, exists: false };
    const onwards = isAbsolute(target) ? target : append(real, target);
    const { real: end } = find([onwards, ...missing.slice(1)].join(SEPARATOR), links + 1);
    return { real: end, exists: false };
  }
}

/** Null if a path can't be resolved: missing, a file used as a folder, unreadable, a loop. */
function realPath(path: string): string | null {
  try {
    return Deno.realPathSync(path);
  } catch {
    return null;
  }
}

function linkTarget(path: string): string | null {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return null;
  }
}

function stat(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    return null;
  }
}
