/**
 * Runs each step of a formula as its own task of the event loop.
 *
 * When the heap is full, V8 terminates the running code. Deno notices this in the callback of a timer or an immediate,
 * but not in a microtask: the thread would then neither end nor answer. Therefore a step and its microtasks run
 * inside an immediate's callback.
 */

interface DenoCore {
  core: { runMicrotasks(): void };
}

const internals = (Deno as unknown as Record<symbol, DenoCore>)[
  (Deno as unknown as { internal: symbol }).internal
]!;
const { runMicrotasks } = internals.core;
const { setImmediate } = globalThis as unknown as { setImmediate(step: () => void): void };

/** Runs a step and its microtasks after the current task. */
export function inTurn(step: () => void): void {
  setImmediate(() => withMicrotasks(step));
}

/** Runs a step and then the waiting microtasks; for callbacks of timers. */
export function withMicrotasks(step: () => void): void {
  step();
  runMicrotasks();
}
