import { ServiceError } from "../errors.ts";
import type { JobKind } from "../job.ts";

/** An imported formula: how it is driven, and its exports by name. */
export interface FormulaModule {
  kind: JobKind;
  /** Whether `aggregate` finishes the reduction. */
  aggregate: boolean;
  /** How INT64 columns are handed over. */
  int64: "number" | "bigint";
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
    if (typeof value !== "function") {
      throw new ServiceError(
        "FORMULA_INVALID",
        `export "${name}" must be a function, not ${typeof value}`,
      );
    }
    return true;
  };
  for (const name of ["overlap", "keep", "filter"]) {
    if (exports.has(name)) {
      throw new ServiceError(
        "FORMULA_INVALID",
        `export "${name}" is not known to this version; take it out`,
      );
    }
  }
  const int64 = exports.get("int64") ?? "number";
  if (int64 !== "number" && int64 !== "bigint") {
    throw new ServiceError("FORMULA_INVALID", `export "int64" must be "number" or "bigint"`);
  }
  return { kind: kindOf(has, [...exports.keys()]), aggregate: has("aggregate"), int64, exports };
}

function kindOf(has: (name: string) => boolean, names: string[]): JobKind {
  if (has("main")) return "main";
  if (has("map") && has("chunk")) {
    throw new ServiceError(
      "FORMULA_INVALID",
      `the formula exports both "map" and "chunk"; export one of them, or "main" to use both`,
    );
  }
  if (has("map")) return "map";
  if (has("chunk")) {
    if (has("combine")) return "reduction";
    throw new ServiceError(
      "FORMULA_INVALID",
      `the formula exports "chunk" but not "combine"; add combine(a, b), which merges two partial results`,
    );
  }
  const found = names.length ? `it exports ${names.join(", ")}` : "it exports nothing";
  throw new ServiceError(
    "FORMULA_INVALID",
    `the formula exports none of "map", "chunk" with "combine", or "main" (${found})`,
  );
}

/** A function the formula exports, by its name. */
export function exported(module: FormulaModule, name: string): FormulaFunction {
  const value = module.exports.get(name);
  if (typeof value === "function") return value;
  throw new ServiceError("FORMULA_INVALID", `the formula exports no function "${name}"`);
}

/**
 * The name under which a formula exports a function, so that another worker can run it.
 *
 * @throws ServiceError `FORMULA_FAILED` when the function is not exported.
 */
export function nameOfExport(module: FormulaModule, value: unknown, use: string): string {
  if (typeof value === "function") {
    for (const [name, candidate] of module.exports) if (candidate === value) return name;
    const called = value.name ? `"${value.name}"` : "an unnamed function";
    throw new ServiceError(
      "FORMULA_FAILED",
      `${use} was given ${called}, which the formula does not export; other workers can only run exported functions: write "export" before it`,
    );
  }
  throw new ServiceError(
    "FORMULA_FAILED",
    `${use} needs an exported function, not ${typeof value}`,
  );
}
