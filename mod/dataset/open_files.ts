import { CursorMemory } from "../parquet/read/cursor_memory.ts";
import { ParquetReader } from "../parquet/read/parquet_reader.ts";
import { withClientErrors } from "./client_errors.ts";
import type { Dataset } from "./dataset.ts";

/** Files that are open at once at most, and bytes of small ones that are kept instead. */
const MOST_OPEN = 64, MOST_KEPT = 32 << 20;

/** The files of a dataset, opened when they are wanted; those not used for longest are closed again. */
export class OpenFiles implements Disposable {
  readonly #files: Dataset["files"];
  /** By index, the one used last at the end. */
  readonly #open = new Map<number, ParquetReader>();
  /** Those that were closed again: if they are wanted once more, they may be many more times. */
  readonly #closed = new Set<number>();
  readonly #memory = new CursorMemory();
  #readByClosed = 0;

  constructor({ files }: Dataset) {
    this.#files = files;
  }

  /** Bytes read so far, of all files. */
  get bytesRead(): number {
    let bytes = this.#readByClosed;
    for (const reader of this.#open.values()) bytes += reader.bytesRead;
    return bytes;
  }

  /** Reads something of a file. @throws ServiceError for what is wrong with it. */
  read<T>(file: number, read: (reader: ParquetReader) => T): T {
    return withClientErrors(() => read(this.#reader(file)));
  }

  [Symbol.dispose](): void {
    for (const reader of this.#open.values()) reader[Symbol.dispose]();
    this.#open.clear();
  }

  #reader(file: number): ParquetReader {
    const known = this.#open.get(file);
    const reader = known ?? new ParquetReader(this.#files[file]!, this.#memory);
    this.#open.delete(file);
    this.#open.set(file, reader);
    if (known) return reader;
    if (this.#closed.has(file)) reader.source.readWhole();
    if (this.#open.size > MOST_OPEN) this.#closeOldest(reader);
    return reader;
  }

  /** Closes those not used for longest, where too many files are open, or too much of them is kept. */
  #closeOldest(used: ParquetReader): void {
    let open = 0, kept = 0;
    for (const { source } of this.#open.values()) {
      if (source.isOpen) open++;
      kept += source.keptBytes;
    }
    for (const [file, reader] of this.#open) {
      const { isOpen, keptBytes } = reader.source;
      if (reader === used || (isOpen ? open <= MOST_OPEN : kept <= MOST_KEPT)) continue;
      if (isOpen) open--;
      kept -= keptBytes;
      this.#close(file, reader);
    }
  }

  #close(file: number, reader: ParquetReader): void {
    this.#readByClosed += reader.bytesRead;
    reader[Symbol.dispose]();
    this.#open.delete(file);
    this.#closed.add(file);
  }
}
