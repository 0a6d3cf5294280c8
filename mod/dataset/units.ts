/** Units of columns, as files note them: in the metadata of columns, under a key of that name. */
import { columnNamed } from "../parquet/format/column.ts";
import type { Dataset } from "./dataset.ts";
import { metadataOf, readMetadata } from "./file_metadata.ts";

/** The key in the metadata of a column. */
export const UNIT_KEY = "unit";

/** Unit of a column; `null` where it has none, or not all files that have the column say the same. */
export interface FoundUnit {
  unit: string | null;
  /** For people: what two files say that don't agree. */
  conflict?: string;
}

/**
 * Finds the units of columns: each file is looked at once, and nothing of it is kept.
 *
 * @throws ServiceError as {@linkcode metadataOf} does
 */
export function unitsOfColumns(
  { files }: Dataset,
  names: readonly string[],
): Map<string, FoundUnit> {
  const found = new Map<string, FoundUnit & { file: string }>();
  if (names.length === 0) return found;
  for (const file of files) {
    const own = names.filter((name) => columnNamed(file.columns, name) !== undefined);
    if (own.length === 0) continue;
    const metadata = readMetadata(file);
    for (const name of own) {
      const unit = metadata.column(name).get(UNIT_KEY) ?? null;
      const before = found.get(name);
      if (before === undefined) found.set(name, { unit, file: file.name });
      else if (before.conflict === undefined && before.unit !== unit) {
        const conflict = `${name}: ${inWords(before.unit)} in ${before.file} and ${
          inWords(unit)
        } in ${file.name}; the result notes none`;
        found.set(name, { unit: null, conflict, file: before.file });
      }
    }
  }
  return found;
}

/** Unit of a column as the first file with it notes it; `null` where it doesn't. */
export function firstUnit({ files }: Dataset, name: string): string | null {
  const file = files.find(({ columns }) => columnNamed(columns, name) !== undefined);
  return file ? metadataOf(file).column(name).get(UNIT_KEY) ?? null : null;
}

function inWords(unit: string | null): string {
  return unit === null ? "no unit" : `the unit ${unit}`;
}
