import { ByteSink } from "../io/byte_sink.ts";
import { UnfitColumns } from "../io/errors.ts";
import { storageForm } from "./storage_form.ts";
import { encodeChunk } from "./encode_chunk.ts";
import { encodeNested } from "./encode_nested.ts";
import {
  type EncodedColumn,
  type EncodedRowGroup,
  type OutputColumn,
  rowsOfColumn,
} from "./output_column.ts";
import type { OutputType } from "./output_type.ts";

export type { EncodedColumn, EncodedRowGroup, OutputColumn, OutputType };

/** Codecs that row groups are written in. */
export type WrittenCodec = "SNAPPY" | "ZSTD" | "UNCOMPRESSED";

export interface EncodeOptions {
  codec?: WrittenCodec;
  /** Whether row groups are to be joined with others: a dictionary would be in the way. */
  joinable?: boolean;
  /** Memory to be used again: a buffer that fits is taken out. */
  spare?: ArrayBuffer[];
}

/** Rows of columns. @throws UnfitColumns when lengths differ or a name comes twice. */
export function rowsOfTable(columns: readonly OutputColumn[]): number {
  const rows = columns[0] ? rowsOfColumn(columns[0]) : 0;
  const names = new Set<string>();
  for (const column of columns) {
    const { name } = column, own = rowsOfColumn(column);
    if (own !== rows) {
      throw new UnfitColumns(`column "${name}" has ${own} rows, "${columns[0]!.name}" has ${rows}`);
    }
    if (names.has(name)) throw new UnfitColumns(`there are two columns of the name "${name}"`);
    names.add(name);
  }
  return rows;
}

/**
 * Encodes columns of equal length as one Parquet row group. Without rows, only names and types
 * are kept.
 *
 * @throws UnfitColumns when lengths differ or a name comes twice; UnfitValue for an element that is none of its
 * column's type.
 */
export function encodeRowGroup(
  columns: OutputColumn[],
  { codec = "SNAPPY", joinable = false, spare = [] }: EncodeOptions = {},
): EncodedRowGroup {
  const rows = rowsOfTable(columns);
  let estimate = 1024;
  for (const { type, values } of columns) {
    const ofList = type === "string" ? 2 : 8;
    estimate += Array.isArray(values) ? rows * ofList : values.byteLength * 1.01;
  }
  const fit = spare.findIndex(({ byteLength }) =>
    byteLength >= estimate && byteLength < 1.4 * estimate
  );
  const sink = new ByteSink(Math.ceil(estimate), fit < 0 ? undefined : spare.splice(fit, 1)[0]);
  const encoded = columns.flatMap((column): EncodedColumn[] => {
    const { name, type, required = false, nested, values } = column;
    if (!nested) {
      return [{
        name,
        type,
        required,
        ...encodeChunk(storageForm(column, joinable), codec, sink, required),
      }];
    }
    return nested.leaves.map((_, leaf) => ({
      name,
      type: { schema: nested.schema, leaf },
      required,
      ...encodeNested(nested, leaf, values as Int32Array, codec, sink),
    }));
  });
  return { rows, bytes: sink.release(), columns: encoded };
}
