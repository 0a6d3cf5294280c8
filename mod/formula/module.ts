import { grouperOf } from "#marks";
import { ServiceError } from "../common/errors.ts";
import { JOB_KINDS, type JobKind, KINDS } from "../job/kinds.ts";
import { meantOrAll, nearest } from "../common/nearest.ts";
import { show } from "../common/show.ts";
import { isRecord } from "./checks.ts";
import { columnsRead } from "./columns_read.ts";
import { EXPORT_WORDS, type ExportName, meantExport } from "./exports.ts";
import { joinsOf } from "./joined_inputs.ts";
import { NO_OVERLAP, type Overlap } from "./overlap.ts";
import type { FormulaTraits } from "./traits.ts";
import { isLikeTables, tablesOf } from "./table_names.ts";
import { isLikeUnits, unitsOf } from "./units.ts";
import { durationOf, nanosecondsOf } from "../std/grouping/durations.ts";

/** An imported formula: how it is run, and its exports by name. */
export interface FormulaModule {
  traits: FormulaTraits;
  exports: Map<string, unknown>;
}

// deno-lint-ignore ban-types
export type FormulaFunction = Function;

/**
 * Says how a formula wants to be run, from what it exports.
 *
 * @throws ServiceError `FORMULA_INVALID` when no known export is there, or they contradict each other.
 */
export function describeModule(namespace: Record<string, unknown>): FormulaModule {
  const exports = new Map(Object.entries(namespace));
  const grouped =
    grouperOf({ chunk: exports.get("chunk"), combine: exports.get("combine") }) !== null;
  const kind = kindOf(exports, grouped);
  const mapped = kind === "reduction" && exports.get("map") !== undefined;
  const keep = namesOf("keep", exports.get("keep"));
  const filter = exports.get("filter") ?? null;
  const makesFilter = typeof filter === "function";
  const traits: FormulaTraits = {
    kind,
    exports: [...exports.keys()],
    aggregate: exports.get("aggregate") !== undefined,
    int64: int64Of(exports.get("int64")),
    overlap: overlapOf(exports.get("overlap")),
    keep,
    text: namesOf("text", exports.get("text")),
    fileColumn: fileColumnOf(exports.get("fileColumn")),
    inputs: joinsOf(exports.get("inputs")),
    units: unitsOf(exports.get("units")),
    tables: tablesOf(exports.get("tables")),
    columns: kind === "main"
      ? null
      : mapped
      ? columnsMapped(exports.get("map"), keep)
      : columnsRead(exports.get(KINDS[kind].driver)),
    grouped,
    mapped,
    filter: makesFilter ? null : filter,
    makesFilter,
  };
  assertTogether(traits, exports);
  return { traits, exports };
}

/** The columns that `map` and `keep` read of a chunk; `null` where that is not known before it runs. */
function columnsMapped(map: unknown, keep: string[]): string[] | null {
  const read = columnsRead(map);
  return read && [...new Set([...read, ...keep])];
}

/**
 * How a formula is run, once it is sure that none of its exports is a mistyped one.
 *
 * @param grouped Whether `chunk` and `combine` are those of a group-by of the library.
 */
function kindOf(exports: Map<string, unknown>, grouped: boolean): JobKind {
  for (const [name, value] of exports) {
    if (value === undefined || !Object.hasOwn(EXPORT_WORDS, name)) continue;
    const { sort } = EXPORT_WORDS[name as ExportName];
    if (sort === "function" && typeof value !== "function") {
      throw invalid(`export "${name}" must be a function, not ${typeof value}`);
    }
  }
  const has = (name: ExportName) => exports.get(name) !== undefined;
  const driving = JOB_KINDS.filter((kind) => has(KINDS[kind].driver));
  const isMain = driving.includes("main");
  refuseMistyped(
    exports,
    grouped && !isMain ? ["map", ...drivenBy(["reduction"])] : drivenBy(driving),
  );
  if (isMain) return "main";
  if (grouped) return "reduction";
  const [kind, other] = driving;
  if (kind === undefined) throw undriven([...exports.keys()]);
  const { driver, needs } = KINDS[kind];
  if (other !== undefined) {
    throw invalid(
      `the formula exports both "${driver}" and "${
        KINDS[other].driver
      }"; what "map" returns is grouped where the others are of groupBy or resample; else export one of them, or "main" to use both`,
    );
  }
  if (needs === null || has(needs)) return kind;
  const { example, help } = EXPORT_WORDS[needs];
  throw invalid(
    `the formula exports "${driver}" but not "${needs}"; add ${example}, which ${help}`,
  );
}

/** The error for a formula that nothing drives. */
function undriven(names: string[]): ServiceError {
  const found = names.length ? `it exports ${names.join(", ")}` : "it exports nothing";
  const ways = JOB_KINDS.map((kind) => {
    const { driver, needs } = KINDS[kind];
    return needs === null ? `"${driver}"` : `"${driver}" with "${needs}"`;
  });
  const listed = `${ways.slice(0, -1).join(", ")}, or ${ways.at(-1)}`;
  return invalid(`the formula exports none of ${listed} (${found})${meantInstead(names)}`);
}

/** The functions that would be looked at, if they were there. @param driving What drives the formula. */
function drivenBy(driving: JobKind[]): ExportName[] {
  if (driving.includes("main")) return [];
  const [kind] = driving;
  if (kind !== undefined) return ["main", ...besideDriver(kind)];
  return JOB_KINDS.flatMap((kind) => [KINDS[kind].driver, ...besideDriver(kind)]);
}

function besideDriver(kind: JobKind): ExportName[] {
  const { needs, may } = KINDS[kind];
  return needs === null ? [...may] : [needs, ...may];
}

function refuseMistyped(exports: Map<string, unknown>, driven: ExportName[]): void {
  for (const [name, value] of exports) {
    const meant = meantExport(name, typeof value === "function" ? "function" : "value", driven);
    if (meant === null || isOfAuthor(meant, value)) continue;
    throw invalid(
      exports.has(meant)
        ? `export "${name}" is not known, and "${meant}" is there already; give a helper another name`
        : `export "${name}" is not known; did you mean "${meant}", as in export ${
          sampleOf(meant)
        }? Give a helper another name`,
    );
  }
}

/** Whether a value can't be meant as a word that its name is near to. */
function isOfAuthor(meant: ExportName, value: unknown): boolean {
  if (typeof value === "function") return false;
  return (meant === "units" && !isLikeUnits(value)) || (meant === "tables" && !isLikeTables(value));
}

/** What to write in place of exports of which none is a word. */
function meantInstead(names: string[]): string {
  if (names.includes("default")) {
    return `; what is exported as default is not looked at: write export function map(chunk, context)`;
  }
  const functions = (Object.keys(EXPORT_WORDS) as ExportName[]).filter((name) =>
    EXPORT_WORDS[name].sort === "function"
  );
  for (const name of names) {
    const meant = Object.hasOwn(EXPORT_WORDS, name) ? null : nearest(name, functions);
    if (meant !== null) return `; did you mean "${meant}" by "${name}"?`;
  }
  return "";
}

function sampleOf(name: ExportName): string {
  const { sort, example } = EXPORT_WORDS[name];
  return sort === "function" ? `function ${example}` : `const ${example}`;
}

function int64Of(value: unknown): FormulaTraits["int64"] {
  if (value === undefined || value === "number") return "number";
  if (value === "bigint") return value;
  throw misfit("int64", value, `"number" or "bigint"`);
}

const OVERLAP_KEYS = ["before", "after", "time"];

function overlapOf(value: unknown): Overlap {
  if (value === undefined || value === null) return NO_OVERLAP;
  const wanted = '{ before, after } with whole numbers of rows from 0, or durations such as "5s"';
  if (isRows(value)) throw misfit("overlap", value, wanted, overlapText(value, 0));
  if (Array.isArray(value) && value.length <= 2 && value.every(isRows)) {
    throw misfit("overlap", value, wanted, overlapText(value[0] ?? 0, value[1] ?? 0));
  }
  if (!isRecord(value)) throw misfit("overlap", value, wanted);
  for (const key of Object.keys(value)) {
    if (OVERLAP_KEYS.includes(key)) continue;
    throw invalid(
      `export "overlap" has "${key}", which is not known: ${meantOrAll(key, OVERLAP_KEYS)}`,
    );
  }
  const { before = 0, after = 0, time = null } = value;
  if (!isReach(before) || !isReach(after)) throw misfit("overlap", value, wanted);
  if (time === null) return { before, after, time };
  if (typeof time !== "string") {
    throw misfit("overlap", value, "a record whose time names a column");
  }
  if (isRows(before) && isRows(after)) {
    throw invalid(
      `export "overlap" has "time", but counts rows: give a duration, as in { before: "5s", time: ${
        JSON.stringify(time)
      } }`,
    );
  }
  return { before, after, time };
}

function overlapText(before: number, after: number): string {
  return `{ before: ${before}, after: ${after} }`;
}

function isRows(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A number of rows, or a duration of whole nanoseconds. @throws ServiceError for another text. */
function isReach(value: unknown): value is number | string {
  if (typeof value !== "string") return isRows(value);
  try {
    nanosecondsOf(durationOf(value));
    return true;
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw invalid(`export "overlap": ${thrown.message}`);
  }
}

function fileColumnOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" && value !== "") return value;
  throw misfit("fileColumn", value, `a column's name, such as "file"`);
}

/** Names of columns, each once. */
function namesOf(word: "keep" | "text", value: unknown): string[] {
  if (value === undefined) return [];
  const wanted = "a list of column names";
  if (typeof value === "string") throw misfit(word, value, wanted, JSON.stringify([value]));
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) {
    return [...new Set<string>(value)];
  }
  throw misfit(word, value, `${wanted}, such as ${EXPORT_WORDS[word].example.split(" = ")[1]}`);
}

/** The error for a value that an export can't have. @param instead What to write in its place. */
function misfit(word: ExportName, value: unknown, wanted: string, instead?: string): ServiceError {
  const came = show(value, { depth: 1, strAbbreviateSize: 40 });
  const write = instead === undefined ? "" : `: write ${instead}`;
  return invalid(`export "${word}" must be ${wanted}, not ${came}${write}`);
}

function assertTogether(traits: FormulaTraits, exports: Map<string, unknown>): void {
  for (const name of ["overlap", "keep"]) {
    if (exports.has(name) && traits.kind !== "map" && !traits.mapped) {
      throw invalid(`export "${name}" goes with "map" only`);
    }
  }
  if (traits.tables !== null && traits.keep.length > 0 && !traits.mapped) {
    throw invalid(
      'export "keep" does not go with "tables": return columns of the chunk in the tables that are to have them',
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
