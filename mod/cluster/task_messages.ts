/** What travels through Redis. */
import type { NodeFigures } from "../system/figures.ts";
import type { JobKind } from "../job/kinds.ts";
import type { LogLine } from "../job/log_line.ts";
import type {
  FileFingerprint,
  JobPlan,
  JobReport,
  PartReport,
  ResultUnits,
} from "../job/request.ts";

/** Of a flow's parent and of its children: whose they are, and the digest of the plan. */
export interface FlowData {
  job: string;
  flow: string;
  plan: string;
}

/** A part of a job: partitions `from` up to `to`; null for all that there is to do, in one piece. */
export interface TaskData extends FlowData {
  span: { from: number; to: number } | null;
}

/** What a server has to know to take up a flow again. */
export interface ParentData extends FlowData {
  groups: number;
  partitions: number;
  each: number;
  rows: number;
  /** When the job was submitted, in milliseconds since 1970. */
  began: number;
}

/** What a part of a job came to. */
export interface TaskResult {
  /** With what has to be put together, or where the result lies if that is all. */
  report: JobReport | PartReport;
  /** Hidden name of the result, where it is whole: {@linkcode PartialPlace.part}. */
  part: string;
  /** Rows of the dataset that the part was of. */
  rows: number;
  node: string;
  workers: number;
}

/** A whole result under its hidden name. */
export interface FlowResult {
  report: JobReport;
  part: string;
}

/** How far a part is. */
export interface TaskProgress {
  done: number;
  rows: number;
  /** Lines that the formula printed, from the one of this index on. */
  at: number;
  lines: LogLine[];
}

/** A path below the root of this index; of a URL, -1 and all of it. */
export type SharedPath = [root: number, path: string];

/** Files of a table. */
export interface SharedFiles {
  name: string;
  files: { path: SharedPath; hive: Record<string, string | null> }[];
}

/** What is planned once for all parts of a job. */
export interface SharedPlan {
  id: string;
  kind: JobKind;
  partitions: number;
  /** Partitions of each part; a power of two. The last has what is left. */
  each: number;
  /** Where data, formula and result lie. */
  directory: SharedPath;
  formula: SharedPath;
  base: SharedFiles;
  /** Further tables by the names that the formula has for them. */
  inputs: (SharedFiles & { input: string })[];
  /** Of the files of `base`, and then of those of `inputs`. */
  marks: FileFingerprint[];
  /** The formula; the bytes of its modules are in Redis. */
  modules: { target: string; name: string; meta: boolean; digest: string }[];
  /** All else, as it is. */
  rest:
    & Pick<
      JobPlan,
      | "stem"
      | "params"
      | "rows"
      | "filter"
      | "codec"
      | "folder"
      | "format"
      | "partitionBy"
      | "tables"
      | "limits"
    >
    & { lineage: string; units: ResultUnits };
}

/** What a node tells of itself. */
export interface NodeStatus extends Omit<NodeFigures, "silent"> {
  /** Milliseconds of silence after which it counts as gone. */
  patience: number;
}
