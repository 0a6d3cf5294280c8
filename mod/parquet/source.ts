import { basename } from "@std/path";
import { ServiceError } from "../errors.ts";

/** Synchronous reads at any position of one file that must not change meanwhile. */
export class ByteSource implements Disposable {
  readonly path: string;
  /** Length in bytes when the file was opened. */
  readonly size: number;
  /** Time of the last change in milliseconds since 1970 when the file was opened. */
  readonly modified: number | null;
  /** Bytes read so far. */
  bytesRead = 0;
  readonly #file: Deno.FsFile;
  #position = -1;

  private constructor(path: string, file: Deno.FsFile, info: Deno.FileInfo) {
    this.path = path;
    this.#file = file;
    this.size = info.size;
    this.modified = info.mtime?.getTime() ?? null;
  }

  /**
   * Opens a file.
   *
   * @throws Deno.errors.NotFound, Deno.errors.PermissionDenied and their like as they come;
   * ServiceError `BASE_NOT_PARQUET` for a folder, a pipe or a device.
   */
  static open(path: string): ByteSource {
    if (!Deno.statSync(path).isFile) {
      throw new ServiceError("BASE_NOT_PARQUET", `${basename(path)} is not a file`);
    }
    const file = Deno.openSync(path, { read: true });
    try {
      return new ByteSource(path, file, file.statSync());
    } catch (thrown) {
      file.close();
      throw thrown;
    }
  }

  /**
   * Reads exactly `length` bytes from `offset`.
   *
   * @throws ServiceError `BASE_UNREADABLE` when the file ends before that or can't be read.
   */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    this.readInto(offset, bytes);
    return bytes;
  }

  /** Like {@linkcode ByteSource.read}, into the whole of `target`. */
  readInto(offset: number, target: Uint8Array): void {
    try {
      if (offset !== this.#position) this.#file.seekSync(offset, Deno.SeekMode.Start);
      this.#position = -1;
      let done = 0;
      while (done < target.length) {
        const count = this.#file.readSync(target.subarray(done));
        if (!count) throw this.#changed();
        done += count;
      }
      this.#position = offset + done;
      this.bytesRead += done;
    } catch (thrown) {
      if (thrown instanceof ServiceError) throw thrown;
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      throw new ServiceError("BASE_UNREADABLE", `${basename(this.path)} can't be read: ${why}`);
    }
  }

  /**
   * Checks that size and time of change are what they were when the file was opened.
   *
   * @throws ServiceError `BASE_UNREADABLE` when they are not.
   */
  assertUnchanged(): void {
    const info = this.#file.statSync();
    if (info.size !== this.size || (info.mtime?.getTime() ?? null) !== this.modified) {
      throw this.#changed();
    }
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #changed(): ServiceError {
    return new ServiceError(
      "BASE_UNREADABLE",
      `${
        basename(this.path)
      } changed or shrank while it was read; send the job again when nothing writes to it`,
    );
  }
}
