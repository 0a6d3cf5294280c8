import { residentOf, type ServiceFigures } from "../../system/figures.ts";

/** What was measured at one time. Memory is in bytes; null where it isn't known. */
export interface Sample {
  /** Milliseconds since 1970. */
  time: number;
  /** Resident memory of the server and of its engines. */
  server: number | null;
  engines: number | null;
  /** Memory of the machine that is in use. */
  used: number | null;
  /** The machine's load over one minute. */
  load: number | null;
  running: number;
  queued: number;
}

/** A service's figures as one point of the history. */
export function sampleOf(figures: ServiceFigures): Sample {
  const { memory, load, jobs } = figures;
  return {
    time: Date.now(),
    server: residentOf(figures, "server"),
    engines: residentOf(figures, "engine"),
    used: memory === null ? null : memory.total - memory.available,
    load: load?.[0] ?? null,
    running: jobs.running,
    queued: jobs.queued,
  };
}

/** The last samples; older ones give way. */
export class History {
  readonly #samples: Sample[] = [];
  readonly #most: number;
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(sample: Sample): void {
    this.#samples[this.#next] = sample;
    this.#next = (this.#next + 1) % this.#most;
  }

  /** The oldest first. */
  get samples(): Sample[] {
    const full = this.#samples.length === this.#most;
    return full
      ? [...this.#samples.slice(this.#next), ...this.#samples.slice(0, this.#next)]
      : [...this.#samples];
  }
}
