/** Fields of a job that say which rows of the data the formula sees. */
import { isObject, type JsonObject } from "../common/json_object.ts";
import { meantTime } from "../dataset/meant_time.ts";
import { nanosecondsOf, timeFault } from "../dataset/time.ts";
import type { RequestedRows } from "../job/request.ts";
import { refuseInexactJson } from "./exact_numbers.ts";
import { badRequest, whatCame, wrong } from "./field_errors.ts";
import { compact, fieldText, repeatedKey } from "./json_text.ts";

const WANTED = `a date, or a date and a time, of ISO 8601, such as "2024-05-01T12:30:00+03:00"`;

/** @throws {ServiceError} `BAD_REQUEST` */
export function fromField(fields: JsonObject): Pick<RequestedRows, "from"> {
  return { from: timeText(fields, "From") };
}

/** @throws {ServiceError} `BAD_REQUEST`, also for one before `From` */
export function toField(fields: JsonObject): Pick<RequestedRows, "to"> {
  const to = timeText(fields, "To");
  if (!Object.hasOwn(fields, "From")) return { to };
  const from = timeText(fields, "From");
  if (nanosecondsOf(from)! > nanosecondsOf(to)!) {
    throw badRequest(
      `Request.From, "${from}", is after Request.To, "${to}": there is no time between them; exchange them`,
    );
  }
  return { to };
}

/** @throws {ServiceError} `BAD_REQUEST`, also where there is nothing to compare the column with */
export function timeField(fields: JsonObject): Pick<RequestedRows, "time"> {
  const { Time: time } = fields;
  if (typeof time !== "string" || time === "") {
    throw wrong(fields, "Time", "the name of the column that From and To are compared with");
  }
  if (Object.hasOwn(fields, "From") || Object.hasOwn(fields, "To")) return { time };
  throw badRequest(
    `Request.Time names the column that From and To are compared with, and neither is there; give one of them`,
  );
}

/**
 * The form of a filter. What it says of columns is checked where these are known.
 *
 * @param text Of the whole request: numbers are looked at as they are written.
 * @throws {ServiceError} `BAD_REQUEST`
 */
export function filterField(fields: JsonObject, text: string): Pick<RequestedRows, "filter"> {
  const { Filter: filter } = fields;
  if (!isObject(filter)) {
    throw wrong(fields, "Filter", `an object of conditions by columns, such as {"u": {"$gt": 0}}`);
  }
  const written = fieldText(text, "Filter");
  if (written !== undefined) refuseLoss(written, "Request.Filter");
  return { filter };
}

/**
 * Refuses what a filter would lose when it is read: numbers that no double holds, and a condition under a key that is
 * written twice.
 *
 * @param text Of the filter, JSON.
 * @param name What it is called.
 * @throws {ServiceError} `BAD_REQUEST`
 */
export function refuseLoss(text: string, name: string): void {
  refuseInexactJson(text, name);
  const key = repeatedKey(compact(text));
  if (key === null) return;
  throw badRequest(
    `${name} has "${key}" twice in one object: write both conditions in one, or in $and`,
  );
}

/** A time that is one. @throws {ServiceError} `BAD_REQUEST` with the nearest that is */
function timeText(fields: JsonObject, field: "From" | "To"): string {
  const value = fields[field];
  if (typeof value === "string" && nanosecondsOf(value) !== null) return value;
  const meant = meantTime(value);
  const hint = meant === null
    ? typeof value === "string" ? `; ${timeFault(value)}` : ""
    : `; did you mean "${meant}"?`;
  throw badRequest(`Request.${field} must be ${WANTED}, but ${whatCame(fields, field)}${hint}`);
}
