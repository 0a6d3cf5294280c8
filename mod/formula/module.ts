import { ServiceError } from "../errors.ts";
import type { JobKind } from "../job.ts";
import type { FormulaTraits } from "./messages.ts";

/** An imported formula: how it is run, and its exports by name. */
export interface FormulaModule {
  traits: FormulaTraits;
  exports: Map<string, unknown>;
}

// deno-lint-ignore ban-types
type FormulaFunction = Function;

/**
 * Says how a formula wants to be run, from what it exports.
 *
 * @throws ServiceError `FORMULA_INVALID` when no known export is there, or they contradict each other.
 */
export function describeModule(namespace: Record<string, unknown>): FormulaModule {
  const exports = new Map(Object.entries(namespace));
  const has = (name: string): boolean => {
    const value = exports.get(name);
    if (value === undefined) return false;
    if (typeof value === "function") return true;
    throw invalid(`export "${name}" must be a function, not ${typeof value}`);
  };
  const traits: FormulaTraits = {
    kind: kindOf(has, [...exports.keys()]),
    exports: [...exports.keys()],
    aggregate: has("aggregate"),
    int64: int64Of(exports.get("int64")),
    overlap: overlapOf(exports.get("overlap")),
    keep: keepOf(exports.get("keep")),
    text: textOf(exports.get("text")),
    filter: exports.get("filter") ?? null,
  };
  assertTogether(traits, exports);
  return { traits, exports };
}

function kindOf(has: (name: string) => boolean, names: string[]): JobKind {
  if (has("main")) return "main";
  if (has("map") && has("chunk")) {
    throw invalid(
      `the formula exports both "map" and "chunk"; export one of them, or "main" to use both`,
    );
  }
  if (has("map")) return "map";
  if (has("chunk")) {
    if (has("combine")) return "reduction";
    throw invalid(
      `the formula exports "chunk" but not "combine"; add combine(a, b), which merges two partial results`,
    );
  }
  const found = names.length ? `it exports ${names.join(", ")}` : "it exports nothing";
  throw invalid(
    `the formula exports none of "map", "chunk" with "combine", or "main" (${found})`,
  );
}

function int64Of(value: unknown): FormulaTraits["int64"] {
  if (value === undefined || value === "number") return "number";
  if (value === "bigint") return value;
  throw invalid(`export "int64" must be "number" or "bigint"`);
}

function overlapOf(value: unknown): FormulaTraits["overlap"] {
  const { before = 0, after = 0 } = (value ?? {}) as Record<string, unknown>;
  if (isRows(before) && isRows(after)) return { before, after };
  throw invalid(`export "overlap" must be { before, after } with whole numbers of rows from 0`);
}

function isRows(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function keepOf(value: unknown): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) {
    return [...new Set<string>(value)];
  }
  throw invalid(`export "keep" must be a list of column names, such as ["time"]`);
}

function textOf(value: unknown): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) {
    return [...new Set<string>(value)];
  }
  throw invalid(`export "text" must be a list of column names, such as ["unit"]`);
}

function assertTogether(traits: FormulaTraits, exports: Map<string, unknown>): void {
  for (const name of ["overlap", "keep"]) {
    if (exports.has(name) && traits.kind !== "map") {
      throw invalid(`export "${name}" goes with "map" only`);
    }
  }
  if (exports.has("overlap") && traits.filter !== null) {
    throw invalid(
      `exports "overlap" and "filter" can't be combined: filtered rows have no neighbours; drop the rows in "map"`,
    );
  }
}

/** A function the formula exports, by its name. */
export function exported(module: FormulaModule, name: string): FormulaFunction {
  const value = module.exports.get(name);
  if (typeof value === "function") return value;
  throw invalid(`the formula exports no function "${name}"`);
}

/**
 * The name under which a formula exports a function, so that another worker can run it.
 *
 * @throws ServiceError `FORMULA_FAILED` when the function is not exported.
 */
export function nameOfExport(module: FormulaModule, value: unknown, use: string): string {
  if (typeof value !== "function") {
    throw new ServiceError(
      "FORMULA_FAILED",
      `${use} needs an exported function, not ${typeof value}`,
    );
  }
  for (const [name, candidate] of module.exports) if (candidate === value) return name;
  const called = value.name ? `"${value.name}"` : "an unnamed function";
  throw new ServiceError(
    "FORMULA_FAILED",
    `${use} was given ${called}, which the formula does not export; other workers can only run exported functions: write "export" before it`,
  );
}

function invalid(message: string): ServiceError {
  return new ServiceError("FORMULA_INVALID", message);
}
