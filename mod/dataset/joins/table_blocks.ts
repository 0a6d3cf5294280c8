import { type Dataset, type DatasetPartition, placeOfRow, planDataset } from "../dataset.ts";
import { lowerBound } from "../lower_bound.ts";
import type { DatasetReader } from "../reader.ts";

/** Blocks of a table that are kept at most, of each what was read of it last. */
const MOST_BLOCKS = 4;

/** A table in blocks of rows that follow each other. What was read of a few of them is kept. */
export class TableBlocks {
  readonly dataset: Dataset;
  readonly reader: DatasetReader;
  readonly blocks: readonly DatasetPartition[];
  readonly #starts: Float64Array;
  /** What was read, by block; the block used last at the end. */
  readonly #kept = new Map<number, Map<string, unknown>>();

  /** @param blocks Those of a division that depends on the table alone, where they are absent. */
  constructor(
    dataset: Dataset,
    reader: DatasetReader,
    blocks: readonly DatasetPartition[] = planDataset(dataset),
  ) {
    this.dataset = dataset;
    this.reader = reader;
    this.blocks = blocks;
    this.#starts = Float64Array.from(blocks, ({ rowStart }) => rowStart);
  }

  /** Something of a block, which is read unless it is kept. @param what Its name. */
  of<T>(block: number, what: string, read: (partition: DatasetPartition) => T): T {
    const kept = this.#kept.get(block) ?? new Map<string, unknown>();
    this.#kept.delete(block);
    this.#kept.set(block, kept);
    if (this.#kept.size > MOST_BLOCKS) this.#kept.delete(this.#kept.keys().next().value!);
    if (!kept.has(what)) kept.set(what, read(this.blocks[block]!));
    return kept.get(what) as T;
  }

  /** The block that a row of the table lies in. */
  blockOf(row: number): number {
    const at = lowerBound(this.#starts, row);
    return this.#starts[at] === row ? at : at - 1;
  }

  /** The first row of a block. */
  start(block: number): number {
    return this.#starts[block]!;
  }

  /** A row of the table for messages: its file, and where it is in that. */
  placeOf(row: number): string {
    const place = placeOfRow(this.dataset, row);
    return `${place.file.name}, row ${place.row}`;
  }
}
