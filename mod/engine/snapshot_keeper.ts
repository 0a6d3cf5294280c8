import { join, toFileUrl } from "@std/path";
import { removeFolder } from "./folder.ts";
import {
  type Snapshot,
  type SnapshotOrigin,
  type TakenSnapshot,
  takeSnapshot,
} from "./snapshot.ts";

/** Bytes of source code that are kept for comparison at most. */
const MOST_KEPT = 1 << 20;

/** A copy of a snapshot for one job: importing it runs each of its modules anew. */
export interface JobSnapshot extends Pick<Snapshot, "entry" | "sources"> {
  /** Takes the copy away. */
  remove(): void;
}

/**
 * Keeps the snapshot of the last formula: the next job needs no other, as long as every file that it was
 * made of holds the same bytes and every import leads to the same file.
 */
export class SnapshotKeeper {
  /** Where snapshots lie. */
  readonly folder: string;
  /** Where jobs' copies of them lie: all that a formula may look into, so that it can't see how old a snapshot is. */
  readonly copies: string;
  #kept: { formula: string; snapshot: TakenSnapshot } | null = null;
  /** Where the last one lies. */
  #last = "";

  /** @param folder A folder of the engine's own, made when it is needed. */
  constructor(folder: string) {
    this.folder = join(folder, "taken");
    this.copies = join(folder, "copies");
  }

  /** A formula's snapshot. Errors are those of {@linkcode takeSnapshot}. */
  async take(formula: string): Promise<TakenSnapshot> {
    const kept = this.#kept;
    if (kept?.formula === formula && isSame(kept.snapshot.origin)) return kept.snapshot;
    this.#kept = null;
    removeFolder(this.folder);
    this.#last = newPath(this.folder);
    const snapshot = await takeSnapshot(formula, this.#last);
    const bytes = snapshot.origin.files.reduce((sum, [, { length }]) => sum + length, 0);
    if (bytes <= MOST_KEPT) this.#kept = { formula, snapshot };
    return snapshot;
  }

  /** Copies the last snapshot that was taken. */
  forJob({ entry, sources }: Snapshot): JobSnapshot {
    const taken = this.#last;
    const own = newPath(this.copies);
    copyTree(taken, own);
    const from = toFileUrl(`${taken}/`).href, to = toFileUrl(`${own}/`).href;
    const renamed = (url: string) => url.replace(from, () => to);
    return {
      entry: renamed(entry),
      sources: sources.map(([url, name]) => [renamed(url), name]),
      remove: () => removeFolder(own),
    };
  }
}

/** A name that tells nothing of the jobs before: a formula sees it where its errors come from. */
function newPath(folder: string): string {
  return join(folder, crypto.randomUUID());
}

function copyTree(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyTree(join(from, name), join(to, name));
    else Deno.copyFileSync(join(from, name), join(to, name));
  }
}

function isSame({ files, links }: SnapshotOrigin): boolean {
  try {
    return links.every(([path, real]) => Deno.realPathSync(path) === real) &&
      files.every(([path, bytes]) => isEqual(Deno.readFileSync(path), bytes));
  } catch {
    return false; // taking it anew says what is wrong
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
