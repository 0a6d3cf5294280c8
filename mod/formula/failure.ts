import { type ErrorCode, type FormulaPosition, ServiceError } from "../errors.ts";
import { show } from "../show.ts";

const FRAME = /((?:file|data|blob|https?|npm|node):[^\s()]*?):(\d+):(\d+)/;
// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[0-9;]*m/g;
const LONGEST_MESSAGE = 2_000;
const MOST_FRAMES = 20;

/** Turns what a formula threw into an error that speaks of the author's own files. */
export class FailureReporter {
  readonly #names: Map<string, string>;

  /** @param sources URL of each module of the snapshot and the author's name for it. */
  constructor(sources: [url: string, name: string][]) {
    this.#names = new Map(sources);
  }

  /**
   * What was thrown while the formula was imported: `FORMULA_FAILED` when its own code threw,
   * `FORMULA_INVALID` when it could not be run at all.
   */
  reportImport(thrown: unknown): ServiceError {
    const failure = this.report(thrown, "FORMULA_INVALID", "the formula can't be loaded");
    if (thrown instanceof Error && failure.position.stack === undefined) return failure;
    return this.report(thrown, "FORMULA_FAILED", "the formula's import");
  }

  /** Whatever was thrown, as a `ServiceError`; one that is already passes through. */
  report(thrown: unknown, code: ErrorCode, doing: string): ServiceError {
    if (thrown instanceof ServiceError) return thrown;
    const { message, trace } = describe(thrown);
    const position = this.#position(trace);
    return new ServiceError(code, `${doing}: ${this.#named(withoutCodeFrame(message))}`, position);
  }

  #position(trace: string): FormulaPosition {
    const frames: string[] = [];
    for (const line of trace.split("\n")) {
      const match = FRAME.exec(line);
      const name = match && this.#names.get(match[1]!);
      if (match && name) {
        frames.push(line.replace(match[0], `${name}:${match[2]}:${match[3]}`).trim());
      }
      if (frames.length === MOST_FRAMES) break;
    }
    const where = frames[0] && /([^\s()]+:\d+:\d+)\)?$/.exec(frames[0])?.[1];
    const calls = frames.filter((frame) => frame.startsWith("at "));
    return {
      ...(where ? { where } : {}),
      ...(calls.length ? { stack: calls.join("\n") } : {}),
    };
  }

  #named(text: string): string {
    for (const [url, name] of this.#names) text = text.replaceAll(url, name);
    return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
  }
}

function describe(thrown: unknown): { message: string; trace: string } {
  try {
    if (thrown instanceof Error) {
      const message = `${thrown.name}: ${thrown.message}`.replace(COLOURS, "");
      return { message, trace: `${message}\n${String(thrown.stack ?? "")}`.replace(COLOURS, "") };
    }
    return { message: `threw ${show(thrown)}, which is no Error`, trace: "" };
  } catch {
    return { message: "threw a value that can't be described", trace: "" };
  }
}

/** `deno run` and a compiled program word a syntax error differently; this is the common part. */
function withoutCodeFrame(message: string): string {
  return message
    .replace(/^TypeError: The module's source code could not be parsed: /, "SyntaxError: ")
    .split("\n\n")[0]!
    .replace(/ at file:\S+$/, "");
}
