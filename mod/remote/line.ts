/**
 * Synchronous reads of files on HTTP servers. Readers have no network permission: they ask the engine's fetcher
 * over a `MessagePort` and wait on shared memory for the answer.
 */
import { type ErrorRecord, ServiceError } from "../common/errors.ts";
import { fileName } from "./url.ts";

/** A reader's request to the fetcher. */
export interface RangeRequest {
  url: string;
  /** First byte of the range. */
  from: number;
  length: number;
  /** Memory for the answer: a header, the range's bytes, and JSON after them. */
  memory: SharedArrayBuffer;
}

/** A file's properties, known after a range of it was read. */
export interface RemoteInfo {
  /** Length of the whole file in bytes. */
  size: number;
  /** Changes with the file: its ETag or the time of its last change; `null` if the server sends neither. */
  version: string | null;
}

/** A range of a file. */
export interface RemoteRange extends RemoteInfo {
  /** May be shorter than requested at the end of the file. */
  bytes: Uint8Array<SharedArrayBuffer>;
}

/** Words of the header: the state of the answer, and the lengths of bytes and JSON. */
const STATE = 0, BYTES = 1, JSON_BYTES = 2;
const HEADER = 16;
/** Space for the JSON, in bytes. */
const JSON_ROOM = 4096;
/** Time limit of an answer, in milliseconds: longer than all attempts of the fetcher. */
const ANSWER_WITHIN = 300_000;

let line: MessagePort | null = null;

/** Sets this realm's port to the fetcher; `null` for none. */
export function connectLine(port: MessagePort | null): void {
  line?.close();
  line = port;
}

/**
 * Reads a range of a file and waits for it.
 *
 * @throws ServiceError `BASE_NOT_FOUND`, `BASE_UNREADABLE`, `FORBIDDEN_PATH`, as the fetcher reports it.
 */
export function readRange(url: string, from: number, length: number): RemoteRange {
  const memory = new SharedArrayBuffer(HEADER + length + JSON_ROOM);
  const header = new Int32Array(memory, 0, HEADER / 4);
  if (line === null) throw new Error("this realm has no line to a fetcher");
  line.postMessage({ url, from, length, memory } satisfies RangeRequest);
  if (Atomics.wait(header, STATE, 0, ANSWER_WITHIN) === "timed-out") {
    throw new ServiceError("BASE_UNREADABLE", `${fileName(url)} can't be read: no answer came`);
  }
  const text = new Uint8Array(memory, HEADER + length, header[JSON_BYTES]);
  const told: RemoteInfo | { error: ErrorRecord } = JSON.parse(
    new TextDecoder().decode(text.slice()),
  );
  if ("error" in told) throw ServiceError.fromRecord(told.error);
  return { bytes: new Uint8Array(memory, HEADER, header[BYTES]), ...told };
}

/** For the fetcher: the part of a request's memory for the range's bytes. */
export function roomFor({ memory, length }: RangeRequest): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(memory, HEADER, length);
}

/** For the fetcher: completes a request whose `bytes` bytes are in place. */
export function answer(
  { memory, length }: RangeRequest,
  bytes: number,
  told: RemoteInfo | { error: ErrorRecord },
): void {
  const header = new Int32Array(memory, 0, HEADER / 4);
  const room = new Uint8Array(memory, HEADER + length);
  const { read, written } = encodeInto(JSON.stringify(told), room);
  if (read === 0) throw new RangeError("the answer is too long");
  header[BYTES] = bytes;
  header[JSON_BYTES] = written;
  Atomics.store(header, STATE, 1);
  Atomics.notify(header, STATE);
}

/** Like `TextEncoder.encodeInto`, for shared memory. Text that doesn't fit is not written. */
function encodeInto(text: string, room: Uint8Array): { read: number; written: number } {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > room.length) return { read: 0, written: 0 };
  room.set(bytes);
  return { read: text.length, written: bytes.length };
}
