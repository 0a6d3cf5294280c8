/** Wide tables made long: the rows that the library's `unpivot` stands for. */
import type { Unpivoting } from "#marks";
import { ServiceError } from "../common/errors.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { Selected } from "../dataset/select.ts";
import { type Column, columnNamed } from "../parquet/format/column.ts";
import type { ColumnArray } from "../parquet/format/column_array.ts";
import { takeRows } from "../parquet/read/take_rows.ts";
import type { OutputColumn } from "../parquet/write/output_column.ts";
import type { NamedType, OutputType } from "../parquet/write/output_type.ts";
import { type ChunkOrigin, unknownColumn } from "./chunk.ts";
import { assertKeepable, keptColumns, writtenAs } from "./kept_columns.ts";

/** Numbers that doubles hold. */
const IN_DOUBLES: readonly OutputType[] = [
  "float64",
  "float32",
  "int8",
  "int16",
  "int32",
  "uint8",
  "uint16",
  "uint32",
] satisfies NamedType[];

/** A long table: each row of some columns as many rows as these are. */
export class LongRows {
  readonly #origin: ChunkOrigin;
  readonly #chosen: Selected;
  readonly #how: Unpivoting;
  readonly #columns: readonly string[];
  /** Of each row of the long table, the row of the partition that it is from. */
  readonly rows: Int32Array;

  /** @throws ServiceError `FORMULA_INVALID` for columns that aren't there, or that a result can't have. */
  constructor(origin: ChunkOrigin, chosen: Selected, how: Unpivoting, use: string) {
    const { dataset } = origin;
    this.#origin = origin;
    this.#chosen = chosen;
    this.#how = how;
    this.#columns = how.columns ??
      dataset.columns.map(({ name }) => name).filter((name) => !how.keep.includes(name));
    const named = [...this.#columns, ...how.keep];
    const lost = named.find((name) => !columnNamed(dataset.columns, name));
    if (lost !== undefined) {
      throw invalid(unknownColumn(dataset, lost, `${use}, unpivot`).message);
    }
    if (this.#columns.length === 0) {
      throw invalid(`unpivot keeps all columns of ${dataset.name}; no value is left for a row`);
    }
    assertKeepable(origin, named);
    const { partition, selection } = chosen;
    const times = this.#columns.length;
    this.rows = new Int32Array((selection?.length ?? partition.rows) * times);
    for (let at = 0, row = 0; at < this.rows.length; row++) {
      const from = selection ? selection[row]! : row;
      for (let k = 0; k < times; k++) this.rows[at++] = from;
    }
  }

  /** Names of the columns that are repeated. */
  get keep(): string[] {
    return [...this.#how.keep];
  }

  /** The columns that are repeated. */
  kept(): OutputColumn[] {
    return keptColumns(this.#origin, this.keep, this.#chosen.partition, this.rows);
  }

  /** The columns that are made: names and values. */
  made(): [OutputColumn, OutputColumn] {
    const { name, value } = this.#how;
    const { partition, selection } = this.#chosen;
    const type = commonType(this.#origin.dataset, this.#columns, value);
    const columns = keptColumns(this.#origin, [...this.#columns], partition, selection);
    const sensors = new Array<string>(this.rows.length);
    for (let at = 0; at < sensors.length;) {
      for (const column of this.#columns) sensors[at++] = column;
    }
    const values = interleaved(columns, type === "float64");
    const required = columns.every((column) => column.required);
    return [
      { name, type: "string", values: sensors, required: true },
      { name: value, type, ...values, required },
    ];
  }
}

/**
 * What values of several columns are written as.
 *
 * @throws ServiceError `FORMULA_INVALID` where no type has all of them without loss
 */
function commonType(dataset: Dataset, names: readonly string[], as: string): OutputType {
  const columns = names.map((name) => columnNamed(dataset.columns, name)!);
  const types = columns.map((column) => typeOf(dataset, column, as));
  const [first] = types, text = JSON.stringify(first);
  const other = types.findIndex((type) => JSON.stringify(type) !== text);
  if (other < 0) return first!;
  if (types.every((type) => IN_DOUBLES.includes(type))) return "float64";
  const strange = types.findIndex((type) => !IN_DOUBLES.includes(type));
  const [one, two] = strange > 0 ? [0, strange] : [0, other];
  throw invalid(
    `unpivot: "${columns[one]!.name}" is ${columns[one]!.type}, "${columns[two]!.name}" is ${
      columns[two]!.type
    }, which can't be one column without loss; name the columns that go together in "columns"`,
  );
}

/** A column's type under the name of the column of values. */
function typeOf(dataset: Dataset, column: Column, name: string): OutputType {
  if (column.kind === "nested") {
    throw invalid(`unpivot: "${column.name}" is ${column.type}, which can't become rows`);
  }
  const { type } = writtenAs(dataset, column);
  if (typeof type === "string") return type;
  const [element, ...inner] = type.schema;
  return { ...type, schema: [{ ...element!, name, repetition_type: "OPTIONAL" }, ...inner] };
}

type Values = Pick<OutputColumn, "values" | "validity">;

/** Values of columns, those of a row one behind the other. */
function interleaved(columns: readonly OutputColumn[], asDoubles: boolean): Values {
  const rows = columns[0]!.values.length, count = columns.length;
  const order = new Int32Array(rows * count);
  for (let at = 0, row = 0; row < rows; row++) {
    for (let k = 0; k < count; k++) order[at++] = k * rows + row;
  }
  const [first] = columns;
  const isTyped = columns.every(({ values }) =>
    ArrayBuffer.isView(values) && (asDoubles || values.constructor === first!.values.constructor)
  );
  if (!isTyped) {
    const all = columns.flatMap(listOf);
    return { values: takeRows(all, order) };
  }
  const Type = (asDoubles ? Float64Array : first!.values.constructor) as Float64ArrayConstructor;
  const all = new Type(rows * count);
  columns.forEach(({ values }, k) => all.set(values as Float64Array, k * rows));
  if (!columns.some(({ validity }) => validity)) return { values: takeRows(all, order) };
  const there = new Uint8Array(rows * count).fill(1);
  columns.forEach(({ validity }, k) => validity && there.set(validity, k * rows));
  return { values: takeRows(all as ColumnArray, order), validity: takeRows(there, order) };
}

/** Values of a column, null for null. */
function listOf({ values, validity }: OutputColumn): unknown[] {
  return Array.from(
    values as ArrayLike<unknown>,
    (value, row) => validity?.[row] === 0 ? null : value,
  );
}

function invalid(message: string): ServiceError {
  return new ServiceError("FORMULA_INVALID", message);
}
