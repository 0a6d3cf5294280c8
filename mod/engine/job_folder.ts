import { basename, dirname, join, toFileUrl } from "@std/path";
import type { Dataset } from "../dataset/dataset.ts";
import { removeFolder } from "./folder.ts";
import { unreadable } from "./readable.ts";
import type { Snapshot, TakenSnapshot } from "./snapshot.ts";

/** Data files that are linked at most: with more of them, a cell takes less time to start than they do. */
const MOST_LINKS = 64;

/**
 * What a job's threads may read and no other job's: copies of its formula's modules, and links to its data. What a
 * cell may read is fixed when it starts, and Deno goes by the name that is opened: with links, a cell serves jobs on
 * any data.
 */
export class JobFolder {
  /** Where the formula's modules lie. */
  readonly modules: string;
  readonly #path: string;

  /** @param parent Folder that the job's cell may read below. */
  constructor(parent: string) {
    // A name that tells nothing of the jobs before: a formula sees it where its errors come from.
    this.#path = join(parent, crypto.randomUUID());
    this.modules = join(this.#path, "modules");
  }

  /** Copies a snapshot: importing the copy runs each of its modules anew. */
  copy({ folder, entry, sources }: TakenSnapshot): Pick<Snapshot, "entry" | "sources"> {
    copyTree(folder, this.modules);
    const from = toFileUrl(`${folder}/`).href, to = toFileUrl(`${this.modules}/`).href;
    const renamed = (url: string) => url.replace(from, () => to);
    return {
      entry: renamed(entry),
      sources: sources.map(([url, name]) => [renamed(url), name]),
    };
  }

  /**
   * Links data into the folder: a few files, and where this process may. Under `deno run` it may not.
   *
   * @param folders What the job's cell can read already.
   * @returns Paths of files and of the links to them, which end in the files' own names.
   */
  link(dataset: Dataset, folders: readonly string[]): [path: string, link: string][] {
    const outside = unreadable(dataset, folders);
    const able = Deno.permissions.querySync({ name: "write" }).state === "granted";
    if (outside.length > MOST_LINKS || !able) return [];
    return outside.map((path, index) => {
      const link = join(this.#path, "data", String(index), basename(path));
      Deno.mkdirSync(dirname(link), { recursive: true });
      Deno.symlinkSync(path, link);
      return [path, link];
    });
  }

  /** Takes it away. */
  remove(): void {
    removeFolder(this.#path);
  }
}

function copyTree(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyTree(join(from, name), join(to, name));
    else Deno.copyFileSync(join(from, name), join(to, name));
  }
}
