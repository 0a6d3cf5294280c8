/** What a formula returned of a piece, as rows of a table. */
import { unpivotedOf } from "#marks";
import { ServiceError } from "../common/errors.ts";
import type { OutputColumn } from "../parquet/write/output_column.ts";
import { timesOfChunk } from "./chunk.ts";
import { trimHalo } from "./halo.ts";
import type { LoadedFormula } from "./loaded_formula.ts";
import { LongRows } from "./long_columns.ts";
import { toColumns } from "./returned_columns.ts";
import { type MadeTable, namedTables } from "./tables.ts";

type Called = Awaited<ReturnType<LoadedFormula["callOnPiece"]>>;

/** The columns that it returned, without halo. */
export function returnedColumns({ value, halo, use, chunk }: Called): OutputColumn[] {
  const returned = toColumns(value, use, (name, values) => timesOfChunk(chunk, name, values));
  return halo ? trimHalo(returned, halo, use) : returned;
}

/**
 * The long table that it returned; `null` for columns. Neighbours have no part in it.
 *
 * @throws ServiceError `FORMULA_FAILED` for the table of another chunk, `FORMULA_INVALID` beside `keep`, and where columns
 * are not there or can't be rows
 */
export function returnedLongRows(
  { origin, traits: { keep } }: LoadedFormula,
  { value, chosen, use, chunk }: Called,
): LongRows | null {
  const known = unpivotedOf(value);
  if (!known) return null;
  if (known.chunk !== chunk) {
    throw new ServiceError(
      "FORMULA_FAILED",
      `${use} returned what unpivot gave for another chunk; return what it gives for this one`,
    );
  }
  if (keep.length === 0) return new LongRows(origin, chosen, known.how, use);
  throw new ServiceError(
    "FORMULA_INVALID",
    `export "keep" stands beside unpivot, which has more rows; name the columns in unpivot's own "keep"`,
  );
}

/**
 * The tables that it returned: those that the formula names, or the one that it has. A long table stands for its rows.
 *
 * @throws ServiceError as {@linkcode returnedColumns}, {@linkcode returnedLongRows} and {@linkcode namedTables} do
 */
export function returnedTables(formula: LoadedFormula, called: Called): MadeTable[] {
  const { tables } = formula.traits;
  if (tables === null) return [{ table: null, columns: writtenColumns(formula, called) }];
  return namedTables(called.value, tables, called.use).map(({ table, value, use }) => ({
    table,
    columns: writtenColumns(formula, { ...called, value, use }),
  }));
}

function writtenColumns(formula: LoadedFormula, called: Called): OutputColumn[] {
  const long = returnedLongRows(formula, called);
  return long ? [...long.kept(), ...long.made()] : returnedColumns(called);
}
