import { join } from "@std/path";
import { type Dataset, openDataset } from "./dataset/dataset.ts";
import { ServiceError } from "./errors.ts";
import type { BaseFiles, Publication } from "./job.ts";
import type { JoinedRowGroup } from "./parquet/join.ts";
import { assertUnchanged } from "./parquet/source.ts";
import { ParquetWriter } from "./parquet/writer.ts";

/** Where a result goes. */
export interface ResultPlace extends PartialPlace {
  /** Length of the file at most. */
  mostBytes: number;
  /** Asked before the result gets its name; what it throws ends the job without a result. */
  permit?: (saved: SavedResult, inode: number) => Promise<void>;
}

/** What the hidden name of a result is made of. */
export interface PartialPlace {
  /** Of the job. */
  id: string;
  /** The how manyeth run of the job, counted from 1. */
  attempt: number;
  /** Real path of the folder. */
  directory: string;
  /** File name without its ending. */
  stem: string;
}

/** A result that has its name: what was written. */
export interface SavedResult {
  file: string;
  bytes: number;
  rows: number;
}

/**
 * Reads the data and writes the result. A result is written under a hidden name in its own folder,
 * brought to the disk, and only then renamed: it appears whole or not at all, also when the power goes.
 */
export class Loader {
  /**
   * Opens the files of a dataset and checks them against each other.
   *
   * @throws ServiceError `BASE_NOT_PARQUET`, `BASE_UNREADABLE`.
   */
  read({ name, files }: BaseFiles): Dataset {
    return openDataset(name, files);
  }

  /**
   * Checks that the data is what it was when it was opened: what was computed from two versions of
   * a file is no result.
   *
   * @throws ServiceError `BASE_UNREADABLE`.
   */
  assertUnchanged({ files }: Dataset): void {
    for (const file of files) assertUnchanged(file);
  }

  /** Starts a result that is columns. */
  table(place: ResultPlace): TableFile {
    return new TableFile(place);
  }

  /** Saves a result that is not columns: one line of JSON. */
  async text(place: ResultPlace, json: string): Promise<SavedResult> {
    const partial = partialPath(place);
    const file = `${place.stem}.txt`;
    const bytes = new TextEncoder().encode(`${json}\n`);
    assertRoom(place, bytes.length);
    try {
      using target = Deno.openSync(partial, { write: true, createNew: true });
      target.lockSync(true); // as in ParquetWriter
      for (let done = 0; done < bytes.length;) done += target.writeSync(bytes.subarray(done));
      await target.sync();
      const saved = { file, bytes: bytes.length, rows: 0 };
      await publish(place, saved);
      return saved;
    } catch (thrown) {
      removeIfThere(partial);
      throw outputError(thrown, place.directory);
    }
  }
}

/** Bytes after which the disk begins to take what is written, while further rows are computed. */
const DISK_BEHIND = 8 << 20;

/** A Parquet result while it is written. */
export class TableFile {
  readonly #place: ResultPlace;
  readonly #partial: string;
  readonly #writer: ParquetWriter;
  /** Bytes on the disk, or on their way there. */
  #sent = 0;
  #sending: Promise<void> | null = null;
  #failure: unknown = null;

  constructor(place: ResultPlace) {
    this.#place = place;
    this.#partial = partialPath(place);
    this.#writer = this.#try(() => new ParquetWriter(this.#partial));
  }

  /** Adds a row group behind those that are there. */
  append(group: JoinedRowGroup): void {
    const bytes = group.parts.flat().reduce((sum, part) => sum + part.bytes.length, 0);
    assertRoom(this.#place, this.#writer.bytes + bytes);
    this.#try(() => this.#writer.appendJoined(group));
    if (this.#sending || this.#writer.bytes - this.#sent < DISK_BEHIND) return;
    this.#sent = this.#writer.bytes;
    // The system tells a disk's failure once only: it is kept until the file is to have its name.
    this.#sending = this.#writer.sync()
      .catch((thrown) => this.#failure ??= thrown)
      .finally(() => this.#sending = null);
  }

  /** Ends the file, brings it to the disk and gives it its name. */
  async commit(): Promise<SavedResult> {
    const { directory, stem } = this.#place;
    try {
      const { bytes, rows } = this.#writer.finish();
      await this.#sending;
      if (this.#failure) throw this.#failure;
      await this.#writer.sync();
      const saved = { file: `${stem}.parquet`, bytes, rows };
      await publish(this.#place, saved);
      this.#writer.close();
      return saved;
    } catch (thrown) {
      throw outputError(thrown, directory);
    }
  }

  /** Gives the result up and removes what was written. */
  abort(): void {
    this.#writer.abort();
  }

  #try<T>(step: () => T): T {
    try {
      return step();
    } catch (thrown) {
      throw outputError(thrown, this.#place.directory);
    }
  }
}

/** Whether a file's name is one that a result has until it is whole: {@linkcode partialPath}. */
export function isPartialName(name: string): boolean {
  return /^\..+\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-\d+)?\.part$/.test(name);
}

/** The hidden name a result has until it is whole. */
export function partialPath({ directory, stem, id, attempt }: PartialPlace): string {
  return join(directory, `.${stem}.${id}${attempt > 1 ? `-${attempt}` : ""}.part`);
}

/** Removes what an engine that died left of a result. */
export function removePartial(place: PartialPlace): void {
  removeIfThere(partialPath(place));
}

/**
 * Whether a result got its name before its engine or the whole service ended. If not, it never will:
 * its hidden name is gone, too.
 */
export function wasPublished(place: PartialPlace, { inode, report }: Publication): boolean {
  removePartial(place);
  try {
    return Deno.statSync(join(place.directory, report.file)).ino === inode;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

async function publish(place: ResultPlace, saved: SavedResult): Promise<void> {
  const partial = partialPath(place);
  await place.permit?.(saved, (await Deno.stat(partial)).ino ?? 0);
  await Deno.rename(partial, join(place.directory, saved.file));
  using folder = await Deno.open(place.directory);
  await folder.sync();
}

function assertRoom({ mostBytes }: ResultPlace, bytes: number): void {
  if (bytes <= mostBytes) return;
  throw new ServiceError(
    "TOO_LARGE",
    `the result would take more than the ${mostBytes} bytes it is allowed; return less or ask for more`,
  );
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

function outputError(thrown: unknown, directory: string): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof Deno.errors.PermissionDenied || /read-only file system/i.test(why)) {
    return new ServiceError(
      "OUTPUT_FAILED",
      `the result can't be written: the service may not write to ${directory}`,
    );
  }
  if (/no space left|disk quota|os error 28|os error 122/i.test(why)) {
    return new ServiceError(
      "OUTPUT_FAILED",
      `the result can't be written: no space is left in ${directory}; make room and send the job again`,
    );
  }
  return new ServiceError("OUTPUT_FAILED", `the result can't be written to ${directory}: ${why}`);
}
