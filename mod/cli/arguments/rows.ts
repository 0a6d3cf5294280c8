import type { JobFields } from "../../wire/job_fields.ts";
import { checkedFilter } from "./params.ts";
import { type Given, type Option, optionOf } from "./usage.ts";

/** The options that say which rows of the data the formula sees. */
export const ROW_OPTIONS: readonly Option[] = [
  { name: "from", value: "TIME", help: "rows of this time and later, such as 2024-05-01T12:30Z" },
  { name: "to", value: "TIME", help: "rows of earlier times than this" },
  {
    name: "time",
    value: "COLUMN",
    help: "the column of --from and --to, where there are several of times",
  },
  { name: "filter", value: "JSON", help: `rows that fit, such as '{"u":{"$gt":0}}'` },
];

/** What of rows a command line asks for, as a request has it. */
export type RowFields = Pick<JobFields, "From" | "To" | "Time" | "Filter">;

/** What {@linkcode ROW_OPTIONS} say. @throws {UsageError} for a filter that is not JSON */
export function rowFields(given: Given, command: string): RowFields {
  const [From, To, Time, filter] = ["from", "to", "time", "filter"]
    .map((name) => optionOf(given, name));
  return {
    ...(From === undefined ? {} : { From }),
    ...(To === undefined ? {} : { To }),
    ...(Time === undefined ? {} : { Time }),
    ...(filter === undefined ? {} : { Filter: JSON.parse(checkedFilter(filter, command)) }),
  };
}
