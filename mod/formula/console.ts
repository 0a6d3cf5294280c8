import { show } from "../common/show.ts";

const MOST_LINES = 200;
const LONGEST_LINE = 1_000;

/** Formats like `console.log`, keeps a bounded number of lines and hands each to `emit`. */
export class FormulaLog {
  #lines = 0;
  readonly #emit: (line: string) => void;

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  /** One line; what is over the limits is cut and said to be so. */
  readonly write = (...values: unknown[]): void => {
    if (++this.#lines > MOST_LINES) return;
    if (this.#lines === MOST_LINES) {
      return this.#emit(`… (no more than ${MOST_LINES} lines are kept)`);
    }
    const line = values
      .map((value) => typeof value === "string" ? value : show(value, { depth: 4 }))
      .join(" ");
    this.#emit(line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line);
  };
}
