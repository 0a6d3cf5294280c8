import {
  type Column,
  columnNamed,
  type ColumnType,
  timestampOf,
} from "../parquet/format/column.ts";
import { fitsIn64Bits, NANOSECONDS } from "../std/grouping/exact_values.ts";
import { nanosecondsOf } from "./time.ts";

/** What the names of folders say of a file: `unit=7/` gives `{ unit: "7" }`; `null` where none is said. */
export type FolderValues = Record<string, string | null>;

interface InFolders {
  path: string;
  hive: FolderValues;
}

/** Where a column has no element or leaf in the files: one that folders name. */
export const NOWHERE = -1;
/** The same of one that a further table adds. */
export const JOINED = -2;

/**
 * The columns that folders name, as Hive lays them out and DuckDB reads them: dates, times, whole numbers where all
 * values are such, text otherwise; null for files that lie in no folder of that name. A column of the files that
 * has the name of one of these is not read: what the folder says counts.
 *
 * @param stored Columns in the files.
 */
export function hiveColumns(
  files: InFolders[],
  stored: Column[],
): { columns: Column[]; joined: string[] } {
  const names = new Set(files.flatMap(({ hive }) => Object.keys(hive)));
  const columns: Column[] = [], joined: string[] = [];
  for (const name of names) {
    const said = files.filter(({ hive }) => Object.hasOwn(hive, name));
    const values = said.map(({ hive }) => hive[name] ?? null);
    const lacking = files.length - said.length;
    const hasNulls = lacking > 0 || values.includes(null);
    const place = { element: NOWHERE, leaf: NOWHERE, leaves: 0 };
    columns.push({ name, ...typeOfTexts(values), nullable: hasNulls, hasNulls, ...place });
    if (lacking > 0) {
      joined.push(
        `"${name}" is in no folder's name of ${lacking} of ${files.length} files, null there`,
      );
    }
    if (stored.some((column) => column.name === name)) {
      joined.push(`"${name}" is in the files, too; what the folders say counts`);
    }
  }
  return { columns, joined };
}

/** Whether a column is one that folders name. */
export function isHive(column: Column): boolean {
  return column.leaf === NOWHERE;
}

/** Whether a column is one that a further table adds. */
export function isJoined(column: Column): boolean {
  return column.leaf === JOINED;
}

/** A file's own column of a dataset's; none where folders name it, or the file lacks it. */
export function ownColumn({ columns }: { columns: Column[] }, column: Column): Column | undefined {
  return isHive(column) || isJoined(column) ? undefined : columnNamed(columns, column.name);
}

/** A folder's value of a column as it would be stored: an integer of a number or a time, or text. */
export function folderValue({ kind }: Column, text: string): number | bigint | string {
  switch (kind) {
    case "int32":
      return Number(text);
    case "int64":
      return BigInt(text);
    case "date":
      return Number(nanosecondsOf(text)! / NANOSECONDS.day);
    case "timestamp":
      return nanosecondsOf(text)! / NANOSECONDS.us;
    default:
      return text;
  }
}

const WHOLE = /^(0|-?[1-9]\d*)$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$/;

function typeOfTexts(values: (string | null)[]): ColumnType {
  const texts = values.filter((value) => value !== null);
  if (texts.length === 0) return { kind: "string", type: "STRING" };
  const all = (fits: (text: string) => boolean) => texts.every(fits);
  const isTime = (text: string) => nanosecondsOf(text) !== null;
  if (all((text) => DATE.test(text) && isTime(text))) {
    return { kind: "date", unit: "day", type: "DATE" };
  }
  if (all((text) => TIME.test(text) && isTime(text))) {
    return timestampOf("us", false);
  }
  if (all((text) => WHOLE.test(text) && BigInt.asIntN(32, BigInt(text)) === BigInt(text))) {
    return { kind: "int32", type: "INT32" };
  }
  if (all((text) => WHOLE.test(text) && fitsIn64Bits(BigInt(text)))) {
    return { kind: "int64", type: "INT64" };
  }
  return { kind: "string", type: "STRING" };
}
