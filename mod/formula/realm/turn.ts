/**
 * Runs steps of a formula as tasks of their own on the event loop.
 *
 * V8 ends a thread whose heap is full by terminating what runs. Deno notices that in a timer's or an
 * immediate's callback, and not in a microtask, after which the thread would be neither dead nor alive. So
 * a step, and the microtasks it makes, run inside of an immediate's callback.
 */

interface DenoCore {
  core: { runMicrotasks(): void };
}

const internals = (Deno as unknown as Record<symbol, DenoCore>)[
  (Deno as unknown as { internal: symbol }).internal
]!;
const { runMicrotasks } = internals.core;
const { setImmediate } = globalThis as unknown as { setImmediate(step: () => void): void };

/** Runs a step, with its microtasks, as soon as what runs now is done. */
export function inTurn(step: () => void): void {
  setImmediate(() => withMicrotasks(step));
}

/** Runs a step and then the microtasks that wait; for callbacks of timers. */
export function withMicrotasks(step: () => void): void {
  step();
  runMicrotasks();
}
