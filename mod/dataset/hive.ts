import { ServiceError } from "../errors.ts";
import type { Column } from "../parquet/schema.ts";

/** What the names of folders say of a file: `unit=7/` gives `{ unit: "7" }`; `null` where none is said. */
export type FolderValues = Record<string, string | null>;

interface InFolders {
  path: string;
  hive: FolderValues;
}

/** Where a column has no element or leaf in the files. */
const NOWHERE = -1;

/**
 * The columns that folders name, as Hive lays them out: whole numbers of 32 bits where all values
 * are such, text otherwise.
 *
 * @param stored Columns in the files; a folder that names one of them is refused.
 * @throws ServiceError `BASE_UNREADABLE` when not all files lie in folders of the same names.
 */
export function hiveColumns(files: InFolders[], stored: Column[]): Column[] {
  const names = Object.keys(files[0]?.hive ?? {});
  for (const { path, hive } of files) {
    const own = Object.keys(hive);
    if (own.length !== names.length || !names.every((name) => Object.hasOwn(hive, name))) {
      throw new ServiceError(
        "BASE_UNREADABLE",
        `${path} lies in folders of other columns (${
          own.join(", ") || "none"
        }) than the first file (${names.join(", ") || "none"})`,
      );
    }
  }
  return names.map((name) => {
    if (stored.some((column) => column.name === name)) {
      throw new ServiceError(
        "BASE_UNREADABLE",
        `the column "${name}" is in the files and in the names of their folders; rename one of them`,
      );
    }
    const values = files.map(({ hive }) => hive[name] ?? null);
    const whole = values.every((value) => value === null || isInt32(value));
    const hasNulls = values.includes(null);
    const kind = whole ? "int32" : "string";
    const type = whole ? "INT32" : "STRING";
    const place = { element: NOWHERE, leaf: NOWHERE, leaves: 0 };
    return { name, kind, type, nullable: hasNulls, hasNulls, ...place };
  });
}

/** Whether a column is one that folders name. */
export function isHive(column: Column): boolean {
  return column.leaf === NOWHERE;
}

function isInt32(value: string): boolean {
  return /^(0|-?[1-9]\d{0,9})$/.test(value) && Number(value) === (Number(value) | 0);
}
