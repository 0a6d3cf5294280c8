/**
 * Synchronous reads of files on HTTP servers. Who reads has no right to the network: it asks the
 * engine's fetcher over a `MessagePort` and waits on shared memory for the answer.
 */
import { type ErrorRecord, ServiceError } from "../common/errors.ts";
import { fileName } from "./url.ts";

/** What a reader asks of the fetcher. */
export interface RangeRequest {
  url: string;
  /** First byte of the range. */
  from: number;
  length: number;
  /** Where the answer goes: a header, the range's bytes, and JSON behind them. */
  memory: SharedArrayBuffer;
}

/** What is known of a file after a range of it was read. */
export interface RemoteInfo {
  /** Length of the whole file in bytes. */
  size: number;
  /** Changes when the file does: its ETag or the time of its last change; `null` where neither is told. */
  version: string | null;
}

/** A range of a file. */
export interface RemoteRange extends RemoteInfo {
  /** May be shorter than asked for, where the file ends. */
  bytes: Uint8Array<SharedArrayBuffer>;
}

/** Words of the header: the answer's state, and lengths of bytes and JSON. */
const STATE = 0, BYTES = 1, JSON_BYTES = 2;
const HEADER = 16;
/** Room for the JSON. */
const JSON_ROOM = 4096;
/** How long an answer may take, in milliseconds: longer than all attempts of the fetcher. */
const ANSWER_WITHIN = 300_000;

let line: MessagePort | null = null;

/** Makes a port to the fetcher this realm's line, in place of the one before; `null` for none. */
export function connectLine(port: MessagePort | null): void {
  line?.close();
  line = port;
}

/**
 * Reads a range of a file, waiting for it.
 *
 * @throws ServiceError `BASE_NOT_FOUND`, `BASE_UNREADABLE`, `FORBIDDEN_PATH`, as the fetcher told it.
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

/** The fetcher's side: the place in a request's memory for the range's bytes. */
export function roomFor({ memory, length }: RangeRequest): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(memory, HEADER, length);
}

/** The fetcher's side: ends a request of which `bytes` bytes are in their place. */
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

/** Like `TextEncoder.encodeInto`, for shared memory; nothing is written of what doesn't fit. */
function encodeInto(text: string, room: Uint8Array): { read: number; written: number } {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > room.length) return { read: 0, written: 0 };
  room.set(bytes);
  return { read: text.length, written: bytes.length };
}
