import type { Kernel } from "#kernel";
import { decompress } from "../encodings/codec.ts";
import type { ChunkPlace } from "../format/chunk_table.ts";
import { DICTIONARY_PAGE, type PageHeader } from "../format/page_header.ts";
import type { Leaf } from "../format/schema_tree.ts";
import type { FileBuffer } from "../io/file_buffer.ts";
import { Malformed, ParquetError } from "../io/errors.ts";
import { threadScratch } from "../io/scratch.ts";
import type { ByteSource } from "../io/source.ts";
import { Dictionary } from "./dictionary.ts";
import { HeldPage, type PageMark, type PausedStream } from "./held_page.ts";
import { PageWalk } from "./page_walk.ts";

/** The data pages of one column chunk, from front to back. Its dictionary is read on the way. */
export class ChunkPages {
  readonly place: ChunkPlace;
  readonly walk: PageWalk;
  /** What was met of it so far. */
  dictionary: Dictionary | null = null;
  readonly #leaf: Leaf;

  /** @param buffer Where bytes of the file are kept. */
  constructor(source: ByteSource, place: ChunkPlace, leaf: Leaf, buffer: FileBuffer) {
    this.place = place;
    this.walk = new PageWalk(source, place, buffer);
    this.#leaf = leaf;
  }

  /** The header of the next data page. @throws Malformed when there is none, or a second dictionary. */
  next(): PageHeader {
    while (true) {
      const header = this.walk.next();
      if (header.type !== DICTIONARY_PAGE) return header;
      if (this.dictionary) throw new Malformed("it has two dictionaries");
      this.dictionary = this.#readDictionary(header);
    }
  }

  /**
   * The page behind the header that {@linkcode ChunkPages.next} gave, in a kernel's memory.
   *
   * @param marks Those that were found of it, to which more are added.
   * @param paused What it goes on with, where that was kept.
   */
  hold(
    header: PageHeader,
    kernel: Kernel,
    marks?: PageMark[],
    paused: PausedStream | null = null,
  ): HeldPage {
    return new HeldPage(kernel, this.walk, header, this.place.codec, marks, paused);
  }

  /** Runs a step that looks at pages; what is wrong in it says at which. */
  placed<T>(step: () => T): T {
    try {
      return step();
    } catch (thrown) {
      if (thrown instanceof ParquetError) thrown.place.page ??= this.walk.place.from;
      throw thrown;
    }
  }

  #readDictionary({ uncompressedLength, encoding, values }: PageHeader): Dictionary {
    const { codec } = this.place;
    const body = this.walk.body();
    const span = decompress(codec, body, uncompressedLength, threadScratch.dictionary);
    return Dictionary.decode(span, encoding, values, this.#leaf.element);
  }
}
