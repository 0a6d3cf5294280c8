/**
 * The time of day as one job sees it: from the moment it was made it goes on by itself, so that durations stay what
 * they are when the machine's clock is set.
 */
export class JobClock {
  readonly #origin: number;

  /** @param notBefore It begins there where the machine's clock is behind, in milliseconds since 1970. */
  constructor(notBefore = 0) {
    this.#origin = Math.max(Date.now(), notBefore) - performance.now();
  }

  /** Whole milliseconds since 1970. */
  now(): number {
    return Math.round(this.#origin + performance.now());
  }
}
