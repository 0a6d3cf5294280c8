import { dirname } from "@std/path";
import { type FolderEntry, FolderLook } from "../../common/known_folders.ts";
import type { Dataset } from "../../dataset/dataset.ts";
import { isUrl } from "../../remote/url.ts";

/** How many names of a folder are looked at; what lies beyond them is not readable. */
const MOST_ENTRIES = 200_000;
/** Names that may be told one by one: Deno looks through all of them whenever a file is opened. */
export const MOST_NAMES = 1000;

/**
 * Paths of data files that can't be read by who may read these folders.
 *
 * @param links Links in these folders by which files are read.
 */
export function unreadable(
  { files }: Pick<Dataset, "files">,
  folders: readonly string[],
  links: readonly [path: string, link: string][] = [],
): string[] {
  const linked = new Set(links.map(([path]) => path));
  const known = new Map(folders.map((folder) => [folder, true]));
  const isReadable = (path: string): boolean => {
    const folder = dirname(path);
    let is = known.get(path);
    if (is === undefined) known.set(path, is = path !== folder && isReadable(folder));
    return is;
  };
  return files.map(({ path }) => path)
    .filter((path) => !isUrl(path) && !linked.has(path) && !isReadable(path));
}

/**
 * What of a folder may be read by name without a link leading out of it. Deno's permissions go by the
 * name that is opened and not by what a link leads to, so a folder with such a link is not listed
 * itself but its other entries are.
 *
 * A link is harmless when it leads to a regular file of the same folder tree. Names beyond a number of
 * entries are not looked at and left out, and so are those beyond the number that can be told.
 *
 * @param folder A real path.
 * @returns The folder alone where nothing in it leads out.
 */
export function withoutLinksOut(folder: string): string[] {
  return new FolderWalk(folder).readable(folder).slice(0, MOST_NAMES);
}

/**
 * What cells may read, whatever the data: copies of formulas, the folders of jobs, and the formula's own folder.
 */
export class ReadableFolders {
  readonly #own: readonly string[];
  #last: { folder: string; readable: string[] } | null = null;

  constructor({ snapshots, jobs }: { snapshots: string; jobs: string }) {
    this.#own = [snapshots, jobs];
  }

  /**
   * As the formula's folder is now.
   *
   * @param folder Of the formula, a real path.
   */
  now(folder: string): string[] {
    const readable = [...this.#own, ...withoutLinksOut(folder)];
    this.#last = { folder, readable };
    return readable;
  }

  /** For a formula that can't open a file itself: as its folder was when it was last looked through. */
  known(folder: string): string[] {
    return this.#last?.folder === folder ? this.#last.readable : this.now(folder);
  }
}

class FolderWalk {
  readonly #top: string;
  readonly #look = new FolderLook();
  #room = MOST_ENTRIES;

  constructor(top: string) {
    this.#top = top;
  }

  readable(folder: string): string[] {
    const found: string[] = [];
    const listing = this.#entries(folder);
    let whole = listing !== null;
    const before = folder.endsWith("/") ? folder : `${folder}/`;
    for (const entry of listing ?? []) {
      const path = before + entry.name;
      if (--this.#room < 0) {
        whole = false;
        break;
      }
      if (entry.isDirectory) {
        const below = this.readable(path);
        whole &&= below.length === 1 && below[0] === path;
        found.push(...below);
      } else if (!entry.isSymlink || this.#isHarmless(path)) found.push(path);
      else whole = false;
    }
    return whole ? [folder] : found;
  }

  /** `null` for a folder that can't be listed, and may yet hold anything. */
  #entries(folder: string): readonly FolderEntry[] | null {
    const { entries, listing } = this.#look.at(folder);
    if (entries !== null) return entries;
    try {
      const listed = [...Deno.readDirSync(folder)];
      for (const entry of listed) listing.add(entry);
      listing.remember();
      return listed;
    } catch {
      return null;
    }
  }

  #isHarmless(link: string): boolean {
    try {
      const real = Deno.realPathSync(link);
      return real.startsWith(`${this.#top}/`) && Deno.statSync(real).isFile;
    } catch {
      return false; // it leads to nothing, or to where this process may not look
    }
  }
}
