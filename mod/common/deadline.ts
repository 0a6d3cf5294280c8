import { ServiceError } from "./errors.ts";

/** The longest delay a timer can have, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A job's time limit, together with its caller's signal. Dispose of it when the job has ended. */
export class Deadline implements Disposable {
  /** Aborted with a `ServiceError`: `FORMULA_TIMEOUT`, or whatever the caller's signal says. */
  readonly signal: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #end: number;

  constructor(seconds: number, signal?: AbortSignal) {
    this.#end = performance.now() + seconds * 1000;
    const late = new AbortController();
    this.#timer = setTimeout(
      () => late.abort(tookTooLong(seconds)),
      Math.min(Math.ceil(seconds * 1000), LONGEST_TIMER),
    );
    this.signal = signal ? AbortSignal.any([late.signal, signal]) : late.signal;
  }

  /** Milliseconds since the limit; negative before it. */
  get lateness(): number {
    return performance.now() - this.#end;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

function tookTooLong(seconds: number): ServiceError {
  return new ServiceError(
    "FORMULA_TIMEOUT",
    `the job took longer than its limit of ${seconds} s`,
  );
}
