import type { DatasetPartition } from "../../dataset/dataset.ts";
import type { Piece } from "../../formula/pieces.ts";

/** Which files are read to their end, where each partition is read in one task. */
export class FilesRead {
  /** Parts of partitions that are still to be read, by file. */
  readonly #left = new Map<number, number>();

  constructor(partitions: readonly DatasetPartition[]) {
    for (const { file } of partitions.flatMap(({ parts }) => parts)) {
      this.#left.set(file, (this.#left.get(file) ?? 0) + 1);
    }
  }

  /** Notes pieces that are done. @returns The files of which they were the last. */
  done(pieces: readonly Piece[]): number[] {
    const ended: number[] = [];
    for (const { file } of pieces.flatMap(({ partition }) => partition.parts)) {
      const left = this.#left.get(file)! - 1;
      this.#left.set(file, left);
      if (left === 0) ended.push(file);
    }
    return ended;
  }

  /** Whether all of a file was read that is to be read of it. */
  isDone(file: number): boolean {
    return this.#left.get(file) === 0;
  }
}
