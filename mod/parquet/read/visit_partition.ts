import type { PageVisitor } from "./page.ts";
import type { ParquetReader } from "./parquet_reader.ts";
import type { Partition } from "./partition.ts";
import type { Column } from "../format/column.ts";

/**
 * Visits the pages of a column that is not nested, as far as a partition goes. What is wrong with one is told with
 * file, column and row group.
 *
 * @param visit As {@linkcode PageVisitor} has it; `at` is a row of the partition. The same for `skips`.
 */
export function visitPartition(
  reader: ParquetReader,
  column: Column,
  { slices }: Partition,
  visit: PageVisitor["page"],
  skips: PageVisitor["skips"] = undefined,
): void {
  let before = 0;
  for (const slice of slices) {
    reader.placed(column, slice.rowGroup, () => {
      reader.visitRows(column.leaf, slice, {
        page: (page, dictionary, from, to, at) => visit(page, dictionary, from, to, before + at),
        skips: skips &&
          ((page, dictionary, from, to, at) => skips(page, dictionary, from, to, before + at)),
      });
    });
    before += slice.to - slice.from;
  }
}
