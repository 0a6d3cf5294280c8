/** Opening the files of a dataset as one table. */
import { type Column, columnNamed, sameColumnType } from "../parquet/format/column.ts";
import type { OpenedFile } from "../parquet/read/parquet_file.ts";
import { unite } from "./agree.ts";
import { withClientErrors } from "./client_errors.ts";
import { once, type OpenedDataset } from "./dataset.ts";
import { fileNames } from "./file_names.ts";
import { type FolderValues, hiveColumns } from "./hive.ts";
import { openKnown } from "./known_files.ts";
import { keepDataset, lastDataset } from "./last_dataset.ts";
import { withFooter } from "./parsed_footers.ts";

/**
 * Opens files as one table.
 *
 * @param name What the dataset is called in messages.
 * @throws ServiceError `BASE_NOT_PARQUET` for a file that is none, `BASE_UNREADABLE` for one that
 * can't be read. Columns of different types are joined as {@linkcode unite} has it.
 */
export function openDataset(
  name: string,
  files: { path: string; hive: FolderValues }[],
): OpenedDataset {
  const found = withClientErrors(() => files.map(({ path }) => openKnown(path)));
  return lastDataset(name, files, found) ??
    keepDataset(united(name, files, found.map(withFooter)), found);
}

/** Opens a table that is not the data of a job: {@linkcode openDataset} goes on to know that. */
export function openTable(
  name: string,
  files: { path: string; hive: FolderValues }[],
): OpenedDataset {
  const found = withClientErrors(() => files.map(({ path }) => openKnown(path)));
  return united(name, files, found.map(withFooter));
}

function united(
  name: string,
  files: { path: string; hive: FolderValues }[],
  found: OpenedFile[],
): OpenedDataset {
  let rows = 0;
  const ofDataset = once((columns: Column[]) => columns.map((column) => ({ ...column })));
  const names = fileNames(files.map(({ path }) => path));
  const opened = found.map((file, index) => {
    const { hive } = files[index]!;
    const named = { ...file, name: names[index]!, hive };
    const own = { ...named, columns: ofDataset(file.columns), rowStart: rows };
    rows += file.rows;
    return own;
  });
  const { columns, joined } = unite(opened.map((file) => ({
    ...file,
    isAllNull: (column: Column) => isAllNull(file, column),
  })));
  for (const own of new Set(opened.map((file) => file.columns))) {
    for (const column of own) {
      const all = columnNamed(columns, column.name)!;
      if (sameColumnType(column, all)) column.hasNulls = all.hasNulls;
    }
  }
  const hive = hiveColumns(opened, columns);
  const named = new Set(hive.columns.map((column) => column.name));
  return {
    name,
    files: opened,
    columns: [...columns.filter((column) => !named.has(column.name)), ...hive.columns],
    rows,
    joined: [...joined, ...hive.joined],
  };
}

/** Whether a footer says that a column of a file holds nothing but nulls; of a nested one, in all of its leaves. */
function isAllNull({ rows, rowGroups }: OpenedFile, { kind, leaf, leaves }: Column): boolean {
  if (rows === 0 || kind === "null") return true;
  return rowGroups().every(({ columns }) =>
    columns.slice(leaf, leaf + leaves).every(({ meta_data }) =>
      meta_data !== undefined && meta_data.statistics?.null_count === meta_data.num_values
    )
  );
}
