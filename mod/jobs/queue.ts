/** A job that waits for its turn. */
export interface Waiting {
  id: string;
  client: string;
  priority: number;
}

interface Client {
  running: number;
  waiting: number;
  /** When it last had a turn, or came after it had nothing to do: a count of such events. */
  turn: number;
}

/**
 * The order in which jobs start: higher priorities first, and among the same the clients take turns,
 * those with fewer running jobs before the others; a client's own jobs start in the order they came.
 */
export class FairQueue {
  /** Jobs by priority, by client, in the order they came. */
  readonly #lanes = new Map<number, Map<string, Set<string>>>();
  readonly #clients = new Map<string, Client>();
  #length = 0;
  #turns = 0;

  /** Jobs that wait. */
  get length(): number {
    return this.#length;
  }

  /** Jobs of a client that wait. */
  waitingOf(client: string): number {
    return this.#clients.get(client)?.waiting ?? 0;
  }

  /** Puts a job behind its client's others of the same priority. */
  add({ id, client, priority }: Waiting): void {
    const lane = entry(this.#lanes, priority, () => new Map<string, Set<string>>());
    entry(lane, client, () => new Set<string>()).add(id);
    this.#client(client).waiting++;
    this.#length++;
  }

  /** Takes a job out that is not wanted any more; false where it doesn't wait. */
  remove({ id, client, priority }: Waiting): boolean {
    const lane = this.#lanes.get(priority);
    const jobs = lane?.get(client);
    if (!jobs?.delete(id)) return false;
    if (jobs.size === 0) lane!.delete(client);
    if (lane!.size === 0) this.#lanes.delete(priority);
    this.#client(client).waiting--;
    this.#length--;
    this.#forgetIdle(client);
    return true;
  }

  /** Begins the turn of the next job, until {@linkcode FairQueue.end}; undefined where none waits. */
  next(): string | undefined {
    if (this.#length === 0) return undefined;
    const priority = best(this.#lanes.keys(), (one, other) => one > other);
    const lane = this.#lanes.get(priority)!;
    const name = best(
      lane.keys(),
      (one, other) => isBefore(this.#client(one), this.#client(other)),
    );
    const [id] = lane.get(name)!;
    const client = this.#client(name);
    client.running++; // before it leaves the line, or it would be forgotten
    client.turn = ++this.#turns;
    this.remove({ id: id!, client: name, priority });
    return id;
  }

  /** Ends the turn of a client's job. */
  end(client: string): void {
    this.#client(client).running--;
    this.#forgetIdle(client);
  }

  #client(name: string): Client {
    return entry(this.#clients, name, () => ({ running: 0, waiting: 0, turn: ++this.#turns }));
  }

  #forgetIdle(name: string): void {
    const { running, waiting } = this.#client(name);
    if (running + waiting === 0) this.#clients.delete(name);
  }
}

function isBefore(a: Client, b: Client): boolean {
  return a.running - b.running < 0 || (a.running === b.running && a.turn < b.turn);
}

/** The first of some, of which there is one at least, that none other is better than. */
function best<T>(all: Iterable<T>, isBetter: (one: T, other: T) => boolean): T {
  let found: T | undefined;
  for (const one of all) if (found === undefined || isBetter(one, found)) found = one;
  return found!;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
