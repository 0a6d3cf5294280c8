import { localDevices } from "./local_devices.ts";

/** What a folder holds: a name, and what has it. */
export type FolderEntry = Readonly<Deno.DirEntry>;

/** A folder as it was when it was listed. */
interface KnownFolder {
  /** What changes with the names in it. */
  state: string;
  entries: readonly FolderEntry[];
}

/** Entries that are remembered at most; a folder counts as one, too. */
const MOST_ENTRIES = 1 << 16;
/**
 * Milliseconds that have to lie between a folder's last change and its listing: one that follows sooner may leave the
 * time as it is, since clocks of file systems go in steps.
 */
const SETTLED = 2000;

const known = new Map<string, KnownFolder>();
let count = 0;

/** A look at folders: those that were listed before and have not changed since need not be listed again. */
export class FolderLook {
  #devices: ReadonlySet<number> | null = null;

  /** What a folder holds, where that is known; `null` where it is to be listed, and what takes what it holds then. */
  at(path: string): { entries: readonly FolderEntry[] | null; listing: FolderListing } {
    const state = this.#stateOf(path);
    const last = known.get(path);
    const isKnown = last !== undefined && last.state === state;
    if (!isKnown) forget(path);
    return { entries: isKnown ? last.entries : null, listing: new FolderListing(path, state) };
  }

  /** What is another text after each change of the names in a folder; `null` where its times don't tell. */
  #stateOf(path: string): string | null {
    try {
      const { mtime, ctime, dev, ino, isDirectory } = Deno.statSync(path);
      if (!isDirectory || mtime === null || ctime === null) return null;
      const changed = Math.max(mtime.getTime(), ctime.getTime());
      if (Date.now() - changed <= SETTLED) return null;
      this.#devices ??= localDevices();
      return this.#devices.has(dev) ? `${mtime.getTime()} ${ctime.getTime()} ${dev} ${ino}` : null;
    } catch {
      return null; // whoever lists it says why
    }
  }
}

/** What a folder holds, as it is listed after the look at it. */
export class FolderListing {
  readonly path: string;
  readonly #state: string | null;
  readonly #entries: FolderEntry[] = [];

  constructor(path: string, state: string | null) {
    this.path = path;
    this.#state = state;
  }

  /** Takes an entry. */
  add(entry: FolderEntry): void {
    if (this.#state !== null && this.#entries.length < MOST_ENTRIES) this.#entries.push(entry);
  }

  /** Has the folder known: all that it holds was added. */
  remember(): void {
    const own = 1 + this.#entries.length;
    if (this.#state === null || own > MOST_ENTRIES) return;
    if (count + own > MOST_ENTRIES) forgetAll();
    forget(this.path);
    known.set(this.path, { state: this.#state, entries: this.#entries });
    count += own;
  }
}

function forget(path: string): void {
  const last = known.get(path);
  if (!last) return;
  known.delete(path);
  count -= 1 + last.entries.length;
}

function forgetAll(): void {
  known.clear();
  count = 0;
}
