import { Engine } from "./engine.ts";

/** Keeps engines warm, so that a job need not wait for a process to start. */
export class EnginePool {
  readonly #roots: readonly string[];
  readonly #hosts: readonly string[];
  readonly #spare: number;
  readonly #engines = new Set<Engine>();
  readonly #idle: Engine[] = [];
  #starting: Promise<Engine> | null = null;
  #closed = false;

  /**
   * @param roots Folders under which data, formulas and results lie.
   * @param hosts `HOST:PORT` of the HTTP servers that jobs may read from.
   * @param spare Idle engines that are kept.
   */
  constructor(roots: readonly string[], hosts: readonly string[], spare: number) {
    this.#roots = roots;
    this.#hosts = hosts;
    this.#spare = spare;
  }

  /** All engines that live. */
  get engines(): Engine[] {
    return [...this.#engines];
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

  /** An idle engine, or a new one. */
  async lease(): Promise<Engine> {
    for (let engine = this.#idle.pop(); engine; engine = this.#idle.pop()) {
      if (engine.alive) return engine;
    }
    const starting = this.#starting;
    this.#starting = null;
    return await (starting ?? this.#start());
  }

  /** Gives an engine back that has no job any more. */
  release(engine: Engine): void {
    if (!engine.alive) return;
    if (this.#closed || this.#idle.length >= this.#spare) engine.close();
    else this.#idle.push(engine);
  }

  /** Ends all engines, and waits until they are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#starting?.catch(() => {});
    for (const engine of this.#engines) {
      if (engine.job === null) engine.close();
      else engine.kill();
    }
    await Promise.all(this.engines.map((engine) => engine.ended));
  }

  async #start(): Promise<Engine> {
    const engine = await Engine.start(this.#roots, this.#hosts);
    this.#engines.add(engine);
    engine.ended.then(() => this.#engines.delete(engine));
    return engine;
  }
}
