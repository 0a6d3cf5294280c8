/** Where a result goes, and the names it has there. */
import { join } from "@std/path";
import { type FileIdentity, JOB_ID } from "../job/request.ts";

/** Where a result goes. */
export interface ResultPlace extends PartialPlace {
  /** Length of the file at most. */
  mostBytes: number;
  /** A result that is columns becomes a folder of Parquet files. */
  folder?: boolean;
  /** Row groups are only put down, to be read again and made a result of. */
  loose?: boolean;
  /** Asked before the result gets its name; what it throws ends the job without a result. */
  permit?: Permit;
  /**
   * Is given the file whose name the result takes. The system removes what it held when it is closed, which
   * takes a third of a millisecond for each megabyte: nobody needs to wait for it.
   */
  replaced?: (file: Deno.FsFile) => void;
}

/** Asked before a result gets its name; what it throws leaves the job without a result. */
export type Permit = (saved: SavedResult, inode: number) => Promise<void>;

/** What the hidden name of a result is made of. */
export interface PartialPlace {
  /** Of the job. */
  id: string;
  /** Attempt number of the job, from 1. */
  attempt: number;
  /** Real path of the folder. */
  directory: string;
  /** Whether this process works in the folder (`enterDirectory`): names start there, whatever its path leads to by then. */
  entered?: boolean;
  /** File name without its ending. */
  stem: string;
  /** Of a part of a job, or a result that gets its name later: what tells it from the job's others. */
  part?: string;
}

/** A result that has its name: what was written. */
export interface SavedResult {
  file: string;
  bytes: number;
  rows: number;
  /** Of loose row groups, which are not brought to the disk. */
  checksum?: number;
  /** Of a file that has its name. */
  written?: FileIdentity;
}

/** The name of a file in a result that is a folder. */
export function partName(index: number): string {
  return `part.${index}.parquet`;
}

/** Whether a file's name is one that a result has until it is whole: {@linkcode partialPath}. */
export function isPartialName(name: string): boolean {
  return new RegExp(`^\\..+\\.${JOB_ID}(-\\d+)?\\.part$`).test(name);
}

/** Id of the job whose part has this name, which others may need yet; null for any other name. */
export function jobOfPart(name: string): string | null {
  return new RegExp(`^\\..+\\.(${JOB_ID})\\.[0-9a-z-]+\\.part$`).exec(name)?.[1] ?? null;
}

/** The hidden name a result has until it is whole. */
export function partialPath({ stem, id, attempt, part, ...place }: PartialPlace): string {
  const end = part !== undefined ? `.${part}` : attempt > 1 ? `-${attempt}` : "";
  return join(startOf(place), `.${stem}.${id}${end}.part`);
}

/** Where names of a place start. */
export function startOf(
  { directory, entered }: Pick<PartialPlace, "directory" | "entered">,
): string {
  return entered ? "." : directory;
}
