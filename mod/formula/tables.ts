/** Tables that a formula returned. */
import { unpivotedOf } from "#marks";
import { ServiceError } from "../common/errors.ts";
import { meantOrAll } from "../common/nearest.ts";
import { show } from "../common/show.ts";
import type { OutputColumn } from "../parquet/write/output_column.ts";
import { isRecord } from "./checks.ts";
import { lazyTable } from "./frame.ts";

/** Columns of a table; its name is `null` where the result is one table. */
export interface MadeTable {
  table: string | null;
  columns: OutputColumn[];
}

/** What was returned as a table. */
export interface ReturnedTable {
  table: string;
  value: unknown;
  /** What returned it, for messages. */
  use: string;
}

/**
 * The tables that a formula returned, in the order of their names.
 *
 * @param use What returned them, for messages.
 * @throws ServiceError `FORMULA_FAILED` for what is no record of tables, for a table that is not named, and a missing one
 */
export function namedTables(
  value: unknown,
  names: readonly string[],
  use: string,
): ReturnedTable[] {
  if (!isRecord(value) || unpivotedOf(value)) {
    const what = isRecord(value) ? "what unpivot gave" : shown(value);
    throw failed(`${use} must return a record of tables, ${wanted(names)}, not ${what}`);
  }
  const returned = new Map(Object.entries(value)); // each is looked at once
  for (const [name, table] of returned) {
    if (!names.includes(name)) {
      throw failed(
        `${use} returned "${name}", which export "tables" doesn't name: ${
          meantOrAll(name, names)
        }; it must return ${wanted(names)}`,
      );
    }
    if (!lazyTable(table)) continue;
    throw failed(
      `${use} returned a table of mapPartitions as "${name}": return it alone, and have its function return ${
        wanted(names)
      }`,
    );
  }
  const missing = names.find((name) => !returned.has(name));
  if (missing !== undefined) {
    throw failed(
      `${use} returned no table "${missing}", which export "tables" names; where it has no rows, return its columns without any: { ${missing}: { time: [] } }`,
    );
  }
  return names.map((table) => ({
    table,
    value: returned.get(table),
    use: `table "${table}" of ${use}`,
  }));
}

function wanted(tables: readonly string[]): string {
  return `{ ${
    tables.map((name) => `${/^[\w]+$/.test(name) ? name : JSON.stringify(name)}: { … }`).join(", ")
  } }`;
}

function shown(value: unknown): string {
  return show(value, { depth: 1, strAbbreviateSize: 40, iterableLimit: 3 });
}

function failed(message: string): ServiceError {
  return new ServiceError("FORMULA_FAILED", message);
}
