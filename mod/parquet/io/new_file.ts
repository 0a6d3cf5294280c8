/** A file that is written from front to back, and locked until it is closed, so that others can tell it from what a dead process left. */
export class NewFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #length = 0;
  #open = true;

  /** Creates the file, which must not be there yet. Errors of the system pass through. */
  constructor(path: string) {
    this.#path = path;
    this.#file = Deno.openSync(path, { write: true, createNew: true });
    try {
      this.#file.lockSync(true);
    } catch (thrown) {
      this.abort();
      throw thrown;
    }
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += this.#file.writeSync(bytes.subarray(done));
    this.#length += bytes.length;
  }

  /** Brings what is written to the disk. */
  sync(): Promise<void> {
    return this.#file.sync();
  }

  /** Closes the file and removes it, finished or not. */
  abort(): void {
    this.close();
    try {
      Deno.removeSync(this.#path);
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }

  /** Closes the file; further calls do nothing. */
  close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }
}
