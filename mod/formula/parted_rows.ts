/** Rows of a result that go to folders by values of its columns. */
import { columnsThereAre } from "../common/nearest.ts";
import { ServiceError } from "../common/errors.ts";
import { folderNames } from "../csv/folder_names.ts";
import { takeRows } from "../parquet/read/take_rows.ts";
import type { ColumnArray } from "../parquet/format/column_array.ts";
import { type OutputColumn, rowsOfColumn } from "../parquet/write/output_column.ts";
import { cut } from "./cut_columns.ts";

/** Folders that a result has at most: each has a file that is open until all are whole. */
export const MOST_FOLDERS = 1000;

/** The error for a result of more folders. */
export function tooManyFolders(): ServiceError {
  return new ServiceError(
    "TOO_LARGE",
    `the result has more than ${MOST_FOLDERS} folders; part it by columns of fewer values`,
  );
}

/** Rows of one folder, in their order. */
export interface FolderRows {
  /** Its path from the result's folder on: `unit=7/day=2024-05-01`. */
  folder: string;
  columns: OutputColumn[];
}

/**
 * Parts rows by the values of columns, which the folders' names hold then, and the columns no longer.
 *
 * @param by Names of these columns.
 * @return The folders in the order in which they come, and columns without rows: what all of them have
 * @throws ServiceError `BAD_REQUEST` for a column that is not there, or if there is no other, `TOO_LARGE` for too many
 * folders; UnfitColumns and UnfitValue for what names no folder
 */
export function partedRows(
  columns: OutputColumn[],
  by: readonly string[],
): { folders: FolderRows[]; shape: OutputColumn[] } {
  const keys = by.map((name) => keyColumn(columns, name));
  const others = columns.filter(({ name }) => !by.includes(name));
  if (others.length === 0) {
    throw new ServiceError(
      "BAD_REQUEST",
      `Request.Output names all columns of the result, and leaves none for the files; leave one out`,
    );
  }
  const rows = rowsOfColumn(columns[0]!);
  const { names, places } = placesOf(keys.map(codesOf), rows);
  const { starts, order } = byPlace(places, names.length);
  const sorted = names.length > 1 ? others.map((column) => taken(column, order)) : others;
  return {
    folders: names.map((folder, place) => ({
      folder,
      columns: cut(sorted, starts[place]!, starts[place + 1]!),
    })),
    shape: cut(others, 0, 0),
  };
}

function keyColumn(columns: readonly OutputColumn[], name: string): OutputColumn {
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  throw new ServiceError(
    "BAD_REQUEST",
    `Request.Output names "${name}", which is no column of the result; ${
      columnsThereAre(name, columns.map(({ name }) => name))
    }`,
  );
}

/** Names of a column's folders, and the index of each row's. */
interface Codes {
  names: string[];
  rows: Int32Array;
}

/** Values that repeat are looked up and not made into names again. */
function codesOf(column: OutputColumn): Codes {
  const nameOf = folderNames(column);
  const byName = new Map<string, number>();
  const codeOf = (row: number) => {
    const name = nameOf(row);
    const code = byName.get(name) ?? byName.size;
    byName.set(name, code);
    if (byName.size > MOST_FOLDERS) throw tooManyFolders();
    return code;
  };
  const rows = rowsOfColumn(column);
  const { values, validity = null, part } = column;
  const from = part?.from ?? 0;
  // A loop that sees one type of array only takes a fraction of the time.
  const codes = Array.isArray(values)
    ? codesOfList(values, from, rows, codeOf)
    : codesOfArray(values, validity, codeOf);
  return { names: [...byName.keys()], rows: codes };
}

type CodeOf = (row: number) => number;

function codesOfList(list: readonly unknown[], from: number, rows: number, codeOf: CodeOf) {
  const codes = new Int32Array(rows);
  const known = new Map<unknown, number>();
  for (let row = 0; row < rows; row++) {
    const value = list[from + row];
    let code = known.get(value);
    if (code === undefined) known.set(value, code = codeOf(row));
    codes[row] = code;
  }
  return codes;
}

function codesOfArray(
  values: ArrayLike<number | bigint>,
  validity: Uint8Array | null,
  codeOf: CodeOf,
): Int32Array {
  const codes = new Int32Array(values.length);
  const known = new Map<unknown, number>();
  let last: number | bigint | null | undefined, code = 0;
  for (let row = 0; row < codes.length; row++) {
    const value = validity !== null && validity[row] === 0 ? null : values[row]!;
    // Integers and times often stay the same for a while.
    if (value !== last) {
      last = value;
      const found = known.get(value);
      if (found === undefined) known.set(value, code = codeOf(row));
      else code = found;
    }
    codes[row] = code;
  }
  return codes;
}

/** Paths of the folders that there are, in the order of their first rows, and the index of each row's. */
function placesOf(keys: readonly Codes[], rows: number): { names: string[]; places: Int32Array } {
  const [first, ...others] = keys as [Codes, ...Codes[]];
  let { names, rows: places } = first;
  for (const key of others) {
    const paths: string[] = [];
    const known = new Map<number, number>();
    const joined = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      const pair = places[row]! * key.names.length + key.rows[row]!;
      let place = known.get(pair);
      if (place === undefined) {
        place = paths.push(`${names[places[row]!]}/${key.names[key.rows[row]!]}`) - 1;
        known.set(pair, place);
        if (paths.length > MOST_FOLDERS) throw tooManyFolders();
      }
      joined[row] = place;
    }
    names = paths;
    places = joined;
  }
  return { names, places };
}

/** The rows in the order of their places, and where those of each place start. */
function byPlace(places: Int32Array, count: number): { starts: Int32Array; order: Int32Array } {
  const starts = new Int32Array(count + 1);
  for (let row = 0; row < places.length; row++) starts[places[row]! + 1]!++;
  for (let place = 0; place < count; place++) starts[place + 1]! += starts[place]!;
  const order = new Int32Array(places.length);
  const next = starts.slice();
  for (let row = 0; row < places.length; row++) order[next[places[row]!]!++] = row;
  return { starts, order };
}

function taken({ part, ...column }: OutputColumn, rows: Int32Array): OutputColumn {
  const { values, validity } = column;
  const from = part?.from ?? 0;
  const own = from === 0 ? rows : rows.map((row) => row + from);
  return {
    ...column,
    values: takeRows(values as ColumnArray, own),
    validity: validity ? takeRows(validity, rows) : null,
  };
}
