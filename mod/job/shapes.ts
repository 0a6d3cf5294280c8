/** The shapes of what a job comes to, for whoever is handed it by another process or machine. */
import * as s from "superstruct";
import { JOB_KINDS } from "./kinds.ts";
import { isLogLine, type LogLine } from "./log_line.ts";
import {
  type FileFingerprint,
  JOB_ID,
  type JobOutline,
  type JobReport,
  MOST_JOINED,
  type PartReport,
  type TrialReport,
} from "./request.ts";

import { isTableName, MOST_TABLES } from "./tables.ts";

export type Shape<T> = s.Describe<T>;

/** What is wrong with a value of another shape; `null` where nothing is. */
export function faultOf<T>(shape: s.Struct<T, unknown>, value: unknown): string | null {
  const [error] = s.validate(value, shape);
  if (error === undefined) return null;
  const { path, type, refinement } = error;
  return `${path.join(".") || "all of it"} is no ${refinement ?? type}`;
}

/** Whole numbers that a double holds exactly. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): s.Struct<number, null> {
  const fits = (value: number) => Number.isSafeInteger(value) && value >= least && value <= most;
  return s.refine(s.number(), `whole number of ${least} to ${most}`, fits);
}

/** Texts that match as a whole. */
export function textLike(name: string, pattern: string, most = 4096): s.Struct<string, null> {
  const expression = new RegExp(`^(?:${pattern})$`, "s");
  const fits = (value: string) => value.length <= most && expression.test(value);
  return s.refine(s.string(), name, fits);
}

/** Lists whose members are looked at by a plain function, as there may be very many of them. */
export function listOf<T>(name: string, fits: (value: unknown) => boolean): s.Struct<T[], null> {
  return s.define<T[]>(name, (value) => Array.isArray(value) && value.every(fits));
}

/** A name, and nothing but a name. */
export const NAME = "(?!\\.{1,2}$)[^/\\0]{1,255}";

export const amount = whole(0), count = whole(1);
export const id = textLike("job's id", JOB_ID);
export const part = textLike("part's name", "\\d{1,5}-[0-9a-f]{8}");
export const base64 = textLike("base 64", "[A-Za-z0-9+/]*={0,2}", Infinity);
export const kind = s.enums(JOB_KINDS);
export const skipped = s.object({ rowGroups: amount, pages: amount, rows: amount });
const written = s.object({ inode: s.number(), size: s.number(), modified: s.number() });
const tableName = s.define<string>("table's name", isTableName);
const texts = listOf<string>("list of texts", (text) => typeof text === "string");
/** Lines that a formula printed. */
export const logLines = listOf<LogLine>("list of lines", isLogLine);

export const resultUnits = s.object({
  columns: s.array(s.tuple([s.string(), s.string()])),
  conflicts: texts,
});

export const madeFilter = s.object({ value: base64, log: logLines });

/** Names of a formula's tables. */
export const tableNames = s.size(s.array(tableName), 1, MOST_TABLES);

/** What a finished job reports, and whatever of it stays the same when the result gets its name. */
const figures = {
  id,
  kind,
  file: textLike("file's name", `|${NAME}|${NAME}/`),
  tables: s.optional(s.size(
    s.array(s.object({
      name: tableName,
      file: textLike("file's name", NAME),
      rows: amount,
      bytes: amount,
      written: s.optional(written),
    })),
    1,
    MOST_TABLES,
  )),
  rows: amount,
  partitions: amount,
  seconds: s.min(s.number(), 0),
  bytesRead: amount,
  bytesWritten: amount,
  workers: count,
  skipped: s.optional(skipped),
  joined: s.optional(s.size(s.array(s.string()), 1, MOST_JOINED + 1)),
  result: s.optional(s.string()),
  log: logLines,
};

/** A report of a result that has not got its name. */
export const UNNAMED_REPORT = s.object(figures) as unknown as Shape<JobReport>;

const named = {
  ...figures,
  id: s.string(), // the state of older services has other ids
  written: s.optional(written),
};

/** A report of a result under its own name. */
export const REPORT = s.object(named) as unknown as Shape<JobReport>;

/** A report of a part of a job. */
export const PART_REPORT = s.object({
  ...figures,
  computed: s.object({
    rows: amount,
    bytes: amount,
    file: part,
    checksum: s.optional(whole(0, 2 ** 32 - 1)),
    from: s.optional(amount),
    value: s.optional(base64),
  }),
}) as unknown as Shape<PartReport>;

const columns = s.array(
  s.object({ name: s.string(), type: s.string(), unit: s.optional(s.string()) }),
);

/** A report of a trial. */
export const TRIAL_REPORT = s.object({
  ...named,
  trial: s.object({
    exports: s.array(s.string()),
    columns,
    touched: s.array(s.string()),
    inputs: s.optional(s.array(s.object({ name: s.string(), columns }))),
    joined: s.optional(columns),
    result: s.nullable(columns),
    tables: s.optional(
      s.array(s.object({ name: tableName, rows: amount, columns })),
    ),
  }),
}) as unknown as Shape<TrialReport>;

/** What a job is, found without computing any of it. */
export const OUTLINE = s.object({
  kind,
  partitions: amount,
  least: amount,
  rows: amount,
  skipped: s.optional(skipped),
  filter: s.optional(madeFilter),
  files: listOf<FileFingerprint>("list of fingerprints", isFingerprint),
  lineage: s.string(),
  tables: s.optional(tableNames),
  units: resultUnits,
  formula: s.array(s.object({
    target: s.string(),
    name: s.string(),
    bytes: s.string(),
    meta: s.boolean(),
  })),
}) as unknown as Shape<JobOutline>;

function isFingerprint(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { size, footer } = value as Record<string, unknown>;
  return Number.isSafeInteger(size) && typeof footer === "string";
}
