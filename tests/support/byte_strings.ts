import type { ByteStrings } from "../../mod/kernel/text_coder.ts";
import type { TextBytes } from "../../mod/kernel/texts.ts";

const encoder = new TextEncoder();
/** Other bytes never come to the same text. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Texts in UTF-8, one behind the other. */
export function stringsOf(texts: readonly string[]): ByteStrings {
  const parts = texts.map((text) => encoder.encode(text));
  const starts = new Int32Array(texts.length), ends = new Int32Array(texts.length);
  let at = 0;
  parts.forEach((part, k) => {
    starts[k] = at;
    ends[k] = at += part.length;
  });
  const bytes = new Uint8Array(at);
  parts.forEach((part, k) => bytes.set(part, starts[k]));
  return { bytes, starts, ends };
}

/** Texts of a table. */
export function textsOf({ ends, bytes }: TextBytes): string[] {
  return Array.from(ends, (end, k) => decoder.decode(bytes.subarray(ends[k - 1] ?? 0, end)));
}
