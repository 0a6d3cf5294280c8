import type { CompressionCodec } from "hyparquet";
import type { ByteSink } from "../io/byte_sink.ts";
import { storedValues } from "./storage_form.ts";
import type { EncodedChunk } from "./encode_chunk.ts";
import { encoderOf } from "./encoder.ts";
import { PAGE_BYTES, PAGE_ROWS, PageWriter, setLength } from "./page_writer.ts";
import { encodeHybrid } from "../encodings/hybrid_encode.ts";
import { leafOfType } from "./output_type.ts";
import type { NestedLeaf, NestedRows } from "./output_column.ts";
import { DATA_PAGE } from "../format/page_header.ts";

/**
 * Encodes a leaf of a nested column behind what the sink holds: its levels and values as they were stored.
 *
 * @param rows Which rows of it, by index.
 */
export function encodeNested(
  { schema, leaves }: NestedRows,
  index: number,
  rows: Int32Array,
  codec: CompressionCodec,
  sink: ByteSink,
): EncodedChunk {
  const leaf = leaves[index]!;
  const { element } = leafOfType(schema[0]!.name, { schema, leaf: index });
  const { levels, valueRows, levelEnds, valueEnds } = chosen(leaf, rows);
  const stored = storedValues(element, valueRows);
  // Dictionaries and bounds would pay for long columns; what is nested is kept for its values.
  const encoder = encoderOf(stored);
  const offset = sink.length;
  const writer = new PageWriter(codec, sink);
  const { size } = encoder;
  const bytesOf = (value: number) => typeof size === "number" ? size : size(value);
  let dataPages = 0, row = 0, level = 0, value = 0;
  while (row < rows.length) {
    let end = row, bytes = 0, at = value;
    do {
      for (; at < valueEnds[end]!; at++) bytes += bytesOf(at);
      end++;
    } while (end < rows.length && bytes < PAGE_BYTES && levelEnds[end - 1]! - level < PAGE_ROWS);
    const levelEnd = levelEnds[end - 1]!;
    writer.write(DATA_PAGE, levelEnd - level, encoder.number, (page) => {
      writeLevels(levels.repetition, leaf.maxRepetition, level, levelEnd, page);
      writeLevels(levels.definition, leaf.maxDefinition, level, levelEnd, page);
      encoder.write(value, at, page);
    });
    dataPages++;
    row = end;
    level = levelEnd;
    value = at;
  }
  return {
    codec,
    encodings: encoder.encodings,
    rows: levels.definition.length,
    nulls: levels.definition.length - value,
    dictionaryOffset: null,
    dataOffset: offset,
    offset,
    compressedSize: sink.length - offset,
    uncompressedSize: writer.uncompressed,
    dataPages,
    least: null,
    most: null,
  };
}

/** Levels and values of chosen rows, and where those of each row end. */
function chosen(leaf: NestedLeaf, rows: Int32Array) {
  const { levelStarts, valueStarts } = leaf;
  const levelEnds = new Int32Array(rows.length), valueEnds = new Int32Array(rows.length);
  let levels = 0, values = 0;
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k]!;
    levelEnds[k] = levels += levelStarts[row + 1]! - levelStarts[row]!;
    valueEnds[k] = values += valueStarts[row + 1]! - valueStarts[row]!;
  }
  const definition = new Int32Array(levels), repetition = new Int32Array(levels);
  const places = new Int32Array(values);
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k]!, from = levelStarts[row]!, to = levelStarts[row + 1]!;
    definition.set(leaf.definition.subarray(from, to), levelEnds[k]! - (to - from));
    repetition.set(leaf.repetition.subarray(from, to), levelEnds[k]! - (to - from));
    const end = valueStarts[row + 1]!;
    let at = valueEnds[k]! - (end - valueStarts[row]!);
    for (let value = valueStarts[row]!; value < end; value++) places[at++] = value;
  }
  return {
    levels: { definition, repetition },
    valueRows: taken(leaf.values, places),
    levelEnds,
    valueEnds,
  };
}

function taken(values: NestedLeaf["values"], places: Int32Array): NestedLeaf["values"] {
  if (Array.isArray(values)) return Array.from(places, (place) => values[place]!);
  const from = values as Float64Array;
  const Type = from.constructor as new (length: number) => Float64Array;
  const to = new Type(places.length);
  for (let k = 0; k < places.length; k++) to[k] = from[places[k]!]!;
  return to;
}

/** Levels with their length in front; none where all are 0. */
function writeLevels(
  levels: Int32Array,
  most: number,
  from: number,
  to: number,
  page: ByteSink,
): void {
  if (most === 0) return;
  page.uint32(0);
  const start = page.length;
  encodeHybrid(levels, from, to, 32 - Math.clz32(most), page);
  setLength(page, start);
}
