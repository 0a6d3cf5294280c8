/** What of a column a filter lets through, as a set of values: by borders, whatever the filter's form. */
import type { SchemaElement } from "hyparquet";
import type { Wanted } from "../parquet/read/match_column.ts";
import { compareCodePoints } from "../std/grouping/coding.ts";
import type { Column } from "../parquet/format/column.ts";
import type { Comparable, Comparison, Predicate } from "./predicate.ts";

/** A value from which on what is let through is no longer, or the other way round. */
export type Border = bigint | number | string;

/** Values of a column. */
export interface ValueSet {
  /** What borders are: 64-bit integers, doubles, or texts in the order of their code points. */
  domain: Domain;
  /** Whether what is below all borders is in it. */
  first: boolean;
  /** In rising order. */
  borders: Border[];
  /** Whether NaN is in it, and null. */
  nan: boolean;
  none: boolean;
}

type Domain = "integers" | "doubles" | "texts";

const utf8 = new TextEncoder();

/** Borders of a set at most: beyond, values are compared one by one. */
const MOST_BORDERS = 4096;
const LEAST = -(2n ** 63n), MOST = 2n ** 63n - 1n;

/**
 * The values that a predicate lets through, where it looks at one column only.
 *
 * @returns `null` where it looks at others, or their values are not told by borders.
 */
export function valueSetOf(predicate: Predicate, column: Column): ValueSet | null {
  const domain = domainOf(column);
  const set = domain && setOf(predicate, column.name, domain);
  return set && set.borders.length <= MOST_BORDERS ? set : null;
}

/** Whether a text is in a set. */
function hasText({ first, borders }: ValueSet, text: string): boolean {
  let low = 0, high = borders.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareCodePoints(borders[middle] as string, text) <= 0) low = middle + 1;
    else high = middle;
  }
  return first !== (low % 2 === 1);
}

/**
 * A set as a column's reader is told it.
 *
 * @param element The column's leaf.
 * @returns `null` where values are not stored so.
 */
export function wantedOf(set: ValueSet, { type }: SchemaElement): Wanted | null {
  const { domain, first, borders, nan } = set;
  switch (domain) {
    case "integers":
      if (type !== "INT32" && type !== "INT64") return null;
      return { numbers: { type, borders: BigInt64Array.from(borders as bigint[]), first, nan } };
    case "doubles":
      if (type !== "FLOAT" && type !== "DOUBLE") return null;
      return { numbers: { type, borders: Float64Array.from(borders as number[]), first, nan } };
    case "texts": {
      const texts = borders as string[];
      const inBytes = texts.every((text) => text.isWellFormed())
        ? { first, borders: texts.map((text) => utf8.encode(text)) }
        : null;
      return { has: (text) => hasText(set, text), borders: inBytes };
    }
  }
}

function domainOf({ kind, int96 }: Column): Domain | null {
  switch (kind) {
    case "int32":
    case "int64":
    case "date":
    case "time":
      return "integers";
    case "timestamp":
      return int96 ? null : "integers";
    case "float64":
    case "float32":
      return "doubles";
    case "string":
      return "texts";
    default:
      return null;
  }
}

function setOf(predicate: Predicate, column: string, domain: Domain): ValueSet | null {
  if ("column" in predicate) {
    return predicate.column === column ? setOfComparison(predicate.comparison, domain) : null;
  }
  if ("not" in predicate) {
    const set = setOf(predicate.not, column, domain);
    return set && inverted(set);
  }
  const every = "all" in predicate;
  let joined = constant(domain, every);
  for (const part of every ? predicate.all : predicate.any) {
    const set = setOf(part, column, domain);
    if (!set) return null;
    joined = every ? inverted(united(inverted(joined), inverted(set))) : united(joined, set);
  }
  return joined;
}

function constant(domain: Domain, all: boolean): ValueSet {
  return { domain, first: all, borders: [], nan: all, none: all };
}

function inverted(set: ValueSet): ValueSet {
  return { ...set, first: !set.first, nan: !set.nan, none: !set.none };
}

function united(a: ValueSet, b: ValueSet): ValueSet {
  const borders: Border[] = [];
  let inA = a.first, inB = b.first;
  for (let i = 0, j = 0; i < a.borders.length || j < b.borders.length;) {
    const was = inA || inB;
    const order = i === a.borders.length
      ? 1
      : j === b.borders.length
      ? -1
      : compare(a.borders[i]!, b.borders[j]!);
    const border = order <= 0 ? a.borders[i]! : b.borders[j]!;
    if (order <= 0) [inA, i] = [!inA, i + 1];
    if (order >= 0) [inB, j] = [!inB, j + 1];
    if ((inA || inB) !== was) borders.push(border);
  }
  const first = a.first || b.first;
  return { domain: a.domain, first, borders, nan: a.nan || b.nan, none: a.none || b.none };
}

function compare(a: Border, b: Border): number {
  if (typeof a === "string" && typeof b === "string") return compareCodePoints(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function setOfComparison(comparison: Comparison, domain: Domain): ValueSet | null {
  switch (comparison.op) {
    case "never":
      return constant(domain, false);
    case "null":
      return { ...constant(domain, !comparison.is), none: comparison.is };
    case "in":
    case "nin": {
      const points = comparison.values.map((value) => ordered("eq", value, domain));
      if (points.includes(null) || comparison.values.some(Number.isNaN)) return null;
      const set = unitedAll(points as ValueSet[], domain);
      return comparison.op === "in" ? set : { ...inverted(set), none: false };
    }
    default:
      return ordered(comparison.op, comparison.value, domain);
  }
}

/** All in one: halves are united first, so that many take no longer than they must. */
function unitedAll(sets: ValueSet[], domain: Domain): ValueSet {
  if (sets.length === 0) return constant(domain, false);
  if (sets.length === 1) return sets[0]!;
  const middle = sets.length >>> 1;
  return united(unitedAll(sets.slice(0, middle), domain), unitedAll(sets.slice(middle), domain));
}

type Order = "eq" | "ne" | "gt" | "gte" | "lt" | "lte";

/** The values that stand in an order to one; `null` where no border tells that. */
function ordered(op: Order, value: Comparable, domain: Domain): ValueSet | null {
  const ends = endsOf(value, domain);
  if (ends === null) return null;
  const set = (first: boolean, borders: (Border | null)[]): ValueSet => ({
    ...withBorders(domain, first, borders),
    nan: op === "ne",
    none: false,
  });
  if (ends === "nowhere") return set(op === "ne", []);
  const [from, behind] = ends;
  switch (op) {
    case "eq":
      return set(false, [from, behind]);
    case "ne":
      return set(true, [from, behind]);
    case "gt":
      return set(false, [behind]);
    case "gte":
      return set(false, [from]);
    case "lt":
      return set(true, [from]);
    case "lte":
      return set(true, [behind]);
  }
}

/** A set whose borders are `null` where they lie above all values, and may lie below all or be the same. */
function withBorders(
  domain: Domain,
  first: boolean,
  borders: (Border | null)[],
): Pick<ValueSet, "domain" | "first" | "borders"> {
  const kept: Border[] = [];
  for (const border of borders) {
    if (border === null || (typeof border === "bigint" && border > MOST)) continue;
    if (typeof border === "bigint" && border <= LEAST) first = !first;
    else if (kept.at(-1) === border) kept.pop();
    else kept.push(border);
  }
  return { domain, first, borders: kept };
}

/**
 * Where values that equal a value begin, and where those that are greater do: the same place for what equals none.
 *
 * @returns `"nowhere"` for NaN; `null` where no border tells them.
 */
function endsOf(
  value: Comparable,
  domain: Domain,
): [from: Border | null, behind: Border | null] | "nowhere" | null {
  if (domain === "texts") return typeof value === "string" ? [value, `${value}\0`] : null;
  if (typeof value !== "number" && typeof value !== "bigint") return null;
  if (value !== value) return "nowhere";
  if (domain === "doubles") {
    const number = Number(value);
    if (typeof value === "bigint" && BigInt(number) !== value) return null;
    return [number, number === Infinity ? null : nextAbove(number)];
  }
  if (typeof value === "bigint") return [value, value + 1n];
  if (!Number.isFinite(value)) return value > 0 ? [null, null] : [LEAST, LEAST];
  const whole = BigInt(Math.ceil(value));
  return Number.isInteger(value) ? [whole, whole + 1n] : [whole, whole];
}

/** The double next above one that is not infinite. */
function nextAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0]! += value > 0 ? 1n : -1n;
  return new Float64Array(bits.buffer)[0]!;
}
