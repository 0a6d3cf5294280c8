import type { Dataset, DatasetPartition } from "../dataset/dataset.ts";
import { rowPerPart } from "../dataset/partition_rows.ts";
import { isHive } from "../dataset/hive.ts";
import { ServiceError } from "../common/errors.ts";
import type { DatasetReader } from "../dataset/reader.ts";
import { instantOf, secondsSince } from "../dataset/seconds.ts";
import { takeRows } from "../parquet/read/take_rows.ts";
import { EXACT } from "#marks";
import type { ExactColumn, ExactType, ExactValues, Runs } from "../std/grouping/exact_values.ts";
import { columnsThereAre } from "../common/nearest.ts";
import { type Arrays, FRESH } from "../parquet/read/array_pool.ts";
import type { OutputColumn } from "../parquet/write/encode.ts";
import { returnedTimes, type TimesRead } from "./returned_times.ts";
import { type Column, columnNamed } from "../parquet/format/column.ts";
import type { ColumnValues } from "../parquet/format/column_array.ts";

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
  const { prototype, columns } = shapeOf(origin.dataset);
  const chunk: Record<string, unknown> = Object.create(prototype);
  Object.defineProperties(chunk, columns);
  readers.set(chunk, new ChunkReader(origin, partition, selection, arrays));
  return chunk;
}

/** What a chunk is read by. */
class ChunkReader {
  readonly #origin: ChunkOrigin;
  readonly #partition: DatasetPartition;
  readonly #selection: Int32Array | null;
  readonly #arrays: Arrays;
  readonly #decoded = new Map<string, ColumnValues>();

  constructor(
    origin: ChunkOrigin,
    partition: DatasetPartition,
    selection: Int32Array | null,
    arrays: Arrays,
  ) {
    this.#origin = origin;
    this.#partition = partition;
    this.#selection = selection;
    this.#arrays = arrays;
  }

  /** A column's values. */
  values(name: string): unknown {
    return this.#column(name).values;
  }

  readonly raw = (name: string) => {
    const { reader } = this.#origin;
    const column = this.#known(name, "chunk.raw");
    if (column.kind === "decimal") {
      const { scale = 0, precision = 0 } = column;
      return { values: this.#exact(column).values, scale, precision };
    }
    const { values, unit, utc } = reader.raw(name, this.#partition);
    return { values: this.#chosen(values), unit, utc };
  };

  /** A column without loss, for the library. */
  readonly exact = (name: string): ExactColumn => {
    const column = this.#known(name, "chunk");
    const { kind, unit, utc, precision, scale, clock, type } = column;
    const found = { kind, unit, utc, precision, scale, clock, type };
    const known = Object.entries(found).filter(([, value]) => value !== undefined);
    return {
      type: Object.fromEntries(known) as unknown as ExactType,
      read: () => this.#exact(column) as ExactValues,
      codes: (coder, of) =>
        this.#origin.reader.codeStrings(
          name,
          this.#partition,
          { coder, of },
          this.#selection,
          this.#arrays,
        ),
      ...(isHive(column) && { runs: () => this.#runs() }),
    };
  };

  /** The rows of a file are a run for what its folders say. */
  #runs(): Runs | null {
    const { partition, ends } = rowPerPart(this.#partition, this.#selection);
    return ends.length ? { chunk: createChunk(this.#origin, partition), ends } : null;
  }

  /** A column's values without loss. */
  #exact({ name }: Column): { values: ArrayLike<unknown>; validity: Uint8Array | null } {
    const { values, validity } = this.#origin.reader.exact(
      name,
      this.#partition,
      this.#arrays,
    );
    return {
      values: this.#chosen(values),
      validity: validity && this.#chosen(validity),
    };
  }

  /** A column of times in seconds from an instant. */
  readonly seconds = (name: string, since: unknown): Float64Array => {
    this.#known(name, "chunk.seconds");
    const instant = instantOf(since, `chunk.seconds("${name}", since)`);
    return this.#chosen(secondsSince(this.#origin.reader.raw(name, this.#partition), instant));
  };

  /** What is there can be said of values, too, that are refused as numbers. */
  readonly validity = (name: string) => {
    const column = this.#known(name, "chunk.validity");
    try {
      return this.#column(column.name).validity;
    } catch (thrown) {
      const isExact = column.kind === "decimal" || /^u?int64$/.test(column.kind);
      if (!isExact || !(thrown instanceof ServiceError)) throw thrown;
      return this.#exact(column).validity;
    }
  };

  readonly codes = (name: string) => {
    this.#known(name, "chunk.codes");
    const { reader } = this.#origin;
    const { codes, dictionary } = reader.codes(name, this.#partition, this.#arrays);
    return { codes: this.#chosen(codes), dictionary };
  };

  /** A column of times that has been read, and whose array this is. */
  timesOf(values: Float64Array): { name: string; read: TimesRead } | null {
    for (const [name, shown] of this.#decoded) {
      if (shown.values !== values) continue;
      const column = this.#known(name, "chunk");
      if (!column.unit) return null;
      const { reader, int64 } = this.#origin;
      // The formula may have changed the array.
      const fresh = reader.column(name, this.#partition, { int64 });
      const { values: times, unit, utc, validity } = reader.raw(name, this.#partition);
      const stored = {
        values: this.#chosen(times),
        unit,
        utc,
        validity: validity && this.#chosen(validity),
      };
      return { name, read: { shown: { ...fresh, values: this.#chosen(fresh.values) }, stored } };
    }
    return null;
  }

  #column(name: string): ColumnValues {
    let column = this.#decoded.get(name);
    if (!column) {
      const { reader, int64 } = this.#origin;
      const options = { int64, arrays: this.#arrays, rows: this.#selection };
      column = reader.column(name, this.#partition, options);
      this.#decoded.set(name, column);
    }
    return column;
  }

  #chosen<T extends ArrayLike<unknown>>(values: T): T {
    return this.#selection ? takeRows(values as never, this.#selection) as never : values;
  }

  #known(name: string, use: string): Column {
    const { dataset } = this.#origin;
    const column = columnNamed(dataset.columns, name);
    if (column) return column;
    throw unknownColumn(dataset, name, use);
  }
}

/** Times of a chunk that a formula returned as the array it had them in; `null` for another array. */
export function timesOfChunk(
  chunk: object,
  name: string,
  values: Float64Array,
): OutputColumn | null {
  const found = readers.get(chunk)?.timesOf(values);
  return found ? returnedTimes(name, values, found.read, found.name === name) : null;
}

/** What all chunks of a dataset have in common; V8 is quick at objects of a shape that it knows. */
interface ChunkShape {
  /** Has the chunk's methods. */
  prototype: object;
  /** A getter for each column. */
  columns: PropertyDescriptorMap;
}

const shapes = new WeakMap<Dataset, ChunkShape>();

const readers = new WeakMap<object, ChunkReader>();

function shapeOf(dataset: Dataset): ChunkShape {
  let shape = shapes.get(dataset);
  if (!shape) {
    const columns: PropertyDescriptorMap = {};
    for (const { name } of dataset.columns) {
      const value = getter(name, (reader) => reader.values(name));
      Object.defineProperty(columns, name, { enumerable: true, value });
    }
    const prototype = Object.freeze(Object.create(strangersOf(dataset), {
      raw: getter("raw", ({ raw }) => raw),
      validity: getter("validity", ({ validity }) => validity),
      seconds: getter("seconds", ({ seconds }) => seconds),
      codes: getter("codes", ({ codes }) => codes),
      [EXACT]: { ...getter("codes", ({ exact }) => exact), enumerable: false },
    }));
    shape = { prototype, columns };
    shapes.set(dataset, shape);
  }
  return shape;
}

/** A property of a chunk, which what has a chunk for its prototype has, too. All chunks share its function. */
function getter(name: string, get: (reader: ChunkReader) => unknown): PropertyDescriptor {
  const property = {
    configurable: true,
    enumerable: true,
    get(this: object) {
      const reader = readerOf(this);
      if (reader) return get(reader);
      throw new TypeError(`chunk.${name} was asked of what is no chunk`);
    },
  };
  Object.freeze(property.get);
  return property;
}

function readerOf(receiver: object): ChunkReader | undefined {
  for (let each: object | null = receiver; each; each = Object.getPrototypeOf(each)) {
    const reader = readers.get(each);
    if (reader) return reader;
  }
}

/** The error for a name that is no column of the dataset. */
export function unknownColumn({ columns, name: base }: Dataset, name: string, use: string): Error {
  const names = columns.map((column) => column.name);
  return new TypeError(
    `${use}: there is no column "${name}" in ${base}; ${columnsThereAre(name, names)}`,
  );
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
