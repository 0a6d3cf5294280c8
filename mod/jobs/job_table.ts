import type { ActiveJob } from "./active.ts";

/** Jobs that haven't ended, and those that have until the store has brought that to the disk. */
export class JobTable {
  readonly #active = new Map<string, ActiveJob>();
  readonly #ending = new Map<string, ActiveJob>();
  /** Jobs of both by their owner and key. */
  readonly #keys = new Map<string, ActiveJob>();

  /** Jobs that haven't ended. */
  get size(): number {
    return this.#active.size;
  }

  /** Those that haven't ended, in the order they came. */
  active(): IterableIterator<ActiveJob> {
    return this.#active.values();
  }

  /** All of them. */
  all(): ActiveJob[] {
    return [...this.#active.values(), ...this.#ending.values()];
  }

  /** A job that hasn't ended. */
  findActive(id: string): ActiveJob | undefined {
    return this.#active.get(id);
  }

  find(id: string): ActiveJob | undefined {
    return this.#active.get(id) ?? this.#ending.get(id);
  }

  /** The job that an owner has submitted under a key. */
  findByKey(owner: string | null, key: string): ActiveJob | undefined {
    return this.#keys.get(ownKey(owner, key));
  }

  /** Adds a job that hasn't ended. */
  add(job: ActiveJob): void {
    const { id, owner, key } = job.record;
    this.#active.set(id, job);
    if (key !== null) this.#keys.set(ownKey(owner, key), job);
  }

  /** A job has ended, and the store is about to be told. */
  end(job: ActiveJob): void {
    this.#active.delete(job.record.id);
    this.#ending.set(job.record.id, job);
  }

  forget({ record: { id, owner, key } }: ActiveJob): void {
    this.#active.delete(id);
    this.#ending.delete(id);
    if (key !== null) this.#keys.delete(ownKey(owner, key));
  }
}

/** Neither an owner's name nor a key holds the sign between them. */
function ownKey(owner: string | null, key: string): string {
  return `${owner ?? ""}\n${key}`;
}
