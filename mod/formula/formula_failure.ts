import { type ErrorCode, type FormulaPosition, ServiceError } from "../common/errors.ts";
import { clientError } from "../dataset/client_errors.ts";
import { show } from "../common/show.ts";
import { importFault, type Library } from "./import_failure.ts";

const FRAME = /((?:file|data|blob|https?|npm|node):[^\s()]*?):(\d+):(\d+)/;
// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[0-9;]*m/g;
const LONGEST_MESSAGE = 2_000;
const MOST_FRAMES = 20;

/** What is said where a kernel's memory is not enough: tables of groups are the largest thing there. */
const BEYOND_KERNELS =
  "the groups, or what else is worked on at once, take more than the 4 GiB of memory that WebAssembly can address; group by fewer or shorter keys, or a part of the rows by a filter";

/** Whether there is no more memory that WebAssembly can address; without memory for an array, V8 ends the thread. */
function isOutOfMemory(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.startsWith("WebAssembly.Memory.grow(): ");
}

/** Turns what a formula threw into an error that speaks of the author's own files. */
export class FailureReporter {
  readonly #names: Map<string, string>;
  readonly #library: Library;
  readonly #hasParams: boolean;

  /**
   * @param sources URL of each module of the snapshot and the author's name for it.
   * @param library What the library exports.
   * @param hasParams Whether the request had `Params`.
   */
  constructor(
    sources: [url: string, name: string][],
    library: Library = {},
    hasParams = true,
  ) {
    this.#names = new Map(sources);
    this.#library = library;
    this.#hasParams = hasParams;
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
    const known = clientError(thrown);
    if (known instanceof ServiceError) return known;
    const { message, trace } = describe(thrown);
    const position = this.#position(trace);
    const isFull = isOutOfMemory(thrown);
    const said = isFull
      ? BEYOND_KERNELS
      : this.#importFault(message, position) ?? this.#named(withoutCodeFrame(message));
    const reason = isFull ? "OUT_OF_MEMORY" : code;
    return new ServiceError(reason, `${doing}: ${said}${this.#aboutParams(message)}`, position);
  }

  /** What to write in place of an import that can't be had. */
  #importFault(message: string, { where }: FormulaPosition): string | null {
    if (where === undefined) return null;
    const from = where.replace(/:\d+:\d+$/, "");
    return importFault(message, from, (path) => this.#nameAt(path), this.#library);
  }

  /** The author's name for a file, by its path in the snapshot. */
  #nameAt(path: string): string {
    for (const [url, name] of this.#names) {
      if (decodeURIComponent(url).endsWith(`/${path}`)) return name;
    }
    return path;
  }

  /** Says that `Params` are missing, where a formula stumbles over what is null. */
  #aboutParams(message: string): string {
    const stumbles = !this.#hasParams && /^TypeError: .*\bnull\b/.test(message);
    return stumbles ? "; the request had no Params, so context.params is null" : "";
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
