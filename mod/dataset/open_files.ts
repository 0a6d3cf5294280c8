import { CursorMemory } from "../parquet/read/cursor_memory.ts";
import { ParquetReader } from "../parquet/read/parquet_reader.ts";
import { withClientErrors } from "./client_errors.ts";
import type { Dataset } from "./dataset.ts";

/** Files that are open at once at most. */
const MOST_OPEN = 64;

/** The files of a dataset, opened when they are wanted; those not used for longest are closed again. */
export class OpenFiles implements Disposable {
  readonly #files: Dataset["files"];
  /** By index, the one used last at the end. */
  readonly #open = new Map<number, ParquetReader>();
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
    const reader = this.#open.get(file) ?? new ParquetReader(this.#files[file]!, this.#memory);
    this.#open.delete(file);
    this.#open.set(file, reader);
    if (this.#open.size > MOST_OPEN) this.#closeOldest();
    return reader;
  }

  #closeOldest(): void {
    const [oldest, reader] = this.#open.entries().next().value!;
    this.#readByClosed += reader.bytesRead;
    reader[Symbol.dispose]();
    this.#open.delete(oldest);
  }
}
