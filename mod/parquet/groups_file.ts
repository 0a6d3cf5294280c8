import { deserialize, serialize } from "node:v8";
import type { EncodedRowGroup } from "./output.ts";
import type { JoinedRowGroup } from "./join.ts";

/** Ends the file: 8 bytes with the index's length, and this. */
const MAGIC = new TextEncoder().encode("MTRG");

/** A row group without its bytes: how many each of its parts has. */
interface Placed {
  rows: number;
  parts: (Omit<EncodedRowGroup, "bytes"> & { length: number })[][];
}

/**
 * Row groups on the way to a result: their bytes one after another, and behind them an index. What is
 * read back is what was appended.
 */
export class GroupsFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #placed: Placed[] = [];
  #position = 0;
  #open = true;

  /** Creates the file, as `ParquetWriter` does. */
  constructor(path: string) {
    this.#path = path;
    this.#file = Deno.openSync(path, { write: true, createNew: true });
    this.#file.lockSync(true);
  }

  get bytes(): number {
    return this.#position;
  }

  /** Adds a row group behind those that are there. */
  appendJoined({ rows, parts }: JoinedRowGroup): void {
    this.#placed.push({
      rows,
      parts: parts.map((followers) =>
        followers.map(({ bytes, ...rest }) => ({ ...rest, length: bytes.length }))
      ),
    });
    for (const { bytes } of parts.flat()) this.#write(bytes);
  }

  /** Writes the index. */
  finish(): { bytes: number; rows: number } {
    const index = serialize(this.#placed);
    this.#write(index);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(index.length), true);
    this.#write(length);
    this.#write(MAGIC);
    const rows = this.#placed.reduce((sum, group) => sum + group.rows, 0);
    return { bytes: this.#position, rows };
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  abort(): void {
    this.close();
    try {
      Deno.removeSync(this.#path);
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }

  close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }

  #write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += this.#file.writeSync(bytes.subarray(done));
    this.#position += bytes.length;
  }
}

/**
 * The row groups of a file, one after another.
 *
 * @throws Error when it is none, or cut off.
 */
export function* readGroups(path: string): Generator<JoinedRowGroup, void> {
  using file = Deno.openSync(path);
  const end = MAGIC.length + 8;
  const { size } = file.statSync();
  if (size < end) throw new Error(`${path} is cut off`);
  const tail = readAt(file, size - end, end);
  if (MAGIC.some((byte, at) => tail[8 + at] !== byte)) throw new Error(`${path} is cut off`);
  const length = Number(new DataView(tail.buffer).getBigUint64(0, true));
  if (length > size - end) throw new Error(`${path} is damaged`);
  const placed: Placed[] = deserialize(readAt(file, size - end - length, length));
  let at = 0;
  for (const { rows, parts } of placed) {
    yield {
      rows,
      parts: parts.map((followers) =>
        followers.map(({ length, ...rest }) => {
          const bytes = readAt(file, at, length);
          at += length;
          return { ...rest, bytes };
        })
      ),
    };
  }
}

function readAt(file: Deno.FsFile, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let done = 0; done < length;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) throw new Error("the file ends too early");
    done += count;
  }
  return bytes;
}
