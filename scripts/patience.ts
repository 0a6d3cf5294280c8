/** Longest wait for a server to start, to answer or to stop; a fault, never an expectation. */
const PATIENCE_MILLISECONDS = 120_000;
/**
 * How often it is looked whether a wait has ended. Under load, Deno may sleep until the time of a longer timer, even of one
 * that was cleared, before it sees a shorter one that came later: with a short one always there, that is not long.
 */
const TICK_MILLISECONDS = 100;

/**
 * Waits for a promise, but not forever.
 *
 * @param task What is waited for, to say in the error.
 * @param giveUp Ends what would make the promise hang.
 * @throws Error after a time that nothing sound takes.
 */
export async function patiently<T>(
  promise: Promise<T>,
  task: string,
  giveUp: () => void,
): Promise<T> {
  const end = performance.now() + PATIENCE_MILLISECONDS;
  let timer: number | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (performance.now() < end) return;
      giveUp();
      reject(new Error(`waited ${PATIENCE_MILLISECONDS / 1000} s in vain for ${task}`));
    }, TICK_MILLISECONDS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearInterval(timer);
  }
}
