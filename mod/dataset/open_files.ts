import { CursorMemory } from "../parquet/read/cursor_memory.ts";
import { ParquetReader } from "../parquet/read/parquet_reader.ts";
import { withClientErrors } from "./client_errors.ts";
import type { Dataset } from "./dataset.ts";

/** Files that are open at once at most, and bytes of small ones that are kept instead. */
const MOST_OPEN = 64, MOST_KEPT = 32 << 20;

/** The files of a dataset, opened when they are wanted; those not used for longest are closed again. */
export class OpenFiles implements Disposable {
  readonly #files: Dataset["files"];
  /** Those that are open, by index, the one used last at the end. */
  readonly #open = new Map<number, ParquetReader>();
  /** Those that take none of the files that a process may have open, in the same order. */
  readonly #kept = new Map<number, ParquetReader>();
  #keptBytes = 0;
  /** Those that were closed again: if they are wanted once more, they may be many more times. */
  readonly #closed = new Set<number>();
  readonly #memory = new CursorMemory();
  #readByClosed = 0;

  constructor({ files }: Dataset) {
    this.#files = files;
  }

  /** Bytes read so far, of all files. */
  get bytesRead(): number {
    return this.#readers.reduce((bytes, reader) => bytes + reader.bytesRead, this.#readByClosed);
  }

  /** Reads something of a file. @throws ServiceError for what is wrong with it. */
  read<T>(file: number, read: (reader: ParquetReader) => T): T {
    return withClientErrors(() => {
      const reader = this.#reader(file);
      try {
        return read(reader);
      } finally {
        if (!reader.source.isOpen) this.#keep(file, reader);
      }
    });
  }

  [Symbol.dispose](): void {
    for (const reader of this.#readers) reader[Symbol.dispose]();
    this.#open.clear();
    this.#kept.clear();
  }

  get #readers(): ParquetReader[] {
    return [...this.#open.values(), ...this.#kept.values()];
  }

  #reader(file: number): ParquetReader {
    const kept = this.#kept.get(file);
    if (kept) return kept;
    const known = this.#open.get(file);
    const reader = known ?? new ParquetReader(this.#files[file]!, this.#memory);
    this.#open.delete(file);
    this.#open.set(file, reader);
    if (known) return reader;
    if (this.#closed.has(file)) reader.source.readWhole();
    if (this.#open.size > MOST_OPEN) this.#closeOldest(this.#open);
    return reader;
  }

  /** Notes that a file is not open, and makes room for what is kept of it. */
  #keep(file: number, reader: ParquetReader): void {
    if (this.#open.delete(file)) this.#keptBytes += reader.source.keptBytes;
    this.#kept.delete(file);
    this.#kept.set(file, reader);
    while (this.#keptBytes > MOST_KEPT && this.#kept.size > 1) {
      this.#keptBytes -= this.#closeOldest(this.#kept).source.keptBytes;
    }
  }

  #closeOldest(readers: Map<number, ParquetReader>): ParquetReader {
    const [file, reader] = readers.entries().next().value!;
    this.#readByClosed += reader.bytesRead;
    reader[Symbol.dispose]();
    readers.delete(file);
    this.#closed.add(file);
    return reader;
  }
}
