/** What nodes and services find in Redis is looked at like a stranger's request: these are the shapes that it may have. */
import * as s from "superstruct";
import { ERROR_CODES, type ErrorRecord, ServiceError } from "../common/errors.ts";
import { MOST_INPUTS } from "../job/inputs.ts";
import { JOB_ID, RESULT_CODECS, TABLE_FORMATS } from "../job/request.ts";
import {
  amount,
  count,
  faultOf,
  id,
  kind,
  logLines,
  madeFilter,
  NAME,
  part,
  PART_REPORT,
  resultUnits,
  type Shape,
  tableNames,
  textLike,
  UNNAMED_REPORT,
  whole,
} from "../job/shapes.ts";
import type {
  FlowResult,
  NodeStatus,
  ParentData,
  SharedPath,
  SharedPlan,
  TaskData,
  TaskProgress,
  TaskResult,
} from "./task_messages.ts";

/** Parts of a job at most. */
export const MOST_GROUPS = 10_000;
/** Files of a dataset at most, and modules of a formula. */
const MOST_FILES = 100_000, MOST_MODULES = 10_000;

/** What can't be used, as it was found. */
export function forged(what: string, fault: string): ServiceError {
  return new ServiceError(
    "INTERRUPTED",
    `the cluster's Redis holds ${what} that no service and no node of this version writes (${fault}): ` +
      "send the job again, and see that all run the same version and nobody else writes to Redis",
  );
}

/** @throws ServiceError `INTERRUPTED` for a value of another shape, with what is wrong first. */
export function shaped<T>(shape: s.Struct<T, unknown>, value: unknown, what: string): T {
  const fault = faultOf(shape, value);
  if (fault === null) return value as T;
  throw forged(what, fault);
}

/** A text of JSON of some shape. @throws ServiceError `INTERRUPTED` */
export function shapedJson<T>(shape: s.Struct<T, unknown>, text: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw forged(what, "it is no JSON");
  }
  return shaped(shape, value, what);
}

function list<T>(of: s.Struct<T, unknown>, least: number, most: number) {
  return s.size(s.array(of), least, most);
}

const FLOW = `${JOB_ID}_[0-9a-f]{8}`;
const text = textLike("text of 4096 characters at most", ".*");
const longText = s.string();
const digest = textLike("SHA-256", "[0-9a-f]{64}");
const flow = textLike("flow's name", FLOW);
/** A path from a folder down, without `..`. */
const below = s.define<string>("path from a folder down", isBelow);

/** Of a root, or a URL. */
const path = s.define<SharedPath>("path from a root down", (value) => {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [root, name] = value;
  if (root === -1) return typeof name === "string";
  return Number.isSafeInteger(root) && root >= 0 && isBelow(name);
});

function isBelow(path: unknown): boolean {
  return typeof path === "string" && path.length <= 4096 &&
    !/^\/|(?:^|\/)\.\.(?:\/|$)|\0/.test(path);
}

/** Files of a table. */
const files = {
  name: text,
  files: list(s.object({ path, hive: s.record(text, s.nullable(text)) }), 1, MOST_FILES),
};

/** A job's plan. */
export const PLAN: Shape<SharedPlan> = s.object({
  id,
  kind,
  partitions: amount,
  each: count,
  directory: path,
  formula: path,
  base: s.object(files),
  inputs: list(s.object({ input: text, ...files }), 0, MOST_INPUTS),
  marks: list(s.object({ size: amount, footer: text }), 1, MOST_FILES * (1 + MOST_INPUTS)),
  modules: list(
    s.object({ target: below, name: text, meta: s.boolean(), digest }),
    1,
    MOST_MODULES,
  ),
  rest: s.object({
    stem: textLike("file's name", NAME),
    params: s.unknown(),
    rows: s.optional(s.object({
      from: s.optional(text),
      to: s.optional(text),
      time: s.optional(longText),
      filter: s.optional(s.unknown()),
    })),
    filter: s.optional(madeFilter),
    codec: s.enums(RESULT_CODECS),
    lineage: longText,
    units: resultUnits,
    folder: s.optional(s.boolean()),
    format: s.optional(s.enums(TABLE_FORMATS)),
    partitionBy: s.optional(s.nonempty(s.array(s.string()))),
    tables: s.optional(tableNames),
    limits: s.object({
      heapBytes: count,
      memoryBytes: count,
      workBytes: count,
      resultBytes: amount,
      logBytes: amount,
    }),
  }),
}) as unknown as Shape<SharedPlan>;

const ofFlow = { job: id, flow, plan: digest };

/** What a part of a job is asked for by. */
export const TASK: Shape<TaskData> = s.object({
  ...ofFlow,
  span: s.nullable(s.object({ from: amount, to: amount })),
});

/** What the whole of a job is asked for by. */
export const PARENT: Shape<ParentData> = s.object({
  ...ofFlow,
  groups: whole(0, MOST_GROUPS),
  partitions: amount,
  each: count,
  rows: amount,
  began: amount,
});

/** Id of a part of a flow. */
export const TASK_ID: Shape<string> = textLike("part's id", `${FLOW}\\.\\d{1,5}`);

/** Name of a flow that somebody waits for. */
export const FLOW_NAME: Shape<string | null> = s.nullable(flow);

/** What a part of a job came to. */
export const TASK_RESULT: Shape<TaskResult> = s.object({
  report: s.union([UNNAMED_REPORT, PART_REPORT]),
  part,
  rows: amount,
  node: text,
  workers: count,
}) as unknown as Shape<TaskResult>;

/** What a job came to. */
export const FLOW_RESULT: Shape<FlowResult> = s.object({ report: UNNAMED_REPORT, part });

/** How far a part is. */
export const PROGRESS = s.object({
  done: amount,
  rows: amount,
  at: amount,
  lines: logLines,
}) as unknown as Shape<TaskProgress>;

/** What a node tells of itself. */
export const NODE: Shape<NodeStatus> = s.object({
  name: text,
  address: text,
  cores: count,
  memory: s.nullable(amount),
  available: s.nullable(amount),
  slots: count,
  workers: count,
  patience: s.min(s.number(), 0),
  running: amount,
  done: amount,
  failed: amount,
});

/** Why a part failed. */
export const FAILURE: s.Struct<ErrorRecord, unknown> = s.object({
  code: s.enums(ERROR_CODES),
  message: longText,
  where: s.optional(longText),
  stack: s.optional(longText),
}) as unknown as s.Struct<ErrorRecord, unknown>;
