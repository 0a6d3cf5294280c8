/** Tells of what may happen often: at once, and from then on how often it happened since, now and then. */
export class Tally {
  readonly #tell: (count: number) => void;
  readonly #every: number;
  #count = 0;
  #timer: number | undefined;

  /** @param every Milliseconds from one telling to the next, at least. */
  constructor(every: number, tell: (count: number) => void) {
    this.#every = every;
    this.#tell = tell;
  }

  /** It happened. */
  add(): void {
    this.#count++;
    if (this.#timer === undefined) this.#tellNow();
  }

  /** Tells of what it hasn't yet, and no more. */
  close(): void {
    clearTimeout(this.#timer);
    if (this.#count > 0) this.#tell(this.#count);
    this.#count = 0;
  }

  #tellNow(): void {
    this.#timer = undefined;
    if (this.#count === 0) return;
    this.#tell(this.#count);
    this.#count = 0;
    this.#timer = setTimeout(() => this.#tellNow(), this.#every);
    Deno.unrefTimer(this.#timer);
  }
}
