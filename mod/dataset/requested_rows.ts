/** Which rows of a dataset a request asks for. */
import { ServiceError } from "../common/errors.ts";
import { columnsThereAre } from "../common/nearest.ts";
import type { RequestedRows } from "../job/request.ts";
import { type Column, columnNamed } from "../parquet/format/column.ts";
import type { Dataset } from "./dataset.ts";
import { isHive } from "./hive.ts";
import { compareTimes, compileFilter, type Predicate } from "./predicate.ts";
import { unjoined } from "./reader.ts";
import { hasZone, nanosecondsOf, timeFault } from "./time.ts";

/** What is looked at of a dataset. */
type Columns = Pick<Dataset, "name" | "columns">;

/**
 * Checks what a request says of rows against the columns, and brings it into the form that rows and statistics are
 * compared by: `from` <= time < `to`, and what the filter lets through.
 *
 * @throws ServiceError `BAD_REQUEST`, naming the field; `BASE_UNREADABLE` for a column that files hold as what can't
 * be joined
 */
export function requestedRows(rows: RequestedRows, dataset: Columns): Predicate {
  const { from, to, filter } = rows;
  const all: Predicate[] = [];
  if (from !== undefined || to !== undefined) {
    const column = timeColumn(rows, dataset);
    if (from !== undefined) all.push(compareTimes(column, "gte", instantOf("From", from, column)));
    if (to !== undefined) all.push(compareTimes(column, "lt", instantOf("To", to, column)));
  }
  if (filter !== undefined) {
    const refuse = (fault: string) => badRequest(`Request.Filter can't be used: ${fault}`);
    all.push(compileFilter(filter, dataset.columns, refuse));
  }
  return { all };
}

/** The column that `from` and `to` are compared with. */
function timeColumn({ time, from }: RequestedRows, { name: base, columns }: Columns): Column {
  const times = columns.filter(isTime);
  const listed = times.map(({ name }) => `"${name}"`).join(", ");
  if (time !== undefined) {
    const named = columnNamed(columns, time);
    if (named === undefined) {
      const there = columnsThereAre(time, columns.map(({ name }) => name));
      throw badRequest(`Request.Time: there is no column "${time}" in ${base}; ${there}`);
    }
    if (named.conflict !== undefined) throw unjoined(named);
    if (isTime(named)) return named;
    const instead = times.length > 0 ? `the columns of times are ${listed}` : `${base} has none`;
    throw badRequest(
      `Request.Time: "${time}" is ${named.type}, not TIMESTAMP or DATE; ${instead}; Filter compares any column`,
    );
  }
  // What folders are named by is told of whole files: it is meant only where the files have no times.
  const stored = times.filter((column) => !isHive(column));
  const [column, other] = stored.length > 0 ? stored : times;
  const field = from === undefined ? "To" : "From";
  if (column === undefined) {
    throw badRequest(
      `Request.${field} needs a column of times, TIMESTAMP or DATE, and ${base} has none; Filter compares any column`,
    );
  }
  if (other !== undefined) {
    throw badRequest(
      `Request.${field}: ${base} has several columns of times, ${listed}: name the one that is meant in Time`,
    );
  }
  if (column.conflict !== undefined) throw unjoined(column);
  return column;
}

function isTime({ unit }: Column): boolean {
  return unit !== undefined;
}

/** Nanoseconds since 1970 as the column counts them: in UTC, or on the clock that local times are of. */
function instantOf(field: "From" | "To", text: string, column: Column): bigint {
  const { name, type, utc } = column;
  const instant = nanosecondsOf(text);
  if (instant === null) {
    throw badRequest(`Request.${field} is "${text}", which is no time: ${timeFault(text)}`);
  }
  if (!utc && hasZone(text)) {
    const local = text.replace(/(?:Z|[+-]\d\d:?\d\d)$/, "");
    throw badRequest(
      `Request.${field} is "${text}", and "${name}" is ${type}, whose zone the file doesn't say: write the time as the column has it, without a zone, such as "${local}"`,
    );
  }
  return instant;
}

function badRequest(message: string): ServiceError {
  return new ServiceError("BAD_REQUEST", message);
}
