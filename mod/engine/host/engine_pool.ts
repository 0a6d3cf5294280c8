import { takeAhead } from "./ahead.ts";
import { Engine, type EngineOptions } from "./engine.ts";

/** With more memory than this, an engine waits for a job like its last one only, and not for long. */
const WORN_BYTES = 400e6;
/** How long such a one waits, in milliseconds. */
const WORN_WAITS = 30_000;

/** Keeps engines warm, so that a job need not wait for a process to start. */
export class EnginePool {
  readonly #options: EngineOptions;
  readonly #spare: number;
  readonly #engines = new Set<Engine>();
  readonly #idle: Engine[] = [];
  /** Ends of the wait of engines that are left with much memory. */
  readonly #ends = new Map<Engine, number>();
  #starting: Promise<Engine> | null = null;
  /** Engines that were started, and those that ended before they were let go. */
  readonly counters = { started: 0, lost: 0 };
  #able = false;
  #closed = false;

  /**
   * @param options Of every engine.
   * @param spare Idle engines that are kept.
   */
  constructor(options: EngineOptions, spare: number) {
    this.#options = options;
    this.#spare = spare;
  }

  /** All engines that live. */
  get engines(): Engine[] {
    return [...this.#engines];
  }

  /** Whether the last engine that was to be started did start. */
  get able(): boolean {
    return this.#able;
  }

  /** Starts an engine ahead of the first job. */
  warm(): void {
    if (this.#idle.length || this.#starting || this.#closed) return;
    const starting = this.#start();
    this.#starting = starting;
    starting.then((engine) => {
      if (this.#starting !== starting) return; // a job has taken it
      this.#starting = null;
      this.release(engine);
    }, () => {
      if (this.#starting === starting) this.#starting = null; // the next lease says why
    });
  }

  /**
   * An idle engine, or a new one.
   *
   * @param affinity What jobs have in common that an engine is warm for, what counts most first; an engine whose last
   * job had it is preferred, of several the one that has rested longest.
   * @param memoryBytes What the engine may take: of one that is left with half of it, a job would have too
   * little of its own.
   */
  async lease(affinity: readonly string[], memoryBytes: number): Promise<Engine> {
    while (this.#idle.length) {
      const engine = this.#takeIdle(this.#likest(affinity));
      if (!engine.alive) continue;
      const { resident } = engine;
      const worn = engine.affinity[0] !== affinity[0] && resident > WORN_BYTES;
      if (worn || resident > memoryBytes / 2) {
        engine.close();
        continue;
      }
      engine.affinity = affinity;
      return engine;
    }
    const starting = this.#starting;
    this.#starting = null;
    const engine = await (starting ?? this.#start());
    engine.affinity = affinity;
    return engine;
  }

  /**
   * Gives an engine back that has no job any more. One that is left with much memory ends soon, unless a job of
   * the same affinity comes first, and another one waits in its place.
   *
   * @param goesOn More of the same job may come, which goes on with what this one has left.
   */
  release(engine: Engine, goesOn = false): void {
    if (!engine.alive) return;
    const worn = engine.resident > WORN_BYTES && !goesOn;
    if (!worn && this.#idle.length >= this.#spare) this.#endWorn();
    if (this.#closed || this.#idle.length >= this.#spare) return engine.close();
    this.#idle.push(engine);
    if (worn) {
      const end = setTimeout(() => {
        this.#endIdle(engine);
        this.warm();
      }, WORN_WAITS);
      Deno.unrefTimer(end);
      this.#ends.set(engine, end);
    }
  }

  #likest(affinity: readonly string[]): number {
    for (const one of affinity) {
      const at = this.#idle.findIndex((engine) => engine.affinity.includes(one));
      if (at >= 0) return at;
    }
    return 0;
  }

  /** Makes room for one that is not left with much memory. */
  #endWorn(): void {
    const worn = this.#idle.find((engine) => this.#ends.has(engine));
    if (worn) this.#endIdle(worn);
  }

  #endIdle(engine: Engine): void {
    this.#takeIdle(this.#idle.indexOf(engine)).close();
  }

  #takeIdle(at: number): Engine {
    const [engine] = this.#idle.splice(at, 1) as [Engine];
    clearTimeout(this.#ends.get(engine));
    this.#ends.delete(engine);
    return engine;
  }

  /** Ends all engines, and waits until they are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#ends.values()) clearTimeout(end);
    await this.#starting?.catch(() => {});
    for (const engine of this.#engines) {
      if (engine.job === null) engine.close();
      else engine.kill();
    }
    await Promise.all(this.engines.map((engine) => engine.ended));
  }

  async #start(): Promise<Engine> {
    const start = takeAhead() ?? Engine.start(this.#options);
    start.then(() => this.#able = true, () => this.#able = false);
    const engine = await start;
    this.#engines.add(engine);
    this.counters.started++;
    engine.ended.then(() => {
      this.#engines.delete(engine);
      if (!engine.released && !this.#closed) this.counters.lost++;
    });
    return engine;
  }
}
