import type { DatasetPartition } from "../dataset/dataset.ts";
import type { DatasetReader } from "../dataset/reader.ts";
import { takeRows } from "../dataset/select.ts";
import { ServiceError } from "../errors.ts";
import type { OutputColumn, OutputType } from "../parquet/encode.ts";
import { arrayTypeOf, type Column, type ColumnArray } from "../parquet/schema.ts";
import { type ChunkOrigin, unknownColumn } from "./chunk.ts";

/**
 * Checks that columns can be carried to a result.
 *
 * @throws ServiceError `FORMULA_INVALID` for one that is not there, or whose type a result can't have.
 */
export function assertKeepable({ dataset }: ChunkOrigin, keep: string[]): void {
  for (const name of keep) {
    const column = dataset.columns.find((candidate) => candidate.name === name);
    if (!column) {
      const { message } = unknownColumn(dataset, name, `export "keep"`);
      throw new ServiceError("FORMULA_INVALID", message);
    }
    if (column.kind === "plain") {
      throw new ServiceError(
        "FORMULA_INVALID",
        `export "keep": "${name}" is ${column.type}, which can't be carried to a result unchanged; return what you need of it from "map"`,
      );
    }
  }
}

/**
 * Input columns as columns of the result: same type, unit and values, nulls included. What could hold
 * none still can't.
 *
 * @param selection Indices of the partition's rows that are wanted; `null` for all.
 */
export function keptColumns(
  { dataset, reader }: ChunkOrigin,
  keep: string[],
  partition: DatasetPartition,
  selection: Int32Array | null,
): OutputColumn[] {
  return keep.map((name) => {
    const column = dataset.columns.find((candidate) => candidate.name === name)!;
    const kept = { ...storedColumn(reader, column, partition), required: !column.nullable };
    if (!selection) return kept;
    const values = takeRows(kept.values as ColumnArray, selection);
    return { ...kept, values, validity: kept.validity ? takeRows(kept.validity, selection) : null };
  });
}

/**
 * Puts kept columns before those that a formula returned.
 *
 * @throws ServiceError `FORMULA_FAILED` when names or lengths don't fit.
 */
export function joinKept(kept: OutputColumn[], own: OutputColumn[], use: string): OutputColumn[] {
  assertBeside(kept.map(({ name }) => name), kept[0]?.values.length ?? 0, own, use);
  return [...kept, ...own];
}

/** Checks that kept columns of `rows` rows can stand beside those that a formula returned. */
export function assertBeside(
  kept: string[],
  rows: number,
  own: OutputColumn[],
  use: string,
): void {
  for (const name of kept) {
    if (own.some((column) => column.name === name)) {
      throw new ServiceError(
        "FORMULA_FAILED",
        `${use} returned a column "${name}", which is in "keep", too; take it out of one of them`,
      );
    }
    if (rows !== own[0]!.values.length) {
      throw new ServiceError(
        "FORMULA_FAILED",
        `${use} returned ${
          own[0]!.values.length
        } rows for ${rows}; with "keep" it must return as many as came in`,
      );
    }
  }
}

function storedColumn(
  reader: DatasetReader,
  column: Column,
  partition: DatasetPartition,
): OutputColumn {
  const { name, kind } = column;
  if (column.unit) {
    const { values, validity } = reader.raw(name, partition);
    return { name, type: timeType(column), values, validity };
  }
  const { values, validity } = reader.column(name, partition, { int64: "bigint" });
  const type = kind as OutputType;
  if (Array.isArray(values)) return { name, type, values };
  // Integers of a file with nulls arrive as numbers with NaN; stored they are integers again.
  const Stored = arrayTypeOf({ ...column, hasNulls: false }, "bigint")!;
  if (values instanceof Stored) return { name, type, values, validity };
  const stored = new Stored(values.length);
  for (let row = 0; row < stored.length; row++) stored[row] = values[row]!;
  return { name, type, values: stored, validity };
}

/** What a column is written as when it is kept, and whether it can't hold nulls. */
export function writtenAs(column: Column): { type: OutputType; required: boolean } {
  const type = column.unit ? timeType(column) : column.kind as OutputType;
  return { type, required: !column.nullable };
}

function timeType({ unit, utc }: Column): OutputType {
  return unit === "day" ? "date" : `timestamp_${unit!}${utc ? "" : "_local"}` as OutputType;
}
