/** Where a result goes, and the names it has there. */
import { ServiceError } from "../common/errors.ts";
import { join } from "@std/path";
import type { FooterNotes } from "../parquet/format/key_values.ts";
import { type FileIdentity, JOB_ID, type ResultTable, type TableFormat } from "../job/request.ts";

/** Where a result goes. */
export interface ResultPlace extends PartialPlace {
  /** Most bytes of the file. */
  mostBytes: number;
  /** Whether a result of columns becomes a folder of Parquet files. */
  folder?: boolean;
  /** What a result of columns is written as; Parquet where it is absent. */
  format?: TableFormat;
  /** The columns by whose values a folder has folders of its own. */
  partitionBy?: readonly string[];
  /** Names of the tables that it has, where it has several. */
  tables?: readonly string[];
  /** Whether row groups are only stored, to be joined into a result later. */
  loose?: boolean;
  /** What the footers of Parquet files say in keys and values; asked for once. Schemas of Arrow files say the same. */
  notes?: () => FooterNotes;
  /**
   * Is told the names of the result's columns when the first rows are there; none of a result that is no table.
   *
   * @throws ServiceError when they can't be those of the result.
   */
  columnsKnown?: (names: string[]) => void;
  permit?: Permit;
  /** Is aborted when the job is stopped. */
  ends?: AbortSignal;
  /**
   * Gets the open file that the result replaces. The system frees its blocks when it is closed, which takes a third of
   * a millisecond for each megabyte: close it when nobody waits.
   */
  replaced?: (file: Deno.FsFile) => void;
}

/** Is called before a result gets its name; if it throws, the job has no result. */
export type Permit = (saved: SavedResult, inode: number) => Promise<void>;

/** The parts of a result's hidden name. */
export interface PartialPlace {
  /** Id of the job. */
  id: string;
  /** Attempt number of the job, from 1. */
  attempt: number;
  /** Real path of the folder. */
  directory: string;
  /** Whether the folder is this process's working directory (`enterDirectory`), so that names start there. */
  entered?: boolean;
  /** File name without its extension. */
  stem: string;
  /** Distinguishes a part of a job, or a result that gets its name later, from the job's other files. */
  part?: string;
}

/** A result that was written and has its name. */
export interface SavedResult {
  file: string;
  bytes: number;
  rows: number;
  /** Of several tables, these; `file` is that of the first. */
  tables?: ResultTable[];
  /** Of loose row groups, which are not flushed to the disk. */
  checksum?: number;
  /** Of a file that has its name. */
  written?: FileIdentity;
}

/** The name of a result of columns. */
export function tableName(
  { stem, folder, format }: Pick<ResultPlace, "stem" | "folder" | "format">,
): string {
  return folder ? `${stem}/` : `${stem}.${format ?? "parquet"}`;
}

/** The name of a file in a result that is a folder. */
export function partName(index: number): string {
  return `part.${index}.parquet`;
}

/** Whether a name is the hidden name of an incomplete result ({@linkcode partialPath}). */
export function isPartialName(name: string): boolean {
  return new RegExp(`^\\..+\\.${JOB_ID}(-\\d+)?\\.part$`).test(name);
}

/** Id of the job whose part has this name; other processes may still need the part. null for any other name. */
export function jobOfPart(name: string): string | null {
  return new RegExp(`^\\..+\\.(${JOB_ID})\\.[0-9a-z-]+\\.part$`).exec(name)?.[1] ?? null;
}

/** Path of an incomplete result: its name is hidden. */
export function partialPath({ stem, id, attempt, part, ...place }: PartialPlace): string {
  const end = part !== undefined ? `.${part}` : attempt > 1 ? `-${attempt}` : "";
  return join(startOf(place), `.${stem}.${id}${end}.part`);
}

/** Folder from which names of a place start. */
export function startOf(
  { directory, entered }: Pick<PartialPlace, "directory" | "entered">,
): string {
  return entered ? "." : directory;
}

/** The error for a result whose file the job itself reads. */
export function replacesInput(file: string): ServiceError {
  return new ServiceError(
    "BAD_REQUEST",
    `the result ${file} would take the place of its own input; give another name as Output`,
  );
}
