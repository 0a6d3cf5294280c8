import { readRange, type RemoteInfo } from "../../remote/line.ts";
import { isUrl } from "../../remote/url.ts";
import { SourceError } from "./errors.ts";

// A formula shares the realm, and what it finds there by then is less.
const { errors, openSync, SeekMode, statSync } = Deno;

/** What tells a file from a later version of it. */
export interface FileVersion {
  /** Length in bytes. */
  size: number;
  /** Time of the last change (of a file on an HTTP server its ETag); `null` where it is not known. */
  version: string | null;
}

/** Synchronous reads at any position of one file that must not change meanwhile. */
export abstract class ByteSource implements Disposable, FileVersion {
  readonly path: string;
  readonly size: number;
  readonly version: string | null;
  /** Bytes that are worth reading at once where many are wanted. */
  abstract readonly stride: number;
  /** Bytes read so far. */
  bytesRead = 0;

  constructor(path: string, { size, version }: FileVersion) {
    this.path = path;
    this.size = size;
    this.version = version;
  }

  /**
   * Reads exactly `length` bytes from `offset`.
   *
   * @throws SourceError when the file ends before that or can't be read.
   */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    this.readInto(offset, bytes);
    return bytes;
  }

  /** Like {@linkcode ByteSource.read}, into the whole of `target`. */
  abstract readInto(offset: number, target: Uint8Array): void;

  /** Bytes of it that are kept in memory. */
  get keptBytes(): number {
    return 0;
  }

  /** Whether it takes one of the files that a process may have open. */
  get isOpen(): boolean {
    return false;
  }

  /** Reads all of it, if it is small. */
  readWhole(): void {}

  abstract close(): void;

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Opens a file of a dataset, by path or URL.
 *
 * @param known What is known of it already, which saves a request to an HTTP server.
 * @throws Deno.errors.NotFound of a file that is not known yet, and its like; SourceError for a file that may not be
 * read, a folder, a pipe or a device; the errors of {@linkcode readRange}.
 */
export function openSource(path: string, known?: FileVersion): ByteSource {
  if (isUrl(path)) return RemoteSource.open(path, known);
  return known ? stillThere(path, () => FileSource.open(path)) : FileSource.open(path);
}

/** Bytes of a file that is read as a whole at most, once it was read at more than some places. */
const SMALL = 1 << 18, FEW_READS = 24;

class FileSource extends ByteSource {
  // What fits into a core's cache beside what is made of it.
  override readonly stride = 256 << 10;
  readonly #file: Deno.FsFile;
  #position = -1;
  #reads = 0;
  /** All of it, where it is small and read at many places. */
  #whole: Uint8Array | null = null;

  private constructor(path: string, file: Deno.FsFile, info: Deno.FileInfo) {
    super(path, versionOf(info));
    this.#file = file;
  }

  static open(path: string): FileSource {
    // By its name, before it is opened: where a link is followed, the open file's own can't be asked for.
    const info = statSync(path);
    if (!info.isFile) throw new SourceError("not a file", path);
    try {
      return new FileSource(path, openSync(path, { read: true }), info);
    } catch (thrown) {
      if (!(thrown instanceof errors.PermissionDenied)) throw thrown;
      throw new SourceError("not permitted", path, thrown.message);
    }
  }

  override readInto(offset: number, target: Uint8Array): void {
    if (++this.#reads > FEW_READS) this.readWhole();
    if (this.#whole === null) this.#read(offset, target);
    else if (offset + target.length > this.size) throw changed(this.path);
    else target.set(this.#whole.subarray(offset, offset + target.length));
  }

  #read(offset: number, target: Uint8Array): void {
    try {
      if (offset !== this.#position) this.#file.seekSync(offset, SeekMode.Start);
      this.#position = -1;
      let done = 0;
      while (done < target.length) {
        const count = this.#file.readSync(target.subarray(done));
        if (!count) throw changed(this.path);
        done += count;
      }
      this.#position = offset + done;
      this.bytesRead += done;
    } catch (thrown) {
      if (thrown instanceof SourceError) throw thrown;
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      throw new SourceError("unreadable", this.path, why);
    }
  }

  override get keptBytes(): number {
    return this.#whole?.length ?? 0;
  }

  override get isOpen(): boolean {
    return this.#whole === null;
  }

  override readWhole(): void {
    if (this.size > SMALL || this.#whole !== null) return;
    const whole = new Uint8Array(this.size);
    this.#read(0, whole);
    this.#whole = whole;
    this.#file.close();
  }

  override close(): void {
    if (this.isOpen) this.#file.close();
  }
}

/** A file on an HTTP server; every answer tells whether it is still the same file. */
class RemoteSource extends ByteSource {
  override readonly stride = 4 << 20;
  /** The first bytes, where opening the file brought them. */
  readonly #head: Uint8Array;

  private constructor(path: string, version: FileVersion, head: Uint8Array) {
    super(path, version);
    this.#head = head;
  }

  static open(url: string, known?: FileVersion): RemoteSource {
    if (known) return new RemoteSource(url, known, new Uint8Array(0));
    const { bytes, ...info } = readRange(url, 0, 4);
    return new RemoteSource(url, info, bytes.slice());
  }

  override readInto(offset: number, target: Uint8Array): void {
    if (target.length === 0) return;
    this.bytesRead += target.length;
    if (offset + target.length <= this.#head.length) {
      target.set(this.#head.subarray(offset, offset + target.length));
      return;
    }
    if (offset + target.length > this.size) throw changed(this.path);
    const { bytes, ...info } = readRange(this.path, offset, target.length);
    assertSame(this.path, this, info);
    target.set(bytes);
  }

  override close(): void {}
}

/**
 * Checks that what is open is the file that was planned.
 *
 * @throws SourceError when it is another version of it.
 */
export function assertSame(path: string, planned: FileVersion, now: FileVersion): void {
  if (now.size !== planned.size || now.version !== planned.version) throw changed(path);
}

/**
 * Looks at a file anew.
 *
 * @throws SourceError when it is not the version that was planned.
 */
export function assertUnchanged({ path, size, version }: FileVersion & { path: string }): void {
  const now: FileVersion | RemoteInfo = isUrl(path)
    ? readRange(path, 0, 1)
    : stillThere(path, () => versionOf(statSync(path)));
  assertSame(path, { size, version }, now);
}

/** Does something with a file that was there when the job was planned. */
function stillThere<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    throw thrown instanceof errors.NotFound ? changed(path) : thrown;
  }
}

function versionOf({ size, mtime, dev, ino }: Deno.FileInfo): FileVersion {
  return { size, version: `${mtime?.getTime()} ${dev} ${ino}` };
}

function changed(path: string): SourceError {
  return new SourceError("changed", path);
}
