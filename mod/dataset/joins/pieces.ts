import { Scratch } from "../../parquet/io/scratch.ts";
import type { Arrays } from "../../parquet/read/array_pool.ts";
import type { ColumnArrayConstructor } from "../../parquet/format/column_array.ts";

/** Memory of what a join needs for a partition and not longer, by names: an array is valid until its name is used again. */
export class Pieces {
  readonly #memory = new Map<string, Scratch>();

  /** An array of any content. */
  take<T extends ColumnArrayConstructor>(
    name: string,
    ArrayType: T,
    length: number,
  ): InstanceType<T> {
    let scratch = this.#memory.get(name);
    if (!scratch) this.#memory.set(name, scratch = new Scratch());
    const { buffer, byteOffset } = scratch.take(length * ArrayType.BYTES_PER_ELEMENT);
    return new ArrayType(buffer, byteOffset, length) as InstanceType<T>;
  }

  /** Where arrays of this name come from. */
  arrays(name: string): Arrays {
    return { take: (ArrayType, length) => this.take(name, ArrayType, length) };
  }
}
