/** Values of columns as pages hold them. */
import type { Encoding } from "hyparquet";
import { encodeHybrid } from "../encodings/hybrid_encode.ts";
import {
  booleanBounds,
  type Bounds,
  byteArrayBounds,
  compareBytes,
  floatBounds,
  int32Bounds,
  int64Bounds,
  shortBounds,
} from "../format/column_statistics.ts";
import { PLAIN, RLE_DICTIONARY } from "../format/page_header.ts";
import type { ByteSink } from "../io/byte_sink.ts";
import { type EncodedTexts, encodePlaced, encodeTexts } from "../../kernel/text_kernel.ts";
import type { TextDictionary } from "./dictionary.ts";
import { type PlacedTexts, sizeOfPlaced } from "./placed_texts.ts";
import type { StoredValueList } from "./storage_form.ts";

/** Writes stretches of a column's values, nulls left out. */
export interface Encoder {
  number: number;
  encodings: Encoding[];
  dictionary?: TextDictionary;
  /** Bytes of a value, or where each byte array ends. */
  size: number | ((index: number) => number);
  write(from: number, to: number, page: ByteSink): void;
  /** Of all values, when they are written. */
  bounds(): Bounds | null;
}

/** The encoder of values. */
export function encoderOf(values: StoredValueList): Encoder {
  switch (values.form) {
    case "float":
      return fixed(
        values.values,
        values.values.BYTES_PER_ELEMENT,
        () => floatBounds(values.values),
      );
    case "int32":
      return fixed(values.values, 4, () => int32Bounds(values.values, values.unsigned));
    case "int64":
      return fixed(values.halves, 8, () => int64Bounds(values.halves, values.unsigned));
    case "boolean":
      return booleans(values.bits);
    case "strings":
      return values.dictionary ? indexed(values.dictionary) : texts(values.values);
    case "texts":
      return placedTexts(values);
    case "binary":
      return byteArrays(values.values, values.ordered);
    case "fixed":
      return fixed(
        values.bytes,
        values.width,
        () => values.ordered ? byteArrayBounds(cutApart(values.bytes, values.width)) : null,
      );
    case "none":
      return fixed(new Int32Array(0), 4, () => null);
  }
}

const PLAIN_ONLY: Encoding[] = ["PLAIN", "RLE"];

function fixed(values: ArrayBufferView, size: number, bounds: () => Bounds | null): Encoder {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return {
    number: PLAIN,
    encodings: PLAIN_ONLY,
    size,
    bounds,
    write: (from, to, page) => page.append(bytes.subarray(from * size, to * size)),
  };
}

function booleans(bits: Uint8Array): Encoder {
  return {
    number: PLAIN,
    encodings: PLAIN_ONLY,
    size: 0.125,
    bounds: () => booleanBounds(bits),
    write(from, to, page) {
      const length = Math.ceil((to - from) / 8);
      const at = page.reserve(length);
      page.bytes.fill(0, at, at + length);
      for (let i = from; i < to; i++) {
        page.bytes[at + ((i - from) >>> 3)]! |= bits[i]! << ((i - from) & 7);
      }
      page.length = at + length;
    },
  };
}

function texts(values: string[]): Encoder {
  return textsOf(
    (index) => values[index]!.length,
    (from, to, take) => encodeTexts(values, from, to, take),
  );
}

function placedTexts(placed: PlacedTexts): Encoder {
  const { texts, places } = placed;
  return textsOf(
    (index) => sizeOfPlaced(placed, index),
    (from, to, take) => encodePlaced(texts, places, from, to, take),
  );
}

function textsOf(
  size: (index: number) => number,
  encode: (from: number, to: number, take: (part: EncodedTexts) => void) => void,
): Encoder {
  let bounds: Bounds | null = null;
  return {
    number: PLAIN,
    encodings: PLAIN_ONLY,
    size: (index) => size(index) + 4,
    bounds: () => bounds && shortBounds(bounds.least, bounds.most),
    write(from, to, page) {
      encode(from, to, ({ bytes, least, most }) => {
        page.append(bytes);
        if (!bounds || compareBytes(least, bounds.least) < 0) {
          bounds = { least: least.slice(), most: bounds?.most ?? least.slice() };
        }
        if (compareBytes(most, bounds.most) > 0) bounds = { ...bounds, most: most.slice() };
      });
    },
  };
}

function indexed(dictionary: TextDictionary): Encoder {
  const { indexes, width } = dictionary;
  return {
    number: RLE_DICTIONARY,
    encodings: PLAIN_ONLY,
    dictionary,
    size: width / 8,
    bounds: () => dictionary.bounds,
    write(from, to, page) {
      page.byte(width);
      encodeHybrid(indexes, from, to, width, page);
    },
  };
}

function cutApart(bytes: Uint8Array, width: number): Uint8Array[] {
  const count = bytes.length / width;
  return Array.from({ length: count }, (_, k) => bytes.subarray(k * width, (k + 1) * width));
}

function byteArrays(values: Uint8Array[], ordered: boolean): Encoder {
  return {
    number: PLAIN,
    encodings: PLAIN_ONLY,
    size: (index) => values[index]!.length + 4,
    bounds: () => ordered ? byteArrayBounds(values) : null,
    write(from, to, page) {
      for (let i = from; i < to; i++) {
        page.uint32(values[i]!.length);
        page.append(values[i]!);
      }
    },
  };
}
