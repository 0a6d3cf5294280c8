import { join } from "@std/path";
import { openDataset, type OpenedDataset } from "./dataset/dataset.ts";
import { ServiceError } from "./common/errors.ts";
import { fileName } from "./remote/url.ts";
import {
  type BaseFiles,
  type FileIdentity,
  JOB_ID,
  type JobReport,
  type Publication,
} from "./job/request.ts";
import { GroupsFile } from "./parquet/write/groups_file.ts";
import type { JoinedRowGroup } from "./parquet/write/join_row_groups.ts";
import { assertUnchanged } from "./parquet/io/source.ts";
import { ParquetWriter } from "./parquet/write/writer.ts";

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

export type Permit = (saved: SavedResult, inode: number) => Promise<void>;

/** What the hidden name of a result is made of. */
export interface PartialPlace {
  /** Of the job. */
  id: string;
  /** The how manyeth run of the job, counted from 1. */
  attempt: number;
  /** Real path of the folder. */
  directory: string;
  /** Whether this process works in the folder ({@linkcode enterDirectory}): names start there, whatever its path leads to by then. */
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

/**
 * Reads the data and writes the result. A result is written under a hidden name in its folder, flushed to the
 * disk, and then renamed. So it appears whole or not at all, even if the power fails.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parquetWriteBuffer } from "hyparquet-writer";
 * import { Loader } from "./mod.ts";
 *
 * const directory = await Deno.realPath(await Deno.makeTempDir());
 * const path = `${directory}/a.parquet`;
 * const columnData = [{ name: "u", data: Float64Array.of(3, 4), type: "DOUBLE" as const }];
 * await Deno.writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData })));
 *
 * const loader = new Loader();
 * assertEquals(loader.read({ name: "a.parquet", files: [{ path, hive: {} }] }).rows, 2);
 * const place = { id: crypto.randomUUID(), attempt: 1, directory, stem: "work", mostBytes: 1000 };
 * assertEquals((await loader.text(place, '{"mean":3.5}')).file, "work.txt");
 * assertEquals(await Deno.readTextFile(`${directory}/work.txt`), '{"mean":3.5}\n');
 * ```
 */
export class Loader {
  /**
   * Opens the files of a dataset and checks them against each other.
   *
   * @throws ServiceError `BASE_NOT_FOUND`, `BASE_NOT_PARQUET`, `BASE_UNREADABLE`.
   */
  read({ name, files }: BaseFiles): OpenedDataset {
    try {
      return openDataset(name, files);
    } catch (thrown) {
      if (thrown instanceof ServiceError) throw withRemedy(thrown, files);
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
      throw new ServiceError("BASE_NOT_FOUND", `a file of ${name} is not there any more`);
    }
  }

  /**
   * Checks that the data is what it was when it was opened: what was computed from two versions of
   * a file is no result.
   *
   * @throws ServiceError `BASE_UNREADABLE`.
   */
  assertUnchanged({ files }: Pick<OpenedDataset, "files">): void {
    for (const file of files) assertUnchanged(file);
  }

  /** Starts a result that is columns. */
  table(place: ResultPlace): TableFile {
    return new TableFile(place);
  }

  /** Puts bytes down under a hidden name that they keep; they are not brought to the disk. */
  part(place: ResultPlace & { part: string }, bytes: Uint8Array): void {
    assertFits(place, bytes.length);
    assertUnmoved(place);
    try {
      writeNew(partialPath(place), bytes).close();
    } catch (thrown) {
      removeIfThere(partialPath(place));
      throw outputError(thrown, place.directory);
    }
  }

  /** Saves a result that is not columns: one line of JSON. */
  async text(place: ResultPlace, json: string): Promise<SavedResult> {
    const partial = partialPath(place);
    const file = `${place.stem}.txt`;
    const bytes = new TextEncoder().encode(`${json}\n`);
    assertFits(place, bytes.length);
    assertUnmoved(place);
    try {
      using held = writeNew(partial, bytes);
      const saved: SavedResult = { file, bytes: bytes.length, rows: 0 };
      await publish(place, saved, () => held.sync());
      return saved;
    } catch (thrown) {
      removeIfThere(partial);
      throw outputError(thrown, place.directory);
    }
  }
}

/** Other formats of tables, by the endings of their files, and what reads them in Python. */
const OTHER_FORMATS: Readonly<Record<string, string>> = {
  csv: "pandas.read_csv(FILE)",
  tsv: "pandas.read_csv(FILE, sep='\\t')",
  txt: "pandas.read_csv(FILE)",
  json: "pandas.read_json(FILE)",
  xls: "pandas.read_excel(FILE)",
  xlsx: "pandas.read_excel(FILE)",
  feather: "pandas.read_feather(FILE)",
  arrow: "pandas.read_feather(FILE)",
  orc: "pandas.read_orc(FILE)",
  h5: "pandas.read_hdf(FILE)",
};

/** An error for a file of another format, with what makes it Parquet; any other as it is. */
function withRemedy(error: ServiceError, files: BaseFiles["files"]): ServiceError {
  if (error.code !== "BASE_NOT_PARQUET") return error;
  const name = files.map(({ path }) => fileName(path)).find((one) => error.message.startsWith(one));
  const [, stem, ending] = /^(.*)\.([a-z0-9]+)$/i.exec(name ?? "") ?? [];
  const format = ending?.toLowerCase() ?? "";
  if (name === undefined || !Object.hasOwn(OTHER_FORMATS, format)) return error;
  const read = OTHER_FORMATS[format]!.replace("FILE", `'${name}'`);
  return new ServiceError(
    error.code,
    `${error.message}; make it Parquet first, in Python: ${read}.to_parquet('${stem}.parquet')`,
  );
}

/** Bytes after which the disk begins to take what is written, while further rows are computed. */
const DISK_BEHIND = 8 << 20;

/** A Parquet result while it is written. */
export class TableFile {
  readonly #place: ResultPlace;
  readonly #partial: string;
  readonly #writer: ParquetWriter | GroupsFile;
  /** Bytes on the disk, or on their way there. */
  #sent = 0;
  #sending: Promise<void> | null = null;
  #failure: unknown = null;

  constructor(place: ResultPlace) {
    this.#place = place;
    this.#partial = partialPath(place);
    assertUnmoved(place);
    this.#writer = this.#try(() => this.#open());
  }

  #open(): ParquetWriter | GroupsFile {
    if (this.#place.loose) return new GroupsFile(this.#partial);
    if (!this.#place.folder) return new ParquetWriter(this.#partial);
    Deno.mkdirSync(this.#partial);
    return new ParquetWriter(join(this.#partial, partName(0)));
  }

  /** Adds a row group behind those that are there. */
  append(group: JoinedRowGroup): void {
    const bytes = group.parts.flat().reduce((sum, part) => sum + part.bytes.length, 0);
    assertFits(this.#place, this.#writer.bytes + bytes);
    this.#try(() => this.#writer.appendJoined(group));
    if (this.#place.loose || this.#sending || this.#writer.bytes - this.#sent < DISK_BEHIND) return;
    this.#sent = this.#writer.bytes;
    // The system tells a disk's failure once only: it is kept until the file is to have its name.
    this.#sending = this.#writer.sync()
      .catch((thrown) => this.#failure ??= thrown)
      .finally(() => this.#sending = null);
  }

  /** Ends the file, brings it to the disk and gives it its name. */
  async commit(): Promise<SavedResult> {
    const { directory, stem, folder } = this.#place;
    try {
      const { bytes, rows, ...rest } = this.#writer.finish();
      if (this.#place.loose) {
        this.#writer.close();
        return { file: "", bytes, rows, ...rest };
      }
      await this.#sending;
      if (this.#failure) throw this.#failure;
      const saved: SavedResult = { file: folder ? `${stem}/` : `${stem}.parquet`, bytes, rows };
      await publish(this.#place, saved, async () => {
        await this.#writer.sync();
        if (folder) await syncFolder(this.#partial);
      });
      this.#writer.close();
      return saved;
    } catch (thrown) {
      throw outputError(thrown, directory);
    }
  }

  /** Gives the result up and removes what was written. */
  abort(): void {
    this.#writer.abort();
    if (this.#place.folder) removeIfThere(this.#partial);
  }

  #try<T>(step: () => T): T {
    try {
      return step();
    } catch (thrown) {
      throw outputError(thrown, this.#place.directory);
    }
  }
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
function startOf({ directory, entered }: Pick<PartialPlace, "directory" | "entered">): string {
  return entered ? "." : directory;
}

/**
 * Makes a folder the one that this process works in: what is created, renamed and removed by name from now on
 * lies in it, also when its path has been made to lead elsewhere.
 *
 * @param directory Its real path, as it was when it was found under a root.
 * @throws ServiceError `OUTPUT_FAILED` when the path leads elsewhere by now.
 */
export function enterDirectory(directory: string): void {
  try {
    Deno.chdir(directory);
  } catch (thrown) {
    throw outputError(thrown, directory);
  }
  assertUnmoved({ directory, entered: true });
}

/** @throws ServiceError `OUTPUT_FAILED` when a folder is not where it was, or a link stands in its place. */
function assertUnmoved({ directory, entered }: Pick<PartialPlace, "directory" | "entered">): void {
  try {
    const now = entered ? Deno.cwd() : Deno.realPathSync(directory);
    if (now === directory) return;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw outputError(thrown, directory);
  }
  throw new ServiceError(
    "OUTPUT_FAILED",
    `the folder ${directory} was moved, removed or replaced while the job ran; send the job again when it stays`,
  );
}

/** Removes what an engine that died left of a result. */
export function removePartial(place: PartialPlace): void {
  if (isUnmoved(place)) removeIfThere(partialPath(place));
}

/** Whether a folder is where it was: in another that has its name by now there is nothing of a job. */
function isUnmoved(place: PartialPlace): boolean {
  try {
    assertUnmoved(place);
    return true;
  } catch {
    return false;
  }
}

/**
 * What a job reports whose result got its name before its engine or the whole service ended; `null` where it didn't.
 * Then it never will: its hidden name is gone, too.
 */
export function publishedReport(
  place: PartialPlace,
  { inode, report }: Publication,
): JobReport | null {
  removePartial(place);
  const written = identityOf(join(place.directory, report.file));
  return written?.inode === inode ? { ...report, written } : null;
}

/** What tells the file at a path from others; `null` where there is none. */
export function identityOf(path: string): FileIdentity | null {
  try {
    const { ino, size, mtime } = Deno.statSync(path);
    return { inode: ino ?? 0, size, modified: mtime?.getTime() ?? 0 };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw thrown;
  }
}

/** Gives a result its name. What is a part, or gets its name later, keeps the hidden one. */
async function publish(
  place: ResultPlace,
  saved: SavedResult,
  bringToDisk: () => Promise<void>,
): Promise<void> {
  if (place.part !== undefined) {
    await bringToDisk();
    return assertUnmoved(place);
  }
  await publishPartial(place, saved, place.permit, bringToDisk, place.replaced);
}

/**
 * Gives the name to what is whole under its hidden one, and notes in `saved` what it is known by.
 *
 * @param bringToDisk Has it brought to the disk, where it is not there yet; meanwhile the permit is asked for.
 * @param replaced As {@linkcode ResultPlace} has it.
 * @throws ServiceError `OUTPUT_FAILED`; what `permit` and `bringToDisk` throw.
 */
export async function publishPartial(
  place: PartialPlace,
  saved: SavedResult,
  permit?: Permit,
  bringToDisk?: () => Promise<void>,
  replaced?: (file: Deno.FsFile) => void,
): Promise<void> {
  const partial = partialPath(place);
  const target = join(startOf(place), saved.file);
  const { ino, isDirectory } = Deno.statSync(partial);
  if (isDirectory) assertReplaceable(target, saved.file);
  for (const end of await Promise.allSettled([bringToDisk?.(), permit?.(saved, ino ?? 0)])) {
    if (end.status === "rejected") throw end.reason;
  }
  assertUnmoved(place);
  // A file system of another machine has its own time for what was brought there.
  const written = identityOf(partial);
  if (written !== null) saved.written = written;
  if (isDirectory) removeIfThere(target); // a folder takes the place of an empty one only
  const old = replaced ? openPlain(target) : null;
  if (old) replaced!(old);
  Deno.renameSync(partial, target.replace(/\/$/, ""));
  await syncFolder(startOf(place));
}

/** A folder takes the place of an earlier result only. @throws ServiceError `OUTPUT_FAILED` */
export function assertReplaceable(path: string, name: string): void {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(path)];
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return;
    throw new ServiceError("OUTPUT_FAILED", `${name} is there already and is no folder`);
  }
  const strange = entries.find(({ name, isFile }) => !isFile || !/^part\.\d+\.parquet$/.test(name));
  if (strange === undefined) return;
  throw new ServiceError(
    "OUTPUT_FAILED",
    `the folder ${name} holds ${strange.name}, which is no part of a result, and stays as it is; give another name as Output`,
  );
}

/** A plain file that is there and may be read; `null` for anything else, which is replaced as well. */
function openPlain(path: string): Deno.FsFile | null {
  try {
    return Deno.lstatSync(path).isFile ? Deno.openSync(path) : null;
  } catch {
    return null;
  }
}

async function syncFolder(path: string): Promise<void> {
  using folder = Deno.openSync(path);
  await folder.sync();
}

/** Writes a file that must not be there yet, and keeps it locked until it is closed, as ParquetWriter does. */
function writeNew(path: string, bytes: Uint8Array): Deno.FsFile {
  const file = Deno.openSync(path, { write: true, createNew: true });
  try {
    file.lockSync(true);
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    return file;
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}

/** @throws ServiceError `TOO_LARGE` for a result of more bytes than it may have */
export function assertFits({ mostBytes }: ResultPlace, bytes: number): void {
  if (bytes <= mostBytes) return;
  throw new ServiceError(
    "TOO_LARGE",
    `the result would take more than the ${mostBytes} bytes it is allowed; return less or ask for more`,
  );
}

/** Removes a file, or a folder with all it holds; one that is gone already is as good. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
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
