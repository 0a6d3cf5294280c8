import { Engine, type EngineOptions } from "./engine.ts";
import type { ExpectedJob } from "../link/expected.ts";

/** An engine that starts before the pool that is to have it is there. */
let started: Promise<Engine> | null = null;

/**
 * Starts an engine for a job that is about to be asked for, while this process loads what asks for it. Settles when
 * the engine's process is there, or can't be.
 */
export async function startAhead(options: EngineOptions, job: ExpectedJob): Promise<void> {
  const spawned = Promise.withResolvers<void>();
  started = Engine.start(options, job, spawned.resolve);
  await Promise.race([spawned.promise, started]).catch(() => {}); // seen by whoever takes it
}

/** The engine that was started ahead, once; null where there is none. */
export function takeAhead(): Promise<Engine> | null {
  const engine = started;
  started = null;
  return engine;
}
