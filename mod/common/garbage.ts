/**
 * Memory that nobody holds any more. V8 collects it late where there is much to spare: of large arrays it sees
 * little more than that they are there, and a heap that may grow to gigabytes is let grow.
 */

type Collector = (options: { type: "minor" | "major" }) => void;

// Formulas share a worker's realm, and don't find it there: V8 doesn't let it be deleted, but its name can stand for
// nothing. It is absent where V8 has not been told to give it.
const { gc } = globalThis as { gc?: Collector };
if (gc) Object.defineProperty(globalThis, "gc", { value: undefined, writable: false });
const { memoryUsage } = Deno;

/** Bytes of fresh arrays after which those that are no longer held are collected: one look takes half a millisecond. */
const MOST_FRESH = 16 << 20;
/** Bytes by which what is held may grow from job to job until all of it is looked at. */
const MOST_GROWN = 32 << 20;
/**
 * The same within a job, where somebody waits: arrays that outlive two looks at young objects, as those of a formula
 * that makes many BigInts or texts do, are found in no other way. Half of it takes a quarter more of such a job's time.
 */
const MOST_GROWN_AT_WORK = 64 << 20;

/** Tells V8 when to look. */
export class Garbage {
  #fresh = 0;
  /** Bytes that were held when all of the heap was looked at last. */
  #left = 0;

  /** So many bytes were allocated that are not held for long. */
  add(bytes: number): void {
    this.#fresh += bytes;
  }

  /** Has young objects looked at, where there is much of them, and all, where that is not enough. */
  collectYoung(): void {
    if (gc === undefined || this.#fresh < MOST_FRESH) return;
    this.#fresh = 0;
    gc({ type: "minor" });
    this.#collectAll(MOST_GROWN_AT_WORK);
  }

  /** Has all of the heap looked at, where more is held than was; when nobody waits. */
  collectGrown(): void {
    this.#collectAll(MOST_GROWN);
  }

  #collectAll(mostGrown: number): void {
    if (gc === undefined || heldBytes() < this.#left + mostGrown) return;
    gc({ type: "major" });
    this.#left = heldBytes();
  }
}

/** Bytes of a thread's objects, and of the arrays that they hold. */
function heldBytes(): number {
  const { heapUsed, external } = memoryUsage();
  return heapUsed + external;
}
