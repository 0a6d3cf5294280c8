import { type PageVisitor, visitRows } from "./column_chunk.ts";
import { leafOf, type ParquetFile } from "./parquet_file.ts";
import { located } from "./located.ts";
import type { Partition } from "./partition.ts";
import type { Column } from "../format/column.ts";
import type { ByteSource } from "../io/source.ts";

/**
 * Visits the pages of a column that is not nested, as far as a partition goes. What is wrong with one is told with
 * file, column and row group.
 *
 * @param visit As {@linkcode PageVisitor} has it; `at` is a row of the partition.
 */
export function visitPartition(
  source: ByteSource,
  file: ParquetFile,
  column: Column,
  { slices }: Partition,
  visit: PageVisitor["page"],
): void {
  const leaf = leafOf(file, column.leaf);
  let before = 0;
  for (const slice of slices) {
    located(file, column, slice.rowGroup, () => {
      visitRows(source, file, column.leaf, leaf, slice, {
        page: (page, dictionary, from, to, at) => visit(page, dictionary, from, to, before + at),
      });
    });
    before += slice.to - slice.from;
  }
}
