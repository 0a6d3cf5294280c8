import type { Dataset, DatasetPartition } from "../dataset/dataset.ts";
import { GAP, type Selected } from "../dataset/select.ts";
import { joined, rowsOfStretches, type Stretch, stretchesOf } from "../dataset/stretches.ts";
import { ServiceError } from "../common/errors.ts";
import type { ColumnArray } from "../parquet/format/column_array.ts";
import { takeRows } from "../parquet/read/take_rows.ts";
import type { OutputColumn } from "../parquet/write/encode.ts";
import { partOfList } from "./cut_columns.ts";
import type { Overlap } from "./overlap.ts";
import type { TimeNeighbours } from "./time_neighbours.ts";

/** Rows that a formula is called on, with the neighbours that it wants to see beside them. */
export interface Halo {
  /** The rows to read. */
  read: DatasetPartition;
  /** The first of the rows themselves in the dataset, and how many the chunk has up to the last of them. */
  rowStart: number;
  rows: number;
  /** Rows of the chunk before and after these: fewer than asked for at the ends of the dataset. */
  before: number;
  after: number;
  /** Indices of the rows themselves in the chunk; `null` where they are all between `before` and `after`. */
  own: Int32Array | null;
}

/**
 * Adds neighbours to rows, from any partitions and files around them, whether a filter lets these through or not.
 *
 * @param neighbours Finds them where they are told by time.
 * @throws ServiceError `FORMULA_FAILED` where rows are not in the order of the times that neighbours are found by.
 */
export function withHalo(
  dataset: Dataset,
  chosen: Selected,
  { before, after }: Overlap,
  neighbours: TimeNeighbours | null,
): Halo {
  const stretches = stretchesOf(dataset, chosen);
  const [first] = stretches, last = stretches.at(-1);
  if (!first || !last) {
    const { partition } = chosen;
    const { rowStart } = partition;
    return { read: partition, rowStart, rows: 0, before: 0, after: 0, own: null };
  }
  const start = (row: number) =>
    typeof before === "number" ? Math.max(0, row - before) : neighbours!.before(row, before);
  const end = (row: number) =>
    typeof after === "number"
      ? Math.min(dataset.rows, row + 1 + after)
      : neighbours!.after(row, after);
  const wide = joined(
    joined(stretches, GAP).map(({ from, to }) => ({ from: start(from), to: end(to - 1) })),
    1,
  );
  const read = rowsOfStretches(dataset, wide);
  neighbours?.assertOrdered(read, wide);
  const found = { before: first.from - wide[0]!.from, after: wide.at(-1)!.to - last.to };
  const rows = read.rows - found.before - found.after;
  const isWhole = stretches.length === 1;
  return {
    read,
    rowStart: first.from,
    rows,
    ...found,
    own: isWhole ? null : indicesOf(stretches, wide),
  };
}

/** Where rows are among those of stretches that hold all of them. */
function indicesOf(stretches: readonly Stretch[], wide: readonly Stretch[]): Int32Array {
  const indices = new Int32Array(stretches.reduce((sum, { from, to }) => sum + to - from, 0));
  let count = 0, k = 0, start = 0;
  for (const { from, to } of stretches) {
    for (; wide[k]!.to <= from; k++) start += wide[k]!.to - wide[k]!.from;
    for (let row = from; row < to; row++) indices[count++] = start + row - wide[k]!.from;
  }
  return indices;
}

/**
 * The rows themselves of columns that were computed with a halo.
 *
 * @throws ServiceError `FORMULA_FAILED` when a column has not as many rows as the chunk had.
 */
export function trimHalo(
  columns: OutputColumn[],
  { read, before, after, own }: Halo,
  use: string,
): OutputColumn[] {
  return columns.map(({ name, values, validity = null, ...rest }) => {
    if (values.length !== read.rows) {
      throw new ServiceError(
        "FORMULA_FAILED",
        `${use} returned column "${name}" with ${values.length} rows; with "overlap" it must have as many as the chunk, ${read.rows}`,
      );
    }
    if (own) {
      const kept = {
        values: takeRows(values as ColumnArray | unknown[], own),
        validity: validity && takeRows(validity, own),
      };
      return { ...rest, name, ...kept };
    }
    const end = values.length - after;
    const kept = Array.isArray(values)
      ? partOfList(values, before, end)
      : values.subarray(before, end);
    return { ...rest, name, values: kept, validity: validity?.subarray(before, end) ?? null };
  });
}
