import { ServiceError } from "../common/errors.ts";
import { type Column, columnNamed } from "../parquet/format/column.ts";
import { type Dataset, once } from "./dataset.ts";

/**
 * A dataset whose columns of these names are read as text: byte arrays that nothing says of what they hold.
 *
 * @throws ServiceError `FORMULA_INVALID` for a name that is no such column's.
 */
export function withTexts<T extends Dataset>(dataset: T, names: readonly string[]): T {
  if (names.length === 0) return dataset;
  for (const name of names) {
    const column = columnNamed(dataset.columns, name);
    if (column && (isBytes(column) || column.kind === "string")) continue;
    throw new ServiceError(
      "FORMULA_INVALID",
      column
        ? `export "text": "${name}" is ${column.type}; only columns of bytes can be read as text`
        : `export "text": there is no column "${name}" in ${dataset.name}`,
    );
  }
  const asText = (column: Column): Column =>
    names.includes(column.name) && isBytes(column) ? { ...column, kind: "string" } : column;
  const ofFile = once((columns) => columns.map(asText));
  return {
    ...dataset,
    columns: dataset.columns.map(asText),
    files: dataset.files.map((file) => ({ ...file, columns: ofFile(file.columns) })),
  };
}

function isBytes({ kind, type }: Column): boolean {
  return kind === "bytes" && /^(FIXED_LEN_)?BYTE_ARRAY/.test(type);
}
