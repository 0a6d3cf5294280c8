import { err } from "./standard_output.ts";

/** Exit codes of what a signal ended, as shells have them: 128 and the signal's number. */
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

type Ending = keyof typeof CODES;
const ENDINGS = Object.keys(CODES) as Ending[];

/**
 * Ctrl-C, or the signal to end, while something runs that has to be ended in an orderly way. The second
 * signal ends the process at once. Disposing of it gives the signals back.
 */
export class Interruption implements Disposable {
  #code: number | null = null;
  #work: (() => void) | null = null;
  readonly #listeners = ENDINGS.map((signal) => ({ signal, listener: () => this.#come(signal) }));

  constructor() {
    for (const { signal, listener } of this.#listeners) Deno.addSignalListener(signal, listener);
  }

  /** The exit code of what was interrupted; null where nothing was. */
  get code(): number | null {
    return this.#code;
  }

  /** Says what a signal that comes does; until then it ends the process at once. */
  onCome(work: () => void): void {
    this.#work = work;
  }

  [Symbol.dispose](): void {
    for (const { signal, listener } of this.#listeners) Deno.removeSignalListener(signal, listener);
  }

  #come(signal: Ending): void {
    if (this.#code !== null) {
      err("stopped without waiting for the job to end\n");
      Deno.exit(CODES[signal]);
    }
    this.#code = CODES[signal];
    if (this.#work === null) Deno.exit(this.#code);
    this.#work();
  }
}
