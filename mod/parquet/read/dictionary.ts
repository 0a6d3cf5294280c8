import type { SchemaElement } from "hyparquet";
import type { ByteArrays } from "../encodings/byte_arrays.ts";
import { plainArrays, plainBooleans, plainFixed } from "../encodings/plain.ts";
import { decodeStrings } from "../encodings/strings.ts";
import { PLAIN, PLAIN_DICTIONARY, RLE_DICTIONARY } from "../format/page_header.ts";
import { lengthOf, widthOf } from "../format/value_width.ts";
import { Malformed } from "../io/errors.ts";
import type { Span } from "../io/span.ts";

/** A dictionary page's entries, in memory of their own. Of the two, columns have what their width says. */
export class Dictionary {
  readonly count: number;
  readonly fixed: Uint8Array;
  readonly arrays: ByteArrays | null;
  #texts: string[] | null = null;

  private constructor(count: number, fixed: Uint8Array, arrays: ByteArrays | null) {
    this.count = count;
    this.fixed = fixed;
    this.arrays = arrays;
  }

  /** Decodes a dictionary page (already decompressed). @throws Malformed when it is damaged. */
  static decode(
    span: Span,
    encoding: number,
    count: number,
    element: SchemaElement,
  ): Dictionary {
    // Some writers name the encoding of the pages that refer to it.
    if (encoding !== PLAIN && encoding !== PLAIN_DICTIONARY && encoding !== RLE_DICTIONARY) {
      throw new Malformed("a dictionary's encoding is unknown");
    }
    const width = widthOf(element);
    if (element.type === "BOOLEAN") {
      return new Dictionary(count, plainBooleans(span, count).slice(), null);
    }
    if (width) return new Dictionary(count, plainFixed(span, width, 0, count).slice(), null);
    const own = { bytes: span.bytes.slice(span.at, span.end), at: 0, end: span.end - span.at };
    return new Dictionary(count, own.bytes, plainArrays(own, lengthOf(element), count));
  }

  /** Bytes of memory, but for its texts. */
  get bytes(): number {
    const { fixed, arrays } = this;
    return fixed.length + (arrays ? arrays.starts.byteLength + arrays.ends.byteLength : 0);
  }

  /** Its texts, decoded once for the partitions that share it. @throws Malformed when one is not UTF-8. */
  get texts(): string[] {
    return this.#texts ??= decodeStrings(this.arrays!);
  }
}
