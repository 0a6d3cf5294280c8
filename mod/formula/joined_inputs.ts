/** The export `inputs`: which tables are joined to the data, and how. */
import { ServiceError } from "../common/errors.ts";
import { meantOrAll, nearest } from "../common/nearest.ts";
import { show } from "../common/show.ts";
import { type Join, type JoinedName, type KeyPair, MATCHES } from "../dataset/joins/join.ts";
import { durationOf, nanosecondsOf } from "../std/grouping/durations.ts";
import { fieldsOf, isRecord, isTexts } from "./checks.ts";

const KEYS = ["on", "match", "tolerance", "by", "columns"];
const EXAMPLE = `{ limits: { on: "unit" } } or { batches: { on: "time", match: "backward" } }`;

/**
 * The joins that a formula exports.
 *
 * @throws ServiceError `FORMULA_INVALID` for what is none, saying what is wanted
 */
export function joinsOf(value: unknown): Join[] {
  if (value === undefined || value === null) return [];
  if (!isRecord(value)) throw invalid(`must be ${EXAMPLE}, not ${shown(value)}`);
  return Object.entries(value).map(([input, join]) => joinOf(input, join));
}

function joinOf(input: string, value: unknown): Join {
  const of = (fault: string) => invalid(`has ${input}, ${fault}`);
  if (typeof value === "string") {
    throw of(`which must say how it is joined: write { on: ${JSON.stringify(value)} }`);
  }
  if (!isRecord(value)) {
    throw of(`which must be a record such as { on: "unit" }, not ${shown(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (!KEYS.includes(key)) throw of(`whose "${key}" is not known: ${meantOrAll(key, KEYS)}`);
  }
  const { on, match = null, tolerance = null, by, columns = null } = value;
  const onPairs = pairsOf(on);
  if (onPairs === null || onPairs.length === 0) {
    throw of(
      `whose "on" must be a column's name, a list of them, or { column: "the table's" }, not ${
        shown(on)
      }`,
    );
  }
  const byPairs = by === undefined ? [] : pairsOf(by);
  if (byPairs === null) {
    throw of(
      `whose "by" must be a column's name, a list of them, or { column: "the table's" }, not ${
        shown(by)
      }`,
    );
  }
  if (match === null) {
    for (const [name, given] of [["tolerance", tolerance !== null], ["by", by !== undefined]]) {
      if (!given) continue;
      throw of(
        name === "by"
          ? `which has "by" without "match": rows with the same keys are looked up by on: [${
            [...onPairs, ...byPairs].map(({ left }) => JSON.stringify(left)).join(", ")
          }]`
          : `which has "tolerance" without "match": add one of ${MATCHES.join(", ")}`,
      );
    }
  } else if (!isMatch(match)) {
    const meant = typeof match === "string" ? nearest(match, MATCHES) : null;
    const hint = meant === null ? "" : `; did you mean "${meant}"?`;
    throw of(`whose "match" must be one of ${MATCHES.join(", ")}, not ${shown(match)}${hint}`);
  } else if (onPairs.length > 1) {
    throw of(
      `whose "on" has ${onPairs.length} columns: with "match" it is one, and others stand in "by"`,
    );
  }
  const names = columns === null ? null : namesOf(columns);
  if (columns !== null && names === null) {
    throw of(
      `whose "columns" must be a list of the table's columns, or { name: "the table's column" }, not ${
        shown(columns)
      }`,
    );
  }
  return {
    input,
    on: onPairs,
    match: match as Join["match"],
    tolerance: toleranceOf(tolerance, of),
    by: byPairs,
    columns: names?.map(({ name, column }) => ({
      name: Array.isArray(columns) ? `${input}.${name}` : name,
      column,
    })) ?? null,
  };
}

function isMatch(value: unknown): boolean {
  return (MATCHES as readonly unknown[]).includes(value);
}

function toleranceOf(value: unknown, of: (fault: string) => Error): Join["tolerance"] {
  if (value === null) return null;
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  const wanted = `a duration such as "5m", milliseconds, or a number where "on" is one`;
  if (typeof value !== "string") {
    throw of(`whose "tolerance" must be ${wanted}, not ${shown(value)}`);
  }
  try {
    nanosecondsOf(durationOf(value));
    return value;
  } catch (thrown) {
    if (thrown instanceof RangeError) {
      throw of(`whose "tolerance" makes no sense: ${thrown.message}`);
    }
    throw thrown;
  }
}

/** Columns whose values are compared; `null` for what names none. */
function pairsOf(value: unknown): KeyPair[] | null {
  const names = namesOf(value);
  return names?.map(({ name, column }) => ({ left: name, right: column })) ?? null;
}

/** Names, each with that of a table's column; `null` for what is none. */
function namesOf(value: unknown): JoinedName[] | null {
  if (typeof value === "string") return value === "" ? null : [{ name: value, column: value }];
  if (isTexts(value)) {
    return value.includes("") ? null : [...new Set(value)].map((name) => ({ name, column: name }));
  }
  if (!isRecord(value)) return null;
  const pairs = Object.entries(value);
  const fits = pairs.every(([name, column]) =>
    name !== "" && typeof column === "string" && column !== ""
  );
  return fits ? pairs.map(([name, column]) => ({ name, column: column as string })) : null;
}

function shown(value: unknown): string {
  return show(value, { depth: 1, strAbbreviateSize: 40 });
}

function invalid(fault: string): ServiceError {
  return new ServiceError("FORMULA_INVALID", `export "inputs" ${fault}`);
}

/** Whether a value that a worker has handed over is a list of joins. */
export function areJoins(value: unknown): value is Join[] {
  return Array.isArray(value) && value.every((one) => {
    const { input, on, match, tolerance, by, columns } = fieldsOf(one, "the formula's inputs");
    return typeof input === "string" && arePairs(on, "left", "right") && on.length > 0 &&
      (match === null || isMatch(match)) &&
      (tolerance === null || typeof tolerance === "string" || typeof tolerance === "number") &&
      arePairs(by, "left", "right") && (columns === null || arePairs(columns, "name", "column"));
  });
}

function arePairs(value: unknown, one: string, other: string): value is unknown[] {
  return Array.isArray(value) && value.every((pair) => {
    const fields = fieldsOf(pair, "the formula's inputs");
    return typeof fields[one] === "string" && typeof fields[other] === "string";
  });
}
