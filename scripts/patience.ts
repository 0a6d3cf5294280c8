/** Longest wait for a server to start, to answer or to stop; a fault, never an expectation. */
const PATIENCE_MILLISECONDS = 120_000;

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
  let timer: number | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      giveUp();
      reject(new Error(`waited ${PATIENCE_MILLISECONDS / 1000} s in vain for ${task}`));
    }, PATIENCE_MILLISECONDS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
