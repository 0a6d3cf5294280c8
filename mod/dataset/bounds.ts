import { type Column, sameColumnType } from "../parquet/format/column.ts";
import { compareCodePoints } from "../std/grouping/coding.ts";
import { NANOSECONDS } from "../std/grouping/exact_values.ts";
import type { Comparable, Comparison, Predicate } from "./predicate.ts";

/** What is known of the values of some rows. */
export interface Bounds {
  /** Nothing is smaller or larger; null where that is not known. NaN is left out of both. */
  least: Comparable | null;
  most: Comparable | null;
  nulls: "none" | "some" | "all" | "unknown";
  /** Whether there may be NaN among them. */
  mayBeNaN?: true;
}

/**
 * Whether rows with these bounds may hold one that a predicate lets through. When in doubt they may.
 *
 * @param bounds Of a column; `null` where nothing is known.
 */
export function mayMatch(
  predicate: Predicate,
  bounds: (column: string) => Bounds | null,
): boolean {
  if ("all" in predicate) return predicate.all.every((part) => mayMatch(part, bounds));
  if ("any" in predicate) return predicate.any.some((part) => mayMatch(part, bounds));
  if ("not" in predicate) return !mustMatch(predicate.not, bounds);
  const known = bounds(predicate.column);
  return known === null || mayHold(predicate.comparison, known);
}

/** Whether a predicate lets through all rows with these bounds. When in doubt it does not. */
export function mustMatch(
  predicate: Predicate,
  bounds: (column: string) => Bounds | null,
): boolean {
  if ("all" in predicate) return predicate.all.every((part) => mustMatch(part, bounds));
  if ("any" in predicate) return predicate.any.some((part) => mustMatch(part, bounds));
  if ("not" in predicate) return !mayMatch(predicate.not, bounds);
  const known = bounds(predicate.column);
  return known !== null && mustHold(predicate.comparison, known);
}

function mustHold(comparison: Comparison, { least, most, nulls, mayBeNaN }: Bounds): boolean {
  if (comparison.op === "never") return false;
  if (comparison.op === "null") return nulls === (comparison.is ? "all" : "none");
  if (nulls !== "none" || mayBeNaN || least === null || most === null) return false;
  const without = (value: Comparable) => compare(least, value) > 0 || compare(most, value) < 0;
  switch (comparison.op) {
    case "eq":
      return compare(least, comparison.value) === 0 && compare(most, comparison.value) === 0;
    case "ne":
      return without(comparison.value);
    case "in":
      return comparison.values.some((value) =>
        compare(least, value) === 0 && compare(most, value) === 0
      );
    case "nin":
      return comparison.values.every(without);
    case "gt":
      return compare(least, comparison.value) > 0;
    case "gte":
      return compare(least, comparison.value) >= 0;
    case "lt":
      return compare(most, comparison.value) < 0;
    case "lte":
      return compare(most, comparison.value) <= 0;
  }
}

function mayHold(comparison: Comparison, { least, most, nulls }: Bounds): boolean {
  if (comparison.op === "never") return false;
  if (comparison.op === "null") return nulls !== (comparison.is ? "none" : "all");
  if (nulls === "all") return false;
  const atLeast = (value: Comparable) => least === null || compare(least, value) <= 0;
  const atMost = (value: Comparable) => most === null || compare(most, value) >= 0;
  switch (comparison.op) {
    case "eq":
      return atLeast(comparison.value) && atMost(comparison.value);
    case "in":
      return comparison.values.some((value) => atLeast(value) && atMost(value));
    case "gt":
      return most === null || compare(most, comparison.value) > 0;
    case "gte":
      return atMost(comparison.value);
    case "lt":
      return least === null || compare(least, comparison.value) < 0;
    case "lte":
      return atLeast(comparison.value);
    default:
      return true;
  }
}

/** Bounds of a file's column in the dataset's type; of values that are compared otherwise only the nulls. */
export function brought(bounds: Bounds | null, own: Column, column: Column): Bounds | null {
  if (bounds === null || sameColumnType(own, column)) return bounds;
  const { least, most, nulls, ...others } = bounds;
  if (own.unit && column.unit) {
    const factor = NANOSECONDS[own.unit] / NANOSECONDS[column.unit];
    const scaled = (value: Comparable | null) => value === null ? null : BigInt(value) * factor;
    return { least: scaled(least), most: scaled(most), nulls, ...others };
  }
  const isNumber = ({ kind }: Column) => /^u?int|^float/.test(kind);
  return isNumber(own) && isNumber(column) ? bounds : { least: null, most: null, nulls, ...others };
}

/**
 * Whether bounds can be of any rows at all. Writers that order numbers otherwise give a least above the most, and
 * damaged files anything: what contradicts itself says nothing.
 */
export function isSound({ least, most, nulls }: Bounds): boolean {
  if (least !== null && most !== null && !(compare(least, most) <= 0)) return false;
  return nulls !== "all" || (least === null && most === null);
}

/** Whether bounds of some of the rows fit those of all of them, as far as both are known. */
export function isWithin(part: Bounds, whole: Bounds): boolean {
  if (part.least !== null && whole.least !== null && compare(part.least, whole.least) < 0) {
    return false;
  }
  if (part.most !== null && whole.most !== null && compare(part.most, whole.most) > 0) return false;
  return !(part.nulls === "some" || part.nulls === "all") || whole.nulls !== "none";
}

function compare(a: Comparable, b: Comparable): number {
  if (typeof a === "string" && typeof b === "string") return compareCodePoints(a, b);
  return a < b ? -1 : a > b ? 1 : a == b ? 0 : NaN;
}
