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
/** Bytes by which a heap may grow from job to job until all of it is looked at. */
const MOST_GROWN = 32 << 20;

/** Tells V8 when to look. */
export class Garbage {
  #fresh = 0;
  /** Bytes of the heap that were left when all of it was looked at last. */
  #left = 0;

  /** So many bytes were allocated that are not held for long. */
  add(bytes: number): void {
    this.#fresh += bytes;
  }

  /** Has young objects looked at, where there is much of them. */
  collectYoung(): void {
    if (this.#fresh < MOST_FRESH) return;
    this.#fresh = 0;
    gc?.({ type: "minor" });
  }

  /** Has all of the heap looked at, where it has grown; when nobody waits. */
  collectGrown(): void {
    if (gc === undefined || memoryUsage().heapUsed < this.#left + MOST_GROWN) return;
    gc({ type: "major" });
    this.#left = memoryUsage().heapUsed;
  }
}
