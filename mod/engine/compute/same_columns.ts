import { ServiceError } from "../../common/errors.ts";
import type { JoinedRowGroup } from "../../parquet/write/join_row_groups.ts";
import { typeText } from "../../parquet/write/output_type.ts";

/** A column of rows that a formula made. */
export interface MadeColumn {
  name: string;
  type: string;
}

/** The type of a column that holds nothing but nulls; it fits any other. */
const NULLS = "null";

/** Checks that a formula returns the same columns for every partition. They are looked at in their order. */
export class SameColumns {
  readonly #more: string;
  /** Types by name, of the partitions so far. */
  #types: Map<string, string> | null = null;

  /** @param more What an error says behind its end. */
  constructor(more = "") {
    this.#more = more;
  }

  /**
   * @param partition Whose columns these are.
   * @throws ServiceError `FORMULA_FAILED`, naming column and partition.
   */
  check(columns: readonly MadeColumn[], partition: number): void {
    const types = new Map(columns.map(({ name, type }) => [name, type]));
    if (this.#types === null) {
      this.#types = types;
      return;
    }
    for (const [name, type] of this.#types) {
      const own = types.get(name);
      if (own === undefined) {
        throw this.#differs(
          `column "${name}" is missing in partition ${partition}, but not in those before`,
        );
      }
      if (own === type || own === NULLS) continue;
      if (type !== NULLS) {
        throw this.#differs(
          `column "${name}" is ${own} in partition ${partition} and ${type} in those before`,
        );
      }
      this.#types.set(name, own);
    }
    for (const name of types.keys()) {
      if (this.#types.has(name)) continue;
      throw this.#differs(
        `column "${name}" is in partition ${partition}, but not in those before`,
      );
    }
  }

  #differs(what: string): ServiceError {
    return new ServiceError(
      "FORMULA_FAILED",
      `${what}; a formula must return the same columns for every partition${this.#more}`,
    );
  }
}

/** The same of each table of a result, whether it has one or several. */
export class SameTables {
  readonly #tables = new Map<string | undefined, SameColumns>();

  /** @param groups Rows of a partition, of whichever tables. @throws ServiceError as {@linkcode SameColumns} does */
  check(groups: readonly JoinedRowGroup[], partition: number): void {
    for (const [table, own] of Map.groupBy(groups, tableOf)) {
      const more = table === undefined ? "" : `, here of table "${table}"`;
      const same = this.#tables.get(table) ?? new SameColumns(more);
      this.#tables.set(table, same);
      same.check(columnsOfGroups(own), partition);
    }
  }
}

function tableOf({ parts }: JoinedRowGroup): string | undefined {
  return parts[0]?.[0]?.table;
}

/** The columns that are in row groups. */
export function columnsOfGroups(groups: readonly JoinedRowGroup[]): MadeColumn[] {
  return groups.flatMap(({ parts }) =>
    parts.flat().flatMap(({ columns }) =>
      columns.map(({ name, type }) => ({ name, type: typeText(type) }))
    )
  );
}
