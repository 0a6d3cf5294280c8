import { basename, join, toFileUrl } from "@std/path";
import { removeIfThere } from "../../common/remove_if_there.ts";
import type { Dataset } from "../../dataset/dataset.ts";
import { Slices } from "../../common/slices.ts";

import { MOST_NAMES, unreadable } from "../snapshot/readable.ts";
import type { Snapshot, TakenSnapshot } from "../snapshot/snapshot.ts";

/** Data files of so many are told to a cell one by one: it starts in less time than more links take, and serves again. */
const TOLD = { above: 64, upTo: MOST_NAMES };

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
   * Links data into the folder, where this process may. Under `deno run` it may not.
   *
   * @param folders What the job's cell can read already.
   * @returns Paths of files and of the links to them, which end in the files' own names.
   */
  async link(
    dataset: Pick<Dataset, "files">,
    folders: readonly string[],
  ): Promise<[path: string, link: string][]> {
    const outside = [...new Set(unreadable(dataset, folders))];
    const able = Deno.permissions.querySync({ name: "write" }).state === "granted";
    const isTold = outside.length > TOLD.above && outside.length <= TOLD.upTo;
    if (isTold || !able) return [];
    const links: [path: string, link: string][] = [];
    // A folder for all names that differ; another one for those that are there a second time, and so on.
    const times = new Map<string, number>();
    const slices = new Slices();
    let made = 0;
    for (const path of outside) {
      const name = basename(path), time = times.get(name) ?? 0;
      const folder = join(this.#path, "data", String(time));
      if (time === made) {
        Deno.mkdirSync(folder, { recursive: true });
        made++;
      }
      times.set(name, time + 1);
      const link = join(folder, name);
      Deno.symlinkSync(path, link);
      links.push([path, link]);
      if (slices.due) await slices.next();
    }
    return links;
  }

  /** Takes it away. */
  remove(): void {
    removeIfThere(this.#path);
  }
}

function copyTree(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyTree(join(from, name), join(to, name));
    else Deno.copyFileSync(join(from, name), join(to, name));
  }
}
