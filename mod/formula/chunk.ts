import type { ParquetFile } from "../parquet/dataset.ts";
import type { Partition } from "../parquet/partition.ts";
import { type ColumnValues, readColumn, readRaw } from "../parquet/read.ts";
import type { ByteSource } from "../parquet/source.ts";

/** What a chunk is read from. */
export interface ChunkOrigin {
  source: ByteSource;
  file: ParquetFile;
  /** Name of the dataset, for messages. */
  base: string;
  int64: "number" | "bigint";
}

/**
 * A partition's columns by name. Touching a column reads and decodes it, once; an untouched
 * column costs nothing. A name that is no column throws, where a plain object would give
 * `undefined` and a puzzling error later.
 */
export function createChunk(origin: ChunkOrigin, partition: Partition): Record<string, unknown> {
  const { source, file, int64 } = origin;
  const decoded = new Map<string, ColumnValues>();
  const column = (name: string): ColumnValues => {
    let values = decoded.get(name);
    if (!values) {
      values = readColumn(source, file, name, partition, { int64 });
      decoded.set(name, values);
    }
    return values;
  };
  const known = (name: string, use: string): string => {
    if (file.columns.some((candidate) => candidate.name === name)) return name;
    throw unknownColumn(origin, name, use);
  };
  const methods = {
    __proto__: strangers(origin),
    raw: (name: string) => {
      const { values, unit, utc } = readRaw(source, file, known(name, "chunk.raw"), partition);
      return { values, unit, utc };
    },
    validity: (name: string) => column(known(name, "chunk.validity")).validity,
  };
  const chunk: Record<string, unknown> = Object.create(methods);
  for (const { name } of file.columns) {
    Object.defineProperty(chunk, name, {
      configurable: true,
      enumerable: true,
      get: () => column(name).values,
    });
  }
  return chunk;
}

/** The error for a name that is no column of the dataset. */
export function unknownColumn({ file, base }: ChunkOrigin, name: string, use: string): Error {
  const names = file.columns.map((column) => column.name);
  const shown = names.length > 30 ? `${names.slice(0, 30).join(", ")}, …` : names.join(", ");
  return new TypeError(`${use}: there is no column "${name}" in ${base}; its columns are ${shown}`);
}

/** Last link of a chunk's prototype chain: asked only for names that are no column. */
function strangers(origin: ChunkOrigin): object {
  return new Proxy(Object.prototype, {
    get(target, name, receiver) {
      if (typeof name === "symbol" || name in target || name === "then" || name === "toJSON") {
        return Reflect.get(target, name, receiver);
      }
      throw unknownColumn(origin, name, "chunk");
    },
  });
}
