import type { PageParts } from "./page.ts";
import type { ByteSource } from "./source.ts";
import { KEPT, type Span } from "./span.ts";

/** Bytes of all pages of one file that are kept at most. */
const MOST_BYTES = 192 << 20;

/**
 * Decompressed pages that several partitions have a part of: some writers make pages of 100 MiB,
 * and decompressing one anew for each partition would cost many times the work. Smaller pages are
 * not kept.
 */
class LargePages {
  /** By the page's place in the file; the one used last at the end. */
  readonly #pages = new Map<number, PageParts>();
  #bytes = 0;

  get(offset: number): PageParts | undefined {
    const parts = this.#pages.get(offset);
    if (parts) {
      this.#pages.delete(offset);
      this.#pages.set(offset, parts);
    }
    return parts;
  }

  /** Keeps a page, if it is large; pages that were used longest ago make room for it. */
  set(offset: number, { definition, repetition, values }: PageParts): void {
    const size = values.bytes.length;
    if (values.end - values.at <= KEPT || size > MOST_BYTES) return;
    for (const [other, { values }] of this.#pages) {
      if (this.#bytes + size <= MOST_BYTES) break;
      this.#pages.delete(other);
      this.#bytes -= values.bytes.length;
    }
    const own = (span: Span) => span.bytes === values.bytes ? span : copied(span);
    this.#pages.set(offset, { definition: own(definition), repetition: own(repetition), values });
    this.#bytes += size;
  }
}

function copied({ bytes, at, end }: Span): Span {
  return { bytes: bytes.slice(at, end), at: 0, end: end - at };
}

const ofSource = new WeakMap<ByteSource, LargePages>();

/** The large pages of a file. */
export function largePagesOf(source: ByteSource): LargePages {
  let pages = ofSource.get(source);
  if (!pages) ofSource.set(source, pages = new LargePages());
  return pages;
}
