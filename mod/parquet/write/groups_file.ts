import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import type { EncodedRowGroup } from "./output_column.ts";
import type { JoinedRowGroup } from "./join_row_groups.ts";
import { NewFile } from "../io/new_file.ts";

/** Ends the file: 8 bytes with the index's length, and this. */
const MAGIC = new TextEncoder().encode("MTRG");

/** A row group without its bytes: how many each of its parts has. */
interface Placed {
  rows: number;
  parts: (Omit<EncodedRowGroup, "bytes"> & { length: number })[][];
}

/**
 * Row groups on the way to a result: their bytes one after another, and behind them an index. What is
 * read back is what was appended, or an error: a checksum tells, so that nobody has to wait for the disk.
 */
export class GroupsFile {
  readonly #file: NewFile;
  readonly #placed: Placed[] = [];
  #checksum = 0;

  /** Creates the file, as {@linkcode NewFile} does. */
  constructor(path: string) {
    this.#file = new NewFile(path);
  }

  get bytes(): number {
    return this.#file.length;
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

  /** Writes the index. Gives, with the file's length and rows, the CRC-32 of all its bytes. */
  finish(): { bytes: number; rows: number; checksum: number } {
    const index = serialize(this.#placed);
    this.#write(index);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(index.length), true);
    this.#write(length);
    this.#write(MAGIC);
    const rows = this.#placed.reduce((sum, group) => sum + group.rows, 0);
    return { bytes: this.#file.length, rows, checksum: this.#checksum };
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  abort(): void {
    this.#file.abort();
  }

  close(): void {
    this.#file.close();
  }

  #write(bytes: Uint8Array): void {
    this.#checksum = crc32(bytes, this.#checksum);
    this.#file.write(bytes);
  }
}

/**
 * The row groups of a file, one after another.
 *
 * @param checksum What the file's bytes must come to. Behind the last row group it is known whether they do.
 * @throws Error when it is none, cut off, or not what was written.
 */
export function* readGroups(path: string, checksum: number): Generator<JoinedRowGroup, void> {
  using file = Deno.openSync(path);
  const end = MAGIC.length + 8;
  const { size } = file.statSync();
  if (size < end) throw new Error(`${path} is cut off`);
  const tail = readAt(file, size - end, end);
  if (MAGIC.some((byte, at) => tail[8 + at] !== byte)) throw new Error(`${path} is cut off`);
  const length = Number(new DataView(tail.buffer).getBigUint64(0, true));
  if (length > size - end) throw new Error(`${path} is damaged`);
  const index = readAt(file, size - end - length, length);
  const placed: Placed[] = deserialize(index);
  let at = 0, sum = 0;
  for (const { rows, parts } of placed) {
    yield {
      rows,
      parts: parts.map((followers) =>
        followers.map(({ length, ...rest }) => {
          const bytes = readAt(file, at, length);
          sum = crc32(bytes, sum);
          at += length;
          return { ...rest, bytes };
        })
      ),
    };
  }
  if (crc32(tail, crc32(index, sum)) !== checksum) throw new Error(`${path} is damaged`);
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
