import type { LogLine } from "./log_line.ts";
import type { JobKind } from "./kinds.ts";

/** What a job's id looks like: a UUID. */
export const JOB_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/** How the pages of a result can be compressed. */
export const RESULT_CODECS = ["snappy", "zstd", "none"] as const;

/** How the pages of a result are compressed. */
export type ResultCodec = typeof RESULT_CODECS[number];

/** How a table is written, where it isn't as Parquet. */
export const TABLE_FORMATS = ["csv", "arrow"] as const;

/** How a table is written, where it isn't as Parquet. */
export type TableFormat = typeof TABLE_FORMATS[number];

/** What a job may take at most. */
export interface JobLimits {
  /** JavaScript heap of each worker, in bytes. */
  heapBytes: number;
  /** Resident memory of the job's engine process, in bytes: heaps, typed arrays, WebAssembly. */
  memoryBytes: number;
  /** What the data that an engine has under way takes, in bytes: partitions are cut by it. */
  workBytes: number;
  /** Length of the result file in bytes. */
  resultBytes: number;
  /** What is kept of the formula's log, in bytes. */
  logBytes: number;
}

/** Which rows of a dataset a request asks for; all of it holds, together with the formula's own filter. */
export interface RequestedRows {
  /** Times from the one on, and before the other: ISO 8601, with a zone or without. */
  from?: string;
  to?: string;
  /** The column that these are compared with; the only one of times where it is absent. */
  time?: string;
  /** A filter as formulas have it, of JSON. */
  filter?: unknown;
}

/** What a client asks for: compute this formula over this dataset. */
export interface JobRequest extends RequestedRows {
  /** Folder of the data and the formula; relative paths start at the first root. */
  directory: string;
  /** Parquet file in the folder, a folder of such files, a glob, or several of these. */
  base: string | string[];
  /** Formula file in the folder. */
  file: string;
  /** Handed to the formula as `context.params`. */
  params?: unknown;
  /** Further tables by the names that the formula has for them; each as `base` has it. */
  inputs?: Record<string, string | string[]>;
  /** Name of the result file, without a folder; its ending follows the kind of result. */
  output?: string;
  /** How the result is compressed; as the service is set where it is absent. */
  codec?: ResultCodec;
  /** Seconds after which the job ends with `FORMULA_TIMEOUT`. */
  timeoutSeconds?: number;
  /** What the job may take, where that is less than the service allows. */
  limits?: Partial<JobLimits>;
  /** Jobs of a higher number start first; 0 where it is absent. */
  priority?: number;
  /** Who asks, where that is said: jobs of several clients take turns. */
  client?: string;
}

/** What a request names, as it was written. */
export type AskedFiles = Pick<JobRequest, "base" | "file" | "inputs">;

/** The files of a dataset, with what their folders' names say of them. */
export interface BaseFiles {
  /** What the dataset is called, for messages. */
  name: string;
  /** Real paths, in the dataset's order. */
  files: { path: string; hive: Record<string, string | null> }[];
}

/** The files of a further table. */
export interface InputFiles extends BaseFiles {
  /** What the formula calls it. */
  input: string;
}

/** What statistics ruled out, so that it was never read. */
export interface SkippedWork {
  rowGroups: number;
  pages: number;
  rows: number;
}

/** Rows `from` up to `to` (not included); those that there are. */
export interface RowSpan {
  from: number;
  to: number;
}

/** A module of a formula as its workers run it. */
export interface PackedModule {
  /** Path in the snapshot, and the author's name for it. */
  target: string;
  name: string;
  /** Base 64. */
  bytes: string;
  /** It asks for its own name: `import.meta`. */
  meta: boolean;
}

/** What a formula's function gave as its filter. */
export interface MadeFilter {
  /** As the structured clone algorithm stores it, in base 64. */
  value: string;
  /** What the formula printed by then. */
  log: LogLine[];
}

/** A formula and all it imports, ready to be run elsewhere; the entry comes first. */
export type PackedFormula = PackedModule[];

/** What a file of the data was when the job was planned. */
export interface FileFingerprint {
  size: number;
  /** SHA-256 of its footer. */
  footer: string;
}

/** Columns that a report tells of as joined at most; a line more says how many others there are. */
export const MOST_JOINED = 20;

/** A column of a result, and its unit. */
export type ColumnUnit = [name: string, unit: string];

/** Units of the columns of a result. */
export interface ResultUnits {
  columns: ColumnUnit[];
  /** For people: columns of the data whose files don't agree on their unit. */
  conflicts: string[];
}

/** What a job is, found without computing any of it. */
export interface JobOutline {
  kind: JobKind;
  partitions: number;
  /** Partitions that a part has at least, a power of two: of a group-by, so many may be summed up as one. */
  least: number;
  /** Of the dataset. */
  rows: number;
  /** Of a formula with a filter. */
  skipped?: SkippedWork;
  /** As the plan has it. */
  filter?: MadeFilter;
  /** One for each file of the plan's `base`, and then of each of its `inputs`. */
  files: FileFingerprint[];
  /** As the plan has them. */
  lineage: string;
  tables?: string[];
  units: ResultUnits;
  formula: PackedFormula;
}

/** What some partitions of a job came to. */
export interface ComputedPart {
  /** Rows of the result's part; of a reduction, those that the formula was given. */
  rows: number;
  /** Bytes of the file that holds the row groups or the value; 0 where the value is here. */
  bytes: number;
  /** End of that file's hidden name: the step's `part`. */
  file: string;
  /** CRC-32 of that file's bytes, where they were not brought to the disk. */
  checksum?: number;
  /** Index of its first partition. */
  from?: number;
  /** Of a reduction, as the structured clone algorithm stores it, in base 64. */
  value?: string;
}

/** A job whose paths are checked and absolute: what all its steps share. */
export interface JobPlan {
  /** The request's own names for its files: results tell them. */
  asked?: AskedFiles;
  /** Where the result comes from, as its footer says it; made of the plan where it is absent. */
  lineage?: string;
  /** Units of its columns; found where they are absent. */
  units?: ResultUnits;
  id: string;
  /** Attempt number, from 1. */
  attempt: number;
  base: BaseFiles;
  /** Further tables; none where it is absent. */
  inputs?: InputFiles[];
  /** Real path of the formula file. */
  formula: string;
  /** Real path of the folder the result goes to. */
  directory: string;
  /** Result file's name without its ending. */
  stem: string;
  /** How the result is compressed, but for columns that are carried as they are stored. */
  codec: ResultCodec;
  params: unknown;
  /** The rows that the request asks for; all where it is absent. */
  rows?: RequestedRows;
  /** Of a formula whose filter is a function. It was asked once: whoever computes a part of the job sees the same rows. */
  filter?: MadeFilter;
  /** Other jobs that ran on this machine when this one began. */
  beside?: number;
  /** Jobs of a higher number go first, where there is a queue for parts of jobs. */
  priority?: number;
  /** The result, where it is columns, becomes a folder of Parquet files. */
  folder?: boolean;
  /** What the result, where it is columns, is written as; Parquet where it is absent. */
  format?: TableFormat;
  /** The columns by whose values that folder has folders of its own, as Hive lays them out. */
  partitionBy?: string[];
  /** Names of the formula's tables, where it has several and an outline has found them. */
  tables?: string[];
  /** The formula as it was when the job was planned; it is run instead of the file. */
  packed?: PackedFormula;
  /** What the files of `base`, and then of `inputs`, must be, in their order. */
  marks?: FileFingerprint[];
  /** Workers to compute with. */
  workers: number;
  limits: JobLimits;
}

/** How far a running job is. */
export interface JobProgress {
  /** Partitions (for `main`: tasks) finished and known so far. */
  done: number;
  total: number;
  /** Input rows of finished partitions and of the dataset. */
  rowsDone: number;
  rows: number;
}

/** Rows that a trial looks at where a filter chooses among them. */
export const TRIED_BY_FILTER = 1 << 16;

/** A column that a trial tells of. */
export interface TrialColumn {
  name: string;
  type: string;
  /** As its file notes it. */
  unit?: string;
}

/** What a trial of a formula found. */
export interface JobTrial {
  /** Names of the formula's exports. */
  exports: string[];
  /** Columns of the dataset, and those the formula touched. */
  columns: TrialColumn[];
  touched: string[];
  /** Further tables and their columns. */
  inputs?: { name: string; columns: TrialColumn[] }[];
  /** Columns that they add to chunks. */
  joined?: TrialColumn[];
  /** Columns of the result, or of its first table; `null` where it is not columns. */
  result: TrialColumn[] | null;
  /** Of a result of several tables, columns of each. */
  tables?: { name: string; rows: number; columns: TrialColumn[] }[];
}

/** What tells a file from any other that may have its name later, or have had it before. */
export interface FileIdentity {
  /** Number of the file in its file system. */
  inode: number;
  size: number;
  /** When it was last written to, in milliseconds since 1970. */
  modified: number;
}

/** A result that is whole and on the disk, but for its name: what an engine asks leave to publish. */
export interface Publication {
  /** Number of the file, by which it is known under either name. */
  inode: number;
  /** What the job will report; without the result's text and the log. */
  report: JobReport;
}

/** A table of a result, and its file. */
export interface ResultTable {
  /** As the formula has it. */
  name: string;
  /** Its file's name in the job's folder. */
  file: string;
  rows: number;
  bytes: number;
  /** The file as it was put in its place; absent where that was not noted. */
  written?: FileIdentity;
}

/** What a finished job reports. */
export interface JobReport {
  id: string;
  kind: JobKind;
  /** Result file's name in the job's folder; of several tables, that of the first. */
  file: string;
  /** Of a result of several tables, these in their order. */
  tables?: ResultTable[];
  /** Rows of the result, of all its tables together, or of the input where the result is not columns. */
  rows: number;
  partitions: number;
  seconds: number;
  bytesRead: number;
  bytesWritten: number;
  workers: number;
  /** That file as it was put in its place; absent where that was not noted. */
  written?: FileIdentity;
  /** With a filter: what was ruled out without being read. */
  skipped?: SkippedWork;
  /** For people: columns that not all files of the dataset have alike, and how they were read. */
  joined?: string[];
  /** JSON text of a result that is not columns, when it is small enough to send. */
  result?: string;
  /** What the formula logged, oldest first. */
  log: LogLine[];
}

/** What a trial of a formula reports. */
export interface TrialReport extends JobReport {
  trial: JobTrial;
}

/** What a part of a job reports. */
export interface PartReport extends JobReport {
  computed: ComputedPart;
}
