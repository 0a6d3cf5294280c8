import { ServiceError } from "../common/errors.ts";
import { type Column, columnNamed } from "../parquet/format/column.ts";
import type { Dataset } from "./dataset.ts";
import { NOWHERE } from "./hive.ts";

/**
 * A dataset with a further column: the name of the file that a row is from, as if folders said it.
 *
 * @param name Of the column; `null` for none.
 * @throws ServiceError `FORMULA_INVALID` where there is a column of this name
 */
export function withFileColumn<T extends Dataset>(dataset: T, name: string | null): T {
  if (name === null) return dataset;
  if (columnNamed(dataset.columns, name)) {
    throw new ServiceError(
      "FORMULA_INVALID",
      `export "fileColumn": there is a column "${name}" in ${dataset.name} already; give the files' names another one`,
    );
  }
  const place = { element: NOWHERE, leaf: NOWHERE, leaves: 0 };
  const text = { kind: "string", type: "STRING", nullable: false, hasNulls: false } as const;
  const column: Column = { name, ...text, ...place };
  return {
    ...dataset,
    columns: [...dataset.columns, column],
    files: dataset.files.map((file) => ({ ...file, hive: { ...file.hive, [name]: file.name } })),
  };
}
