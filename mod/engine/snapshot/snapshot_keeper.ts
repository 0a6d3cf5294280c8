import { join } from "@std/path";
import { removeIfThere } from "../../common/remove_if_there.ts";

import { type TakenSnapshot, takeSnapshot } from "./snapshot.ts";
import type { SnapshotOrigin } from "./snapshot_copy.ts";

/** Bytes of source code that are kept for comparison at most. */
const MOST_KEPT = 1 << 20;

/**
 * Keeps the snapshot of the last formula: the next job needs no other, as long as every file that it was
 * made of holds the same bytes and every import leads to the same file.
 */
export class SnapshotKeeper {
  /** Where snapshots lie. */
  readonly folder: string;
  #kept: { formula: string; snapshot: TakenSnapshot } | null = null;

  /** @param folder Made when it is needed. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** The snapshot of the last formula, if it is this one and would be the same again. */
  kept(formula: string): TakenSnapshot | null {
    const kept = this.#kept;
    return kept?.formula === formula && isSame(kept.snapshot.origin) ? kept.snapshot : null;
  }

  /** A formula's snapshot, made anew. Errors are those of {@linkcode takeSnapshot}. */
  async take(formula: string): Promise<TakenSnapshot> {
    this.#kept = null;
    removeIfThere(this.folder);
    const snapshot = await takeSnapshot(formula, join(this.folder, crypto.randomUUID()));
    const bytes = snapshot.origin.files.reduce((sum, [, { length }]) => sum + length, 0);
    if (bytes <= MOST_KEPT) this.#kept = { formula, snapshot };
    return snapshot;
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
