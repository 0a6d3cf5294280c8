import { UnfitColumns } from "../parquet/io/errors.ts";
import { NewFile } from "../parquet/io/new_file.ts";
import type { JoinedRowGroup } from "../parquet/write/join_row_groups.ts";
import { namesLine } from "./encode_csv.ts";

/** Writes a file of comma-separated values from lines of rows: a line of names, then these. */
export class CsvWriter {
  readonly #file: NewFile;
  #names: readonly string[] | null = null;
  #rows = 0;

  /** Creates the file, as {@linkcode NewFile} does. */
  constructor(path: string) {
    this.#file = new NewFile(path);
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#file.length;
  }

  /**
   * Adds rows behind those that are there.
   *
   * @throws UnfitColumns when their columns are not those of the first, in its order.
   */
  appendJoined({ rows, parts }: JoinedRowGroup): void {
    for (const part of parts.flat()) {
      const names = part.columns.map(({ name }) => name);
      if (this.#names === null) this.#begin(names);
      else assertSame(this.#names, names);
      this.#file.write(part.bytes);
    }
    this.#rows += rows;
  }

  /** The file stays open, and locked, until it is closed. Gives its length and rows. */
  finish(): { bytes: number; rows: number } {
    if (this.#names === null) throw new Error("a file of values needs columns");
    return { bytes: this.#file.length, rows: this.#rows };
  }

  /** Brings what is written to the disk. */
  sync(): Promise<void> {
    return this.#file.sync();
  }

  /** Closes the file and removes it, finished or not. */
  abort(): void {
    this.#file.abort();
  }

  /** Closes the file; further calls do nothing. */
  close(): void {
    this.#file.close();
  }

  #begin(names: readonly string[]): void {
    const broken = names.find((name) => !name.isWellFormed());
    if (broken !== undefined) {
      throw new UnfitColumns(
        `the name of column "${broken}" has half a surrogate pair, which can't be written as UTF-8`,
      );
    }
    this.#names = names;
    this.#file.write(new TextEncoder().encode(namesLine(names)));
  }
}

function assertSame(first: readonly string[], names: readonly string[]): void {
  const at = first.findIndex((name, index) => name !== names[index]);
  if (at < 0 && names.length === first.length) return;
  const index = at < 0 ? first.length : at;
  const [name, other] = [first[index], names[index]].map((name) =>
    name === undefined ? "none" : `"${name}"`
  );
  throw new UnfitColumns(
    `column ${
      index + 1
    } of the rows is ${other} in one partition and ${name} in those before; the columns of CSV have one order`,
    true,
  );
}
