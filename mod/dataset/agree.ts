import { ServiceError } from "../errors.ts";
import type { ParquetFile } from "../parquet/dataset.ts";
import type { Column } from "../parquet/schema.ts";
import { fileName } from "../remote/url.ts";

/**
 * The columns that all files have, in the order of the first. Nulls of one file count for all, so
 * that a column's array type is the same in every partition.
 *
 * @throws ServiceError `BASE_UNREADABLE`, naming file and column, when they don't have the same.
 */
export function unite(files: ParquetFile[]): Column[] {
  const [first, ...others] = files;
  const columns = first!.columns.map((column) => ({ ...column }));
  for (const other of others) {
    const byName = new Map(other.columns.map((column) => [column.name, column]));
    for (const column of columns) {
      const own = byName.get(column.name);
      if (!own) throw disagree(other, `lacks the column "${column.name}" of`, first!);
      if (own.kind !== column.kind || own.unit !== column.unit || own.utc !== column.utc) {
        throw disagree(
          other,
          `has "${column.name}" as ${own.type}, unlike the ${column.type} of`,
          first!,
        );
      }
      column.nullable ||= own.nullable;
      column.hasNulls ||= own.hasNulls;
      byName.delete(column.name);
    }
    const [extra] = byName.keys();
    if (extra !== undefined) {
      throw disagree(other, `has a column "${extra}" that is not in`, first!);
    }
  }
  return columns;
}

function disagree(file: ParquetFile, how: string, first: ParquetFile): ServiceError {
  return new ServiceError(
    "BASE_UNREADABLE",
    `${fileName(file.path)} ${how} ${
      fileName(first.path)
    }; the files of a dataset must have the same columns`,
  );
}
