import { type Dataset, largestOf, rowRange } from "../dataset/dataset.ts";
import type { Input } from "../dataset/inputs.ts";
import { DatasetReader } from "../dataset/reader.ts";
import { meantOrAll } from "../common/nearest.ts";
import { createChunk } from "./chunk.ts";

/** Bytes that the columns of a table may take in memory that a formula is given whole. */
const MOST_BYTES = 128 << 20;
const MEBIBYTE = 1 << 20;

/** The further tables of a job, as its formula has them. */
export class InputTables implements Disposable {
  readonly #inputs: readonly Input[];
  readonly #int64: "number" | "bigint";
  readonly #readers = new Map<string, DatasetReader>();

  constructor(inputs: readonly Input[], int64: "number" | "bigint") {
    this.#inputs = inputs;
    this.#int64 = int64;
  }

  /** Bytes read so far, of all tables. */
  get bytesRead(): number {
    return [...this.#readers.values()].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  /** Names of the columns that were read, with those of their tables before them. */
  get touched(): string[] {
    return [...this.#readers].flatMap(([input, { touched }]) =>
      [...touched].map((name) => `${input}.${name}`)
    );
  }

  /**
   * A whole table: its columns by name, as those of a chunk.
   *
   * @param use What asks for it, for messages.
   * @throws TypeError for a table that the request doesn't name; RangeError for one that takes too much memory
   */
  whole(input: string, use: string): Record<string, unknown> {
    const dataset = this.table(input, use);
    const all = rowRange(dataset, 0, dataset.rows);
    const bytes = largestOf(dataset, [all], null);
    if (bytes > MOST_BYTES) {
      throw new RangeError(
        `${use}("${input}"): the columns of ${dataset.name} take about ${
          Math.ceil(bytes / MEBIBYTE)
        } MiB, and those of a table that is given whole ${
          MOST_BYTES / MEBIBYTE
        } MiB at most; write fewer columns or rows to it`,
      );
    }
    return createChunk({ dataset, reader: this.reader(input), int64: this.#int64 }, all);
  }

  /** A table by its name. @throws TypeError where the request doesn't name it */
  table(input: string, use: string): Dataset {
    const found = this.#inputs.find((one) => one.input === input);
    if (found) return found.dataset;
    const names = this.#inputs.map((one) => one.input);
    const hint = names.length === 0
      ? `it has no Inputs; add "Inputs": {${JSON.stringify(String(input))}: "….parquet"} to it`
      : meantOrAll(String(input), names);
    throw new TypeError(`${use}: the request names no input "${input}": ${hint}`);
  }

  /** What reads a table that is there. */
  reader(input: string): DatasetReader {
    let reader = this.#readers.get(input);
    if (!reader) {
      const { dataset } = this.#inputs.find((one) => one.input === input)!;
      this.#readers.set(input, reader = new DatasetReader(dataset));
    }
    return reader;
  }

  [Symbol.dispose](): void {
    for (const reader of this.#readers.values()) reader[Symbol.dispose]();
  }
}
