/** A job that waits for its turn. */
export interface Waiting {
  id: string;
  /** Whose turn it takes. */
  client: string;
  /** Among the jobs of its client. */
  priority: number;
  /** Among the jobs of all clients. */
  precedence: number;
}

interface Client {
  running: number;
  waiting: number;
  /** When it last had a turn, or came after it had nothing to do: a count of such events. */
  turn: number;
}

/** Jobs of a client by its own priority, in the order they came. */
type Line = Map<number, Set<string>>;

/** Turns in a row that may go past clients whose jobs have a lower precedence. */
const MOST_OVERTAKING = 9;

/**
 * The order in which jobs start: higher precedences first, and among the same the clients take turns,
 * those with fewer running jobs before the others; a client's own jobs start by their priority, then in
 * the order they came. So that nobody waits for ever, every tenth turn is taken among all clients where
 * nine in a row went past one whose jobs have a lower precedence.
 */
export class FairQueue {
  /** Jobs by precedence, by client. */
  readonly #lanes = new Map<number, Map<string, Line>>();
  readonly #clients = new Map<string, Client>();
  #length = 0;
  #turns = 0;
  /** Turns in a row that went past somebody. */
  #overtaking = 0;

  /** Jobs that wait. */
  get length(): number {
    return this.#length;
  }

  /** Jobs of a client that wait. */
  waitingOf(client: string): number {
    return this.#clients.get(client)?.waiting ?? 0;
  }

  /** Puts a job behind its client's others of the same priority. */
  add({ id, client, priority, precedence }: Waiting): void {
    const lane = entry(this.#lanes, precedence, () => new Map<string, Line>());
    const line = entry(lane, client, () => new Map<number, Set<string>>());
    entry(line, priority, () => new Set<string>()).add(id);
    this.#client(client).waiting++;
    this.#length++;
  }

  /** Takes a job out that is not wanted any more; false where it doesn't wait. */
  remove({ id, client, priority, precedence }: Waiting): boolean {
    const lane = this.#lanes.get(precedence);
    const line = lane?.get(client);
    const jobs = line?.get(priority);
    if (!jobs?.delete(id)) return false;
    if (jobs.size === 0) line!.delete(priority);
    if (line!.size === 0) lane!.delete(client);
    if (lane!.size === 0) this.#lanes.delete(precedence);
    this.#client(client).waiting--;
    this.#length--;
    this.#forgetIdle(client);
    return true;
  }

  /** Begins the turn of the next job, until {@linkcode FairQueue.end}; undefined where none waits. */
  next(): string | undefined {
    if (this.#length === 0) return undefined;
    const [precedence, name] = this.#nextClient();
    const line = this.#lanes.get(precedence)!.get(name)!;
    const priority = highest(line.keys());
    const [id] = line.get(priority)!;
    const client = this.#client(name);
    client.running++; // before it leaves the line, or it would be forgotten
    client.turn = ++this.#turns;
    this.remove({ id: id!, client: name, priority, precedence });
    return id;
  }

  /** Ends the turn of a client's job. */
  end(client: string): void {
    this.#client(client).running--;
    this.#forgetIdle(client);
  }

  /** Whose turn it is, and the precedence of its job. */
  #nextClient(): [precedence: number, client: string] {
    const precedence = highest(this.#lanes.keys());
    const name = this.#first(this.#lanes.get(precedence)!.keys());
    if (!this.#goesPast(precedence, name)) {
      this.#overtaking = 0;
      return [precedence, name];
    }
    if (++this.#overtaking <= MOST_OVERTAKING) return [precedence, name];
    this.#overtaking = 0;
    const fair = this.#first([...this.#lanes.values()].flatMap((lane) => [...lane.keys()]));
    const lanes = [...this.#lanes].filter(([, lane]) => lane.has(fair));
    return [highest(lanes.map(([precedence]) => precedence)), fair];
  }

  /** Whether another client waits with nothing but jobs of lower precedences. */
  #goesPast(precedence: number, client: string): boolean {
    const served = this.#lanes.get(precedence)!;
    for (const [lower, lane] of this.#lanes) {
      if (lower === precedence) continue;
      for (const name of lane.keys()) if (name !== client && !served.has(name)) return true;
    }
    return false;
  }

  /** Of some clients the one with the fewest running jobs, and of these the one that has waited longest. */
  #first(clients: Iterable<string>): string {
    return best(clients, (one, other) => isBefore(this.#client(one), this.#client(other)));
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

function highest(numbers: Iterable<number>): number {
  return best(numbers, (one, other) => one > other);
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
