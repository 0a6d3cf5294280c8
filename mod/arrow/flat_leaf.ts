/** Columns of one value or null a row, read as they are stored. */
import { copyArray } from "../parquet/encodings/byte_arrays.ts";
import { Malformed } from "../parquet/io/errors.ts";
import type { Column } from "../parquet/format/column.ts";
import type { ColumnArray } from "../parquet/format/column_array.ts";
import { widthOf } from "../parquet/format/value_width.ts";
import { copyBytes } from "../parquet/read/convert.ts";
import { fill } from "../parquet/read/fixed_column.ts";
import { decodeByteArrays, decodeFixed } from "../parquet/read/page_values.ts";
import type { ParquetReader } from "../parquet/read/parquet_reader.ts";
import { Validity } from "../parquet/read/validity.ts";
import { visitPartition } from "../parquet/read/visit_partition.ts";
import type { StoredLeaf } from "./leaf_data.ts";
import type { RowRange } from "./row_ranges.ts";

const ARRAYS: Record<string, new (length: number) => ColumnArray> = {
  INT32: Int32Array,
  INT64: BigInt64Array,
  FLOAT: Float32Array,
  DOUBLE: Float64Array,
  BOOLEAN: Uint8Array,
};

/** Reads a column's values of some rows. @throws As {@linkcode fill} does */
export function readFlat(reader: ParquetReader, column: Column, rows: RowRange): StoredLeaf {
  const { type } = reader.leaf(column.leaf).element;
  const Type = ARRAYS[type!];
  if (Type === undefined) return readBytes(reader, column, rows);
  const values = new Type(rows.rows) as Int32Array;
  const validity = fill(reader, column, rows, copyBytes, values, 0, 0);
  return { length: rows.rows, validity, values };
}

function readBytes(reader: ParquetReader, column: Column, rows: RowRange): StoredLeaf {
  const { element } = reader.leaf(column.leaf);
  const width = widthOf(element);
  const validity = new Validity(rows.rows);
  const lengths = rows.lengths.get(column.name);
  const starts = new Int32Array(rows.rows + 1);
  const whole = lengths?.reduce((sum, length) => sum + length, 0) ?? rows.rows * width;
  const bytes = new Uint8Array(whole);
  let at = 0;
  visitPartition(reader, column, rows, (page, dictionary, from, to, row) => {
    const fixed = width ? decodeFixed(page, element, dictionary) : null;
    const arrays = fixed ? null : decodeByteArrays(page, element, dictionary);
    for (let i = from, k = 0; i < to; i++) {
      if (!page.validity || page.validity[i]) {
        at = fixed
          ? copyArray(fixed, k * width, (k + 1) * width, bytes, at)
          : copyArray(arrays!.bytes, arrays!.starts[k]!, arrays!.ends[k]!, bytes, at);
        k++;
      }
      starts[row + i - from + 1] = at;
    }
    if (page.validity) validity.set(page.validity, from, to, row);
  });
  if (lengths && at !== whole) throw new Malformed("its values have other lengths than before");
  return {
    length: rows.rows,
    validity: validity.withNulls,
    values: { starts, bytes: bytes.subarray(0, at) },
  };
}
