/** The export `units`: of columns of the result. */
import { ServiceError } from "../common/errors.ts";
import { columnsThereAre, nearest } from "../common/nearest.ts";
import { show } from "../common/show.ts";
import type { ColumnUnit } from "../job/request.ts";
import { isRecord, isTexts } from "./checks.ts";

/** Characters of a unit at most. */
const LONGEST = 100;
const EXAMPLE = `{ power: "W" }`;

/**
 * The units that a formula exports.
 *
 * @throws ServiceError `FORMULA_INVALID` for what are none, saying what is wanted
 */
export function unitsOf(value: unknown): ColumnUnit[] {
  if (value === undefined || value === null) return [];
  if (!isRecord(value)) {
    throw invalid(`must be a record of texts by columns, such as ${EXAMPLE}, not ${shown(value)}`);
  }
  return Object.entries(value).map(([name, unit]) => {
    const fits = typeof unit === "string" && unit !== "" && unit.length <= LONGEST;
    if (fits && !/\p{Cc}/u.test(unit)) return [name, unit];
    throw invalid(
      `has ${
        JSON.stringify(name)
      }, whose unit must be a text of 1 to ${LONGEST} characters without control characters, such as ${EXAMPLE}, not ${
        shown(unit)
      }`,
    );
  });
}

/** Whether a value can be meant as units: constants such as `UNITS = ["V", "A"]` and `unit = "pump 3"` are the author's own. */
export function isLikeUnits(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const units = Object.values(value);
  return units.length > 0 && isTexts(units);
}

/** Whether a worker hands over units. */
export function areUnits(value: unknown): value is ColumnUnit[] {
  return Array.isArray(value) && value.every((pair) => isTexts(pair) && pair.length === 2);
}

/**
 * Checks that the columns that have units are those of a result.
 *
 * @param columns Of the result; none where it is no table.
 * @throws ServiceError `FORMULA_INVALID` for one that is not there, with the nearest
 */
export function assertColumnsOfUnits(
  units: readonly ColumnUnit[],
  columns: readonly string[],
): void {
  const lost = units.find(([name]) => !columns.includes(name));
  if (lost === undefined) return;
  const [name] = lost;
  const meant = nearest(name, columns);
  const hint = columns.length === 0
    ? "it is no table"
    : meant === null
    ? columnsThereAre(name, columns)
    : `did you mean ${JSON.stringify(meant)}?`;
  throw invalid(`has ${JSON.stringify(name)}, which is no column of the result; ${hint}`);
}

function shown(value: unknown): string {
  return show(value, { depth: 1, strAbbreviateSize: 40 });
}

function invalid(fault: string): ServiceError {
  return new ServiceError("FORMULA_INVALID", `export "units" ${fault}`);
}
