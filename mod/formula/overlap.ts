/** The export `overlap`: which neighbours of its rows a formula wants to see. */
import { ServiceError } from "../common/errors.ts";
import { columnsThereAre } from "../common/nearest.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { isHive, isJoined } from "../dataset/hive.ts";
import { unjoined } from "../dataset/reader.ts";
import { type Column, columnNamed } from "../parquet/format/column.ts";

/** Neighbours of the rows that a chunk is of: so many rows, or a duration such as `"5s"`. */
export interface Overlap {
  before: number | string;
  after: number | string;
  /** The column of times that durations are of; `null` where the only one is meant. */
  time: string | null;
}

export const NO_OVERLAP: Readonly<Overlap> = { before: 0, after: 0, time: null };

/** Whether there are neighbours at all. */
export function hasOverlap({ before, after }: Overlap): boolean {
  return before !== 0 || after !== 0;
}

/**
 * The column of times that neighbours are found by; `null` where they are counted.
 *
 * @throws ServiceError `FORMULA_INVALID` where it is not clear or none; `BASE_UNREADABLE` for a column that files hold
 * as what can't be joined
 */
export function overlapColumn(
  { before, after, time }: Overlap,
  { name: base, columns }: Pick<Dataset, "name" | "columns">,
): Column | null {
  if (typeof before === "number" && typeof after === "number") return null;
  const times = columns.filter((column) =>
    column.unit !== undefined && !isHive(column) && !isJoined(column)
  );
  const listed = times.map(({ name }) => `"${name}"`).join(", ");
  const column = time === null ? times[0] : columnNamed(columns, time);
  if (column === undefined) {
    const there = time === null
      ? `${base} has none; give numbers of rows`
      : `there is no column "${time}" in ${base}; ${
        columnsThereAre(time, columns.map(({ name }) => name))
      }`;
    throw invalid(`a duration needs a column of times, TIMESTAMP or DATE, and ${there}`);
  }
  if (column.conflict !== undefined) throw unjoined(column);
  if (!times.includes(column)) {
    throw invalid(
      `"${time}" is ${column.type}, and no column of TIMESTAMP or DATE of the files; ${
        times.length > 0 ? `these are ${listed}` : "there is none"
      }`,
    );
  }
  if (time === null && times.length > 1) {
    throw invalid(
      `${base} has several columns of times, ${listed}: say which one is meant, such as { before: "5s", time: "${
        times[0]!.name
      }" }`,
    );
  }
  return column;
}

function invalid(message: string): ServiceError {
  return new ServiceError("FORMULA_INVALID", `export "overlap": ${message}`);
}
