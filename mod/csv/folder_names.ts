/** Values of columns as the names of folders, as Hive lays them out. */
import { UnfitColumns, UnfitValue } from "../parquet/io/errors.ts";
import type { OutputColumn } from "../parquet/write/output_column.ts";
import { type ClockUnit, TimeTexts } from "./times.ts";
import { valueTexts } from "./value_texts.ts";

/** What a folder is named where there is no value. */
export const NO_VALUE = "__HIVE_DEFAULT_PARTITION__";

/** Bytes of a name that file systems take. */
const MOST_BYTES = 255;

/** What a folder that holds a column's value may be named. */
const FOLDER = /^[\w.~%-]+=[\w.~%-]*$/;

/**
 * Names of the folders of a column's values, by their rows: `unit=pump%203`. All but letters and digits of ASCII and
 * `_.~-` is escaped as in URLs, as DuckDB and Spark read it.
 *
 * @throws UnfitColumns where no folder can be named by such values; the names throw UnfitValue for a value by which
 * none can be.
 */
export function folderNames(column: OutputColumn): (row: number) => string {
  const { name } = column;
  if (!name.isWellFormed()) {
    throw new UnfitColumns(
      `no folder can be named by column "${name}": its name has half a surrogate pair`,
    );
  }
  const at = folderTexts(column);
  const start = `${escaped(name).replace(/^\./, "%2E")}=`;
  return (row) => {
    const text = at(row);
    const fail = (what: string) => new UnfitValue(what, { column: name, row });
    if (text === NO_VALUE) {
      throw fail(`a folder named ${NO_VALUE} stands for null, and can't hold a text like that`);
    }
    const made = start + (text === null ? NO_VALUE : escaped(text));
    if (made.length <= MOST_BYTES) return made;
    throw fail(
      `no folder can be named by a text of so many characters; a name has ${MOST_BYTES} bytes at most`,
    );
  };
}

/** Whether a path is that of a folder for values of these columns. */
export function isFolderOf(path: unknown, columns: readonly string[]): path is string {
  if (typeof path !== "string") return false;
  const names = path.split("/");
  return names.length === columns.length &&
    names.every((name) => FOLDER.test(name) && name.length <= MOST_BYTES && !name.startsWith("."));
}

/** Whether a folder holds a column's value, by its name. */
export function isValueFolder(name: string): boolean {
  return /^[^=]+=/.test(name);
}

function folderTexts(column: OutputColumn): (row: number) => string | null {
  const { name, type } = column;
  const { at } = valueTexts(column, "a folder's name");
  if (type === "float64" || type === "float32") return wholeTexts(column);
  if (typeof type !== "string" || !type.startsWith("timestamp")) return at;
  const unit = (/_(ms|us|ns)/.exec(type)?.[1] ?? "ms") as ClockUnit;
  const times = new TimeTexts(unit, { utc: false, between: " " });
  const { values, validity = null, part } = column;
  return (row) => {
    if (validity !== null && validity[row] === 0) return null;
    const value = (values as unknown[])[row + (part?.from ?? 0)];
    if (value === null || value === undefined) return null;
    if (!(value instanceof Date)) return short(times.of(value as bigint));
    const time = value.getTime();
    if (Number.isSafeInteger(time)) return short(times.of(BigInt(time)));
    throw new UnfitValue(`${String(value)} is no time`, { column: name, row });
  };
}

/** Without noughts at the end of its fraction. */
function short(time: string): string {
  return time.replace(/\.?0*$/, "");
}

/** Numbers of a formula are doubles: those that are whole name folders, and none is a null. */
function wholeTexts({ name, values, validity = null, part }: OutputColumn) {
  return (row: number): string | null => {
    const value = (values as ArrayLike<unknown>)[row + (part?.from ?? 0)];
    const isNull = value === null || value === undefined || value !== value;
    if (isNull || (validity !== null && validity[row] === 0)) return null;
    if (Number.isSafeInteger(value)) return String(value === 0 ? 0 : value);
    throw new UnfitValue(
      `${
        String(value)
      } is no whole number; folders are named by whole numbers, texts, booleans, dates or times`,
      { column: name, row },
    );
  };
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
