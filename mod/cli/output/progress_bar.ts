import { err } from "./standard_output.ts";

const CELLS = 30;
/** Least time between two drawings, in milliseconds. */
const PERIOD = 50;

/** A line on a terminal's standard error that shows how far something is; nothing elsewhere. */
export class ProgressBar {
  readonly #label: string;
  readonly #shown: boolean;
  readonly #started = performance.now();
  #drawn = -Infinity;

  /** @param shown whether to draw at all; by default where standard error is a terminal */
  constructor(label: string, shown: boolean = Deno.stderr.isTerminal()) {
    this.#label = label;
    this.#shown = shown;
  }

  /** @param done of total, in whatever is counted @param note said after the figures */
  update(done: number, total: number, note = ""): void {
    const now = performance.now();
    if (!this.#shown || (now - this.#drawn < PERIOD && done < total)) return;
    this.#drawn = now;
    const seconds = (now - this.#started) / 1000;
    err(`\r${drawBar(this.#label, done, total, seconds, note)}\x1b[K`);
  }

  /** Removes the line. */
  end(): void {
    if (this.#shown && this.#drawn > -Infinity) err("\r\x1b[K");
  }
}

/** The bar as text, without any control of the terminal. */
export function drawBar(
  label: string,
  done: number,
  total: number,
  seconds: number,
  note: string,
): string {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const full = Math.floor(share * CELLS);
  const bar = "#".repeat(full) + "-".repeat(CELLS - full);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${label} [${bar}] ${percent} %  ${seconds.toFixed(1)} s${note === "" ? "" : `  ${note}`}`;
}
