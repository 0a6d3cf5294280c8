import type { Predicate } from "../dataset/predicate.ts";
import type { Join } from "../dataset/joins/join.ts";
import type { ColumnUnit } from "../job/request.ts";
import { JOB_KINDS, type JobKind } from "../job/kinds.ts";
import type { Overlap } from "./overlap.ts";
import { fieldsOf, forged, isCount, isTexts } from "./checks.ts";
import { areJoins } from "./joined_inputs.ts";
import { areTables } from "./table_names.ts";
import { areUnits } from "./units.ts";

/** What an engine needs to know of a formula to run it. */
export interface FormulaTraits {
  kind: JobKind;
  /** Names of all exports. */
  exports: string[];
  /** Whether `aggregate` finishes the reduction. */
  aggregate: boolean;
  /** How INT64 columns are handed over. */
  int64: "number" | "bigint";
  /** The neighbours that `map` is given, too. */
  overlap: Overlap;
  /** Input columns that are carried to the result unchanged. */
  keep: string[];
  /** Columns of bytes that are read as text. */
  text: string[];
  /** Column that has the names of files; `null` for none. */
  fileColumn: string | null;
  /** Tables of the request that are joined to the data. */
  inputs: Join[];
  /** Units that it gives to columns of its result. */
  units: ColumnUnit[];
  /** Names of the tables of its result; `null` where that is no record of tables. */
  tables: string[] | null;
  /** Columns that what drives it reads of a chunk; `null` where that is not known before it runs. */
  columns: string[] | null;
  /** Whether its reduction is a group-by of the library, of which several chunks have one table. */
  grouped: boolean;
  /** Whether what is grouped is what `map` makes of chunks. */
  mapped: boolean;
  /** Rows the formula wants to see; `null` for all, and where a function says it. */
  filter: unknown;
  /** Whether `filter` is a function of the context. */
  makesFilter: boolean;
}

/** The same once it is known which rows the formula sees. */
export interface ChosenTraits extends Omit<FormulaTraits, "filter" | "makesFilter"> {
  /** What its own filter and the request let through; `null` for all rows. */
  filter: Predicate | null;
}

/** Checks the traits of a formula. @throws ServiceError `FORMULA_FAILED`. */
export function checkedTraits(value: unknown): FormulaTraits {
  const traits = fieldsOf(value, "the formula's exports");
  const { kind, exports, aggregate, int64, keep, text, columns, grouped, mapped, makesFilter } =
    traits;
  const { fileColumn } = traits;
  const overlap = fieldsOf(traits.overlap, "the formula's overlap");
  const fits = (JOB_KINDS as readonly unknown[]).includes(kind) && isTexts(exports) &&
    typeof aggregate === "boolean" && typeof grouped === "boolean" && typeof mapped === "boolean" &&
    typeof makesFilter === "boolean" &&
    ["number", "bigint"].includes(int64 as string) &&
    isReach(overlap.before) && isReach(overlap.after) &&
    (overlap.time === null || typeof overlap.time === "string") && isTexts(keep) && isTexts(text) &&
    areJoins(traits.inputs) && areUnits(traits.units) && areTables(traits.tables) &&
    (columns === null || isTexts(columns)) &&
    (fileColumn === null || typeof fileColumn === "string");
  if (!fits) throw forged("the formula's exports");
  return traits as unknown as FormulaTraits;
}

/** Whether a value is a number of rows, or a duration. */
function isReach(value: unknown): boolean {
  return isCount(value) || typeof value === "string";
}
