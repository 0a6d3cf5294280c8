import type { Dataset, DatasetPartition } from "../dataset/dataset.ts";
import type { DatasetReader } from "../dataset/reader.ts";
import { takeRows } from "../dataset/select.ts";
import { type Arrays, FRESH } from "../parquet/loan.ts";
import type { ColumnValues } from "../parquet/schema.ts";

/** What a chunk is read from. */
export interface ChunkOrigin {
  dataset: Dataset;
  reader: DatasetReader;
  int64: "number" | "bigint";
}

/**
 * A partition's columns by name. Touching a column reads and decodes it, once; an untouched
 * column costs nothing. A name that is no column throws, where a plain object would give
 * `undefined` and a puzzling error later.
 *
 * @param selection Indices of the partition's rows that the chunk has; `null` for all.
 * @param arrays Where its arrays come from.
 */
export function createChunk(
  origin: ChunkOrigin,
  partition: DatasetPartition,
  selection: Int32Array | null = null,
  arrays: Arrays = FRESH,
): Record<string, unknown> {
  const { dataset, reader, int64 } = origin;
  const decoded = new Map<string, ColumnValues>();
  const chosen = <T extends ArrayLike<unknown>>(values: T): T =>
    selection ? takeRows(values as never, selection) as never : values;
  const column = (name: string): ColumnValues => {
    let values = decoded.get(name);
    if (!values) {
      const all = reader.column(name, partition, { int64, arrays });
      values = {
        values: chosen(all.values),
        validity: all.validity && chosen(all.validity),
      };
      decoded.set(name, values);
    }
    return values;
  };
  const known = (name: string, use: string): string => {
    if (dataset.columns.some((candidate) => candidate.name === name)) return name;
    throw unknownColumn(dataset, name, use);
  };
  const { strangers, columns } = shapeOf(dataset);
  const methods = {
    __proto__: strangers,
    raw: (name: string) => {
      const { values, unit, utc } = reader.raw(known(name, "chunk.raw"), partition);
      return { values: chosen(values), unit, utc };
    },
    validity: (name: string) => column(known(name, "chunk.validity")).validity,
    codes: (name: string) => {
      const { codes, dictionary } = reader.codes(known(name, "chunk.codes"), partition, arrays);
      return { codes: chosen(codes), dictionary };
    },
  };
  const chunk: Record<string, unknown> = Object.create(methods);
  Object.defineProperties(chunk, columns);
  readers.set(chunk, (name) => column(name).values);
  return chunk;
}

/** What all chunks of a dataset have in common; V8 is quick at objects of a shape that it knows. */
interface ChunkShape {
  /** Last link of their prototype chain. */
  strangers: object;
  /** A getter for each column. */
  columns: PropertyDescriptorMap;
}

const shapes = new WeakMap<Dataset, ChunkShape>();

/** What reads a column of a chunk. */
const readers = new WeakMap<object, (name: string) => unknown>();

function shapeOf(dataset: Dataset): ChunkShape {
  let shape = shapes.get(dataset);
  if (!shape) {
    const columns: PropertyDescriptorMap = {};
    for (const { name } of dataset.columns) {
      Object.defineProperty(columns, name, {
        enumerable: true,
        value: {
          configurable: true,
          enumerable: true,
          get(this: object) {
            return readFrom(this, name);
          },
        },
      });
    }
    shape = { strangers: strangersOf(dataset), columns };
    shapes.set(dataset, shape);
  }
  return shape;
}

/** A column of a chunk, or of what has one for its prototype. */
function readFrom(receiver: object, name: string): unknown {
  for (let each: object | null = receiver; each; each = Object.getPrototypeOf(each)) {
    const read = readers.get(each);
    if (read) return read(name);
  }
  throw new TypeError(`chunk.${name} was asked of what is no chunk`);
}

/** The error for a name that is no column of the dataset. */
export function unknownColumn({ columns, name: base }: Dataset, name: string, use: string): Error {
  const names = columns.map((column) => column.name);
  const shown = names.length > 30 ? `${names.slice(0, 30).join(", ")}, …` : names.join(", ");
  return new TypeError(`${use}: there is no column "${name}" in ${base}; its columns are ${shown}`);
}

/** Last link of a chunk's prototype chain: asked only for names that are no column. */
function strangersOf(dataset: Dataset): object {
  return new Proxy(Object.prototype, {
    get(target, name, receiver) {
      if (typeof name === "symbol" || name in target || name === "then" || name === "toJSON") {
        return Reflect.get(target, name, receiver);
      }
      throw unknownColumn(dataset, name, "chunk");
    },
  });
}
