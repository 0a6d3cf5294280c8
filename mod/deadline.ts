import { ServiceError } from "./errors.ts";

/** The longest delay a timer can have, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A job's time limit, together with its caller's signal. Dispose of it when the job has ended. */
export class Deadline implements Disposable {
  /** Aborted with a `ServiceError`: `FORMULA_TIMEOUT`, or whatever the caller's signal says. */
  readonly signal: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(seconds: number, signal?: AbortSignal) {
    const late = new AbortController();
    const error = new ServiceError(
      "FORMULA_TIMEOUT",
      `the job took longer than its limit of ${seconds} s`,
    );
    this.#timer = setTimeout(
      () => late.abort(error),
      Math.min(Math.ceil(seconds * 1000), LONGEST_TIMER),
    );
    this.signal = signal ? AbortSignal.any([late.signal, signal]) : late.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
