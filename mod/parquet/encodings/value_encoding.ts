import type { ParquetType } from "hyparquet";
import type { Span } from "../io/span.ts";
import type { ByteArrays } from "./byte_arrays.ts";

/** A page's values without nulls as they are stored, and which of them are wanted. */
export interface EncodedValues {
  values: Span;
  /** How many there are. */
  present: number;
  /** Those from `before` up to `wanted`, not included, are wanted. */
  before: number;
  wanted: number;
}

/** An encoding of values (Encodings.md). It lacks what it is not defined for, or gives null. */
export interface ValueEncoding {
  /** Its number in the format. */
  readonly number: number;
  /**
   * Decodes the wanted values, as many bytes each as `width` says, booleans as 0 and 1. Valid until the next page; not
   * necessarily aligned.
   *
   * @throws Malformed when they are cut off or damaged.
   */
  fixed?(page: EncodedValues, type: ParquetType, width: number): Uint8Array | null;
  /**
   * Decodes byte arrays, from the first of the page up to the last that is wanted. Valid until the next page.
   *
   * @param length Of each; `null` where each has its own.
   * @throws Malformed when they are cut off or damaged, or one has another length.
   */
  arrays?(page: EncodedValues, length: number | null): ByteArrays | null;
}
