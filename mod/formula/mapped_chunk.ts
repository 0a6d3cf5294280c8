/** What `map` makes of a piece, as a chunk that a group-by of the library groups. */
import { columnsOfFunction, EXACT, exactColumn } from "#marks";
import { ServiceError } from "../common/errors.ts";
import { columnsThereAre } from "../common/nearest.ts";
import { type ExactColumn, type ExactType, millisecondsOf } from "../std/grouping/exact_values.ts";
import { type BorrowedArrays, FRESH } from "../parquet/read/array_pool.ts";
import type { OutputColumn } from "../parquet/write/output_column.ts";
import { createChunk } from "./chunk.ts";
import { timestampOf } from "../parquet/format/column.ts";
import type { ColumnDescription } from "./context.ts";
import { assertKeptRows } from "./kept_columns.ts";
import type { LoadedFormula } from "./loaded_formula.ts";
import { exported } from "./module.ts";
import type { Piece } from "./pieces.ts";
import { returnedColumns, returnedLongRows } from "./returned_rows.ts";

/** Rows that `map` has made, and how they are let go of. */
export interface MappedPiece {
  chunk: Record<string, unknown>;
  context: { schema: readonly ColumnDescription[]; rows: number };
  /** Rows of the piece that `map` has seen. */
  seen: number;
  /** The chunk is no longer used. */
  end(): void;
}

/**
 * The columns that `map` and `keep` make of a piece: the table that is their result where nothing groups it. Columns
 * that are kept have all that the data has of them.
 *
 * @throws ServiceError as a job of `map` does, and `FORMULA_FAILED` where a column is missing that is grouped.
 */
export async function mappedPiece(formula: LoadedFormula, piece: Piece): Promise<MappedPiece> {
  const called = await formula.callOnPiece("map", piece, []);
  const { rows, chosen, use, borrowed, context } = called;
  const long = returnedLongRows(formula, called);
  const own = long?.made() ?? returnedColumns(called);
  const keep = long?.keep ?? formula.traits.keep;
  const selection = long?.rows ?? chosen.selection;
  assertKeptRows(keep, selection?.length ?? chosen.partition.rows, own, use);
  const kept = createChunk(formula.origin, chosen.partition, selection, borrowed ?? FRESH);
  assertThere(formula, [...keep, ...own.map(({ name }) => name)], use);
  return {
    chunk: chunkOf(own, kept, keep),
    context: {
      schema: context.schema.filter(({ name }) => keep.includes(name)),
      rows: own[0]!.values.length,
    },
    seen: rows,
    end: () => letGo(formula, own, borrowed),
  };
}

function letGo(formula: LoadedFormula, own: OutputColumn[], borrowed: BorrowedArrays | null): void {
  borrowed?.end(null);
  formula.free(own);
  formula.collect();
}

/** @param names Columns that there are. */
function assertThere({ module, origin }: LoadedFormula, names: string[], use: string): void {
  const wanted = columnsOfFunction(exported(module, "chunk")) ?? [];
  const name = wanted.find((name) => !names.includes(name));
  if (name === undefined) return;
  const isInput = origin.dataset.columns.some((column) => column.name === name);
  throw new ServiceError(
    "FORMULA_FAILED",
    `${use} returned no column "${name}", which is grouped: ${
      isInput
        ? `export const keep = [${JSON.stringify(name)}] has the data's one beside what map returns`
        : columnsThereAre(name, names)
    }`,
  );
}

function chunkOf(
  own: readonly OutputColumn[],
  kept: Record<string, unknown>,
  keep: readonly string[],
): Record<string, unknown> {
  const chunk: Record<string, unknown> = Object.create(null);
  const exact = new Map<string, ExactColumn>();
  for (const column of own) {
    const { name } = column, known = exactOf(column);
    if (known) exact.set(name, known);
    const shown = known?.type.unit ? () => shownTimes(known) : () => shownValues(column);
    Object.defineProperty(chunk, name, { enumerable: true, get: shown });
  }
  for (const name of keep) {
    Object.defineProperty(chunk, name, { enumerable: true, get: () => kept[name] });
  }
  const exactly = (name: string) =>
    keep.includes(name) ? exactColumn(kept, name) : exact.get(name) ?? null;
  Object.defineProperty(chunk, EXACT, { value: exactly });
  return chunk;
}

/** Values as a formula has them. Only those that `unpivot` took from the data have nulls beside them, or other types. */
function shownValues({ name, type, values, validity }: OutputColumn): ArrayLike<unknown> {
  if (typeof type !== "string") {
    throw new ServiceError(
      "FORMULA_INVALID",
      `"${name}" has values that a group-by can't have from unpivot; return what you need of them from map`,
    );
  }
  if (!validity?.includes(0)) return values;
  return Float64Array.from(
    values as Float64Array,
    (value, row) => validity[row] === 0 ? NaN : value,
  );
}

/** A returned column without loss; `null` where its array is that. */
function exactOf({ name, type, values, validity = null }: OutputColumn): ExactColumn | null {
  if (type === "timestamp") {
    const dates = values as (Date | null | undefined)[];
    const read = () => ({ values: dates.map((date, row) => timeOf(name, date, row)), validity });
    return { type: timestampOf("ms", true), read };
  }
  const exact = typeof type === "string" ? EXACT_TYPES.get(type) : undefined;
  return exact
    ? { type: exact, read: () => ({ values: values as BigInt64Array, validity }) }
    : null;
}

function timeOf(name: string, date: Date | null | undefined, row: number): bigint | null {
  if (date === null || date === undefined) return null;
  const time = date.getTime();
  if (time === time) return BigInt(time);
  throw new TypeError(`column "${name}", row ${row}: the date is invalid`);
}

/** What columns are that arrays of numbers don't tell, by what they would be written as. */
const EXACT_TYPES: ReadonlyMap<string, ExactType> = new Map<string, ExactType>([
  ["int64", { kind: "int64", type: "INT64" }],
  ["uint64", { kind: "uint64", type: "UINT64" }],
  ["date", { kind: "date", unit: "day", type: "DATE" }],
  ...(["ms", "us", "ns"] as const).flatMap((unit): [string, ExactType][] => [
    [`timestamp_${unit}`, timestampOf(unit, true)],
    [`timestamp_${unit}_local`, timestampOf(unit, false)],
  ]),
]);

/** Times as figures have them: milliseconds, NaN for null. */
function shownTimes({ type, read }: ExactColumn): Float64Array {
  const { values, validity } = read();
  const shown = new Float64Array(values.length).fill(NaN);
  for (let row = 0; row < shown.length; row++) {
    const value = values[row] ?? null;
    if (value === null || validity?.[row] === 0) continue;
    shown[row] = millisecondsOf(BigInt(value), type.unit!);
  }
  return shown;
}
