/** The export `tables`: names of the tables of a result. */
import { ServiceError } from "../common/errors.ts";
import { show } from "../common/show.ts";
import { isTableName, MOST_TABLES } from "../job/tables.ts";

const EXAMPLE = `["daily", "alarms"]`;

/**
 * The names of tables that a formula exports; `null` where its result is one.
 *
 * @throws ServiceError `FORMULA_INVALID` for what are none, saying what is wanted
 */
export function tablesOf(value: unknown): string[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_TABLES) {
    throw invalid(
      `must be a list of 1 to ${MOST_TABLES} names, such as ${EXAMPLE}, not ${shown(value)}`,
    );
  }
  const names: string[] = [];
  for (const name of value as unknown[]) {
    if (!isTableName(name)) {
      throw invalid(
        `has ${
          shown(name)
        }; a name is a text of 1 to 64 letters, digits, _ and - that begins with a letter or _, such as "daily"`,
      );
    }
    if (names.includes(name)) throw invalid(`has "${name}" twice`);
    names.push(name);
  }
  return names;
}

/** Whether a value can be meant as names of tables: a constant such as `table = [1, 2]` is the author's own. */
export function isLikeTables(value: unknown): boolean {
  return value !== null && areTables(value);
}

/** Whether a worker hands over names of tables. */
export function areTables(value: unknown): value is string[] | null {
  return value === null ||
    (Array.isArray(value) && value.length > 0 && value.length <= MOST_TABLES &&
      value.every(isTableName));
}

function shown(value: unknown): string {
  return show(value, { depth: 1, strAbbreviateSize: 40, iterableLimit: 3 });
}

function invalid(fault: string): ServiceError {
  return new ServiceError("FORMULA_INVALID", `export "tables" ${fault}`);
}
