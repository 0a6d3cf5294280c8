import { ProgressBar } from "../../mod/cli/output/progress_bar.ts";

const COLORED = Deno.stdout.isTerminal() && !Deno.noColor;
const CELLS = 30;
const RUNNER = 6;

/** Prints a heading. */
export function heading(text: string): void {
  console.log(`\n${COLORED ? `\x1b[1m${text}\x1b[22m` : text}`);
}

/** Text that stands back on a terminal. */
export function faint(text: string): string {
  return COLORED ? `\x1b[2m${text}\x1b[22m` : text;
}

/**
 * Shows that something runs whose end nobody knows: a bar that wanders, the seconds so far, and what
 * is known. Nothing where standard error is no terminal.
 */
export class Wandering {
  readonly #shown = Deno.stderr.isTerminal();
  readonly #started = performance.now();

  update(label: string, note: string): void {
    if (!this.#shown) return;
    const seconds = (performance.now() - this.#started) / 1000;
    const way = 2 * (CELLS - RUNNER);
    const step = Math.floor(seconds * 20) % way;
    const at = step < way / 2 ? step : way - step;
    const bar = "-".repeat(at) + "#".repeat(RUNNER) + "-".repeat(CELLS - RUNNER - at);
    write(`\r${label} [${bar}] ${seconds.toFixed(1)} s  ${note}\x1b[K`);
  }

  end(): void {
    if (this.#shown) write("\r\x1b[K");
  }
}

/** A bar for work whose end is known, on standard error where that is a terminal. */
export { ProgressBar };

function write(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

/** A table with aligned columns: numbers to the right, all else to the left. */
export function table(rows: Record<string, unknown>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const columns = names.map((name) => {
    const values = rows.map((row) => row[name]);
    const cells = [name, ...values.map(cell)];
    const width = Math.max(...cells.map((text) => text.length));
    const right = values.every((value) => typeof value === "number" || typeof value === "bigint");
    return cells.map((text) => right ? text.padStart(width) : text.padEnd(width));
  });
  const lines = [...rows, null].map((_, line) =>
    "  " + columns.map((column) => column[line]).join("  ").trimEnd()
  );
  return [faint(lines[0] ?? ""), ...lines.slice(1)].join("\n");
}

function cell(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 1e-3 ? value.toFixed(4) : value.toExponential(3);
}

/** A curve to plot. */
export interface Curve {
  /** Ascending. */
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  /** What the axes show. */
  labels: { x: string; y: string };
  /** Part of `x` that is drawn. */
  range: [from: number, to: number];
}

const PLOT_WIDTH = 72;
const DECADES = 5;
const LINES_PER_DECADE = 2;
const PLOT_HEIGHT = DECADES * LINES_PER_DECADE;
const MARKS = 8;
const EIGHTHS = " ▁▂▃▄▅▆▇█";

/** Plots the largest `y` of each stretch of `x` as bars over a logarithmic scale of `DECADES`. */
export function plot({ x, y, labels, range: [from, to] }: Curve): string {
  const tops = new Float64Array(PLOT_WIDTH);
  for (let k = 0; k < x.length; k++) {
    const column = Math.floor((x[k]! - from) / (to - from) * PLOT_WIDTH);
    if (column >= 0 && column < PLOT_WIDTH) tops[column] = Math.max(tops[column]!, y[k]!);
  }
  const top = Math.ceil(Math.log10(Math.max(...tops)));
  const heights = Array.from(
    tops,
    (value) => Math.max(0, (Math.log10(value) - top + DECADES) / DECADES) * PLOT_HEIGHT,
  );
  const lines: string[] = [`  ${labels.y}`];
  for (let line = PLOT_HEIGHT - 1; line >= 0; line--) {
    const cells = heights.map((height) =>
      EIGHTHS[Math.round(Math.min(1, Math.max(0, height - line)) * 8)]
    );
    const decade = top - DECADES + (line + 1) / LINES_PER_DECADE;
    const mark = Number.isInteger(decade) ? `1e${decade}` : "";
    lines.push(`  ${mark.padStart(5)} │${cells.join("").trimEnd()}`);
  }
  lines.push(`        └${"─".repeat(PLOT_WIDTH)}`);
  lines.push(`         ${scale(from, to)}  ${labels.x}`);
  return lines.join("\n");
}

function scale(from: number, to: number): string {
  let line = "";
  for (let mark = 0; mark <= MARKS; mark++) {
    const at = Math.round(mark / MARKS * PLOT_WIDTH);
    const text = String(Math.round(from + (to - from) * mark / MARKS));
    line = line.padEnd(Math.max(0, at - (mark === 0 ? 0 : Math.ceil(text.length / 2)))) + text;
  }
  return line;
}
