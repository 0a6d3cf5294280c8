/** What nodes and services find in Redis is looked at like a stranger's request: these are the shapes that it may have. */
import * as s from "superstruct";
import { ERROR_CODES, type ErrorRecord, ServiceError } from "../common/errors.ts";
import { JOB_ID, type JobReport, MOST_JOINED, RESULT_CODECS } from "../job/request.ts";
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

type Shape<T> = s.Describe<T>;

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
  const [error, sound] = s.validate(value, shape);
  if (error === undefined) return sound;
  const { path, type, refinement } = error;
  throw forged(what, `${path.join(".") || "all of it"} is no ${refinement ?? type}`);
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

/** Whole numbers that a double holds exactly. */
function whole(least: number, most = Number.MAX_SAFE_INTEGER): s.Struct<number, null> {
  const fits = (value: number) => Number.isSafeInteger(value) && value >= least && value <= most;
  return s.refine(s.number(), `whole number of ${least} to ${most}`, fits);
}

/** Texts that match as a whole. */
function textLike(name: string, pattern: string, most = 4096): s.Struct<string, null> {
  const expression = new RegExp(`^(?:${pattern})$`, "s");
  const fits = (value: string) => value.length <= most && expression.test(value);
  return s.refine(s.string(), name, fits);
}

function list<T>(of: s.Struct<T, unknown>, least: number, most: number) {
  return s.size(s.array(of), least, most);
}

const FLOW = `${JOB_ID}_[0-9a-f]{8}`;
/** A name, and nothing but a name. */
const NAME = "(?!\\.{1,2}$)[^/\\0]{1,255}";

const amount = whole(0), count = whole(1);
const text = textLike("text of 4096 characters at most", ".*");
const longText = s.string();
const digest = textLike("SHA-256", "[0-9a-f]{64}");
const id = textLike("job's id", JOB_ID);
const flow = textLike("flow's name", FLOW);
const part = textLike("part's name", "\\d{1,5}-[0-9a-f]{8}");
const base64 = textLike("base 64", "[A-Za-z0-9+/]*={0,2}", Infinity);
/** A path from a folder down, without `..`. */
const below = s.define<string>("path from a folder down", isBelow);
const kind = s.enums(["map", "reduction", "main"]);

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

/** A job's plan. */
export const PLAN: Shape<SharedPlan> = s.object({
  id,
  kind,
  partitions: amount,
  each: count,
  directory: path,
  formula: path,
  base: s.object({
    name: text,
    files: list(s.object({ path, hive: s.record(text, s.nullable(text)) }), 1, MOST_FILES),
  }),
  marks: list(s.object({ size: amount, footer: text }), 1, MOST_FILES),
  modules: list(
    s.object({ target: below, name: text, meta: s.boolean(), digest }),
    1,
    MOST_MODULES,
  ),
  rest: s.object({
    stem: textLike("file's name", NAME),
    params: s.unknown(),
    codec: s.enums(RESULT_CODECS),
    folder: s.optional(s.boolean()),
    limits: s.object({
      heapBytes: count,
      memoryBytes: count,
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

const report = s.object({
  id,
  kind,
  file: textLike("file's name", `|${NAME}|${NAME}/`),
  rows: amount,
  partitions: amount,
  seconds: s.min(s.number(), 0),
  bytesRead: amount,
  bytesWritten: amount,
  workers: count,
  skipped: s.optional(s.object({ rowGroups: amount, pages: amount, rows: amount })),
  joined: s.optional(list(longText, 1, MOST_JOINED + 1)),
  result: s.optional(longText),
  computed: s.optional(s.object({
    rows: amount,
    bytes: amount,
    file: part,
    checksum: s.optional(whole(0, 2 ** 32 - 1)),
    from: s.optional(amount),
    value: s.optional(base64),
  })),
  log: s.array(longText),
}) as unknown as Shape<JobReport>;

/** What a part of a job came to. */
export const TASK_RESULT: Shape<TaskResult> = s.object({
  report,
  part,
  rows: amount,
  node: text,
  workers: count,
});

/** What a job came to. */
export const FLOW_RESULT: Shape<FlowResult> = s.object({ report, part });

/** How far a part is. */
export const PROGRESS: Shape<TaskProgress> = s.object({
  done: amount,
  rows: amount,
  at: amount,
  lines: s.array(longText),
});

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
