import { writeAll } from "../../common/write_all.ts";
import type { Socket } from "../../wire/connection.ts";
import type { HttpLimits } from "../../wire/connection_limits.ts";
import { CR, HeadEnd, LF } from "./head_end.ts";

/** Lengths of a first head in bytes: what there is room for at first, and at most. */
const SHORT_HEAD = 1024, LONGEST_HEAD = 16 * 1024;
/** What is on its way in either direction, in bytes. */
const PASSED_BYTES = 16 * 1024;
/** Times in milliseconds: for an answer to begin, which a look at a large result takes long for; … */
const ANSWER_WITHIN = 600_000;
/** … without a byte of the answer to a client that has sent its end; and for a client to see ours. */
const REST_WITHIN = 1000, END_WITHIN = 2000;

/**
 * What a connection is doing, as far as bytes tell: a head comes, the server owes an answer, it has spoken
 * last, or it has ended.
 */
export type Phase = "head" | "answer" | "idle" | "ending";

/** What a connection is part of. */
export interface Surroundings {
  limits: Readonly<HttpLimits>;
  /** A line of a head, with its end, that the server is told with the first request. */
  line: string;
  /** A connection to the server that answers. */
  connect: () => Promise<Deno.UnixConn>;
  /** It took too long over what it was doing. */
  onLate: (phase: Phase) => void;
  /** It is closed; the system lets go of its socket when this settles. */
  onClosed: (released: Promise<unknown>) => void;
}

/**
 * A client's connection: its bytes are passed on to the server that answers, and back. That has no limits of
 * time; here they are kept, by looking at nothing but when bytes go which way, and for the empty line that ends
 * a request's head. Of a client that has sent no head yet the server doesn't hear.
 */
export class HttpConnection {
  readonly #client: Socket;
  readonly #around: Surroundings;
  #inner: Deno.UnixConn | null = null;
  #phase: Phase = "head";
  /** `performance.now()` after which what is being done has taken too long. */
  #deadline = 0;
  #headEnd = new HeadEnd();
  /** The client has sent its end. */
  #ended = false;
  #stopping = false;
  #closed = false;
  /** Settles when no write to the client is under way. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(client: Socket, around: Surroundings) {
    this.#client = client;
    this.#around = around;
    this.#enter("head");
  }

  /** Passes on what comes until either side has ended; settles when it is closed. */
  async serve(): Promise<void> {
    try {
      const head = await this.#firstHead();
      if (head !== null) await this.#pass(withLine(head, this.#around.line));
    } catch {
      // The client has gone, or this was closed: there is nobody left to answer.
    }
    this.close();
  }

  /** Closes it as soon as what was asked for is answered. */
  stop(): void {
    this.#stopping = true;
    if (this.#inner === null || this.#phase === "ending") this.close();
  }

  /** Closes at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deadline = Infinity;
    closeQuietly(this.#client);
    if (this.#inner !== null) closeQuietly(this.#inner);
    // Deno ends reads with their socket, but no writes: those end with the client.
    this.#around.onClosed(this.#writing.catch(() => {}));
  }

  /** Closes it when it is over its time; whoever owns it calls this now and then. */
  checkTime(now: number): void {
    if (now <= this.#deadline) return;
    if (this.#phase !== "ending" && !this.#ended) this.#around.onLate(this.#phase);
    this.close();
  }

  /** Bytes up to the end of the first head and what came with it; null where there is none. */
  async #firstHead(): Promise<Uint8Array | null> {
    let buffer = new Uint8Array(SHORT_HEAD);
    for (let length = 0; length < LONGEST_HEAD;) {
      if (length === buffer.length) buffer = grown(buffer);
      const count = await this.#client.read(buffer.subarray(length));
      if (count === null) return null;
      this.#heard(buffer.subarray(length, length + count));
      length += count;
      if (this.#phase === "answer") return buffer.subarray(0, length);
    }
    await this.#refuse(431, "Request Header Fields Too Large");
    return null;
  }

  async #pass(head: Uint8Array): Promise<void> {
    let inner: Deno.UnixConn;
    try {
      inner = await this.#around.connect();
    } catch {
      // Whoever connects has told why.
      return await this.#refuse(503, "Service Unavailable");
    }
    this.#inner = inner;
    if (this.#closed) return closeQuietly(inner);
    await Promise.all([this.#passReplies(inner), this.#passRequests(inner, head)]);
  }

  async #passRequests(inner: Deno.UnixConn, head: Uint8Array): Promise<void> {
    let taken = await isTaken(inner, head);
    const buffer = new Uint8Array(PASSED_BYTES);
    for (let count; (count = await this.#client.read(buffer)) !== null;) {
      const bytes = buffer.subarray(0, count);
      this.#heard(bytes);
      // What the server doesn't take any more must be read all the same, or its last reply would be lost.
      if (taken) taken = await isTaken(inner, bytes);
    }
    this.#ended = true;
    // The server hangs up on who has sent an end, answered or not: it is told when it has spoken.
    if (this.#phase === "head") this.close();
    if (this.#phase !== "idle") return;
    this.#enter("idle");
    await inner.closeWrite();
  }

  async #passReplies(inner: Deno.UnixConn): Promise<void> {
    const buffer = new Uint8Array(PASSED_BYTES);
    for (let count; (count = await readOrEnd(inner, buffer)) !== null;) {
      // From here on it is the client that must take it, and then ask.
      this.#enter("idle");
      await this.#write(buffer.subarray(0, count));
      // A client may have asked on before it is known here that all was written.
      if (this.#phase === "idle") this.#enter("idle");
    }
    await this.#finish();
  }

  /** Sends the end, and gives the client a moment to see it. */
  async #finish(): Promise<void> {
    // Over TLS this waits for the client to read what was sent.
    this.#enter("ending", this.#timeFor("idle"));
    await this.#client.closeWrite();
    this.#enter("ending");
    if (this.#stopping) this.close();
  }

  async #refuse(status: number, reason: string): Promise<void> {
    this.#enter("ending");
    await this.#write(shortReply(status, reason));
    await this.#finish();
    const buffer = new Uint8Array(SHORT_HEAD);
    while (await this.#client.read(buffer) !== null);
  }

  #write(bytes: Uint8Array): Promise<void> {
    const writing = writeAll(this.#client, bytes);
    this.#writing = writing;
    return writing;
  }

  /** What the client sends begins a request where the server spoke last. */
  #heard(bytes: Uint8Array): void {
    if (this.#phase === "idle") {
      this.#headEnd = new HeadEnd();
      this.#enter("head");
    }
    if (this.#phase === "head" && this.#headEnd.isIn(bytes)) this.#enter("answer");
  }

  #enter(phase: Phase, milliseconds = this.#timeFor(phase)): void {
    if (this.#closed) return;
    this.#phase = phase;
    this.#deadline = performance.now() + milliseconds;
  }

  /** Milliseconds. */
  #timeFor(phase: Phase): number {
    const { httpHeadSeconds, httpIdleSeconds } = this.#around.limits;
    switch (phase) {
      case "head":
        return httpHeadSeconds * 1000;
      case "answer":
        return ANSWER_WITHIN;
      case "idle":
        return this.#ended ? REST_WITHIN : httpIdleSeconds * 1000;
      case "ending":
        return END_WITHIN;
    }
  }
}

/** A reply without a body that ends its connection. */
export function shortReply(status: number, reason: string): Uint8Array {
  return new TextEncoder().encode(
    `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

/** A head with a line behind its first one. HTTP/2, which begins by a head of its own, is left as it is. */
function withLine(head: Uint8Array, line: string): Uint8Array {
  const begun = head.findIndex((byte) => byte !== CR && byte !== LF);
  const at = head.indexOf(LF, begun) + 1;
  const first = new TextDecoder().decode(head.subarray(begun, at));
  if (!/ HTTP\/1\.[01]\r?\n$/.test(first)) return head;
  const added = new TextEncoder().encode(line);
  const whole = new Uint8Array(head.length + added.length);
  whole.set(head.subarray(0, at));
  whole.set(added, at);
  whole.set(head.subarray(at), at + added.length);
  return whole;
}

/** The same bytes, and room for as many more. */
function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const twice = new Uint8Array(2 * bytes.length);
  twice.set(bytes);
  return twice;
}

/** Whether the other side took the bytes; it may have ended. */
async function isTaken(to: Deno.Conn, bytes: Uint8Array): Promise<boolean> {
  try {
    await writeAll(to, bytes);
    return true;
  } catch {
    return false;
  }
}

/** Bytes that were read; null at the end, and where the other side is gone before it has read all. */
async function readOrEnd(from: Deno.Conn, buffer: Uint8Array): Promise<number | null> {
  try {
    return await from.read(buffer);
  } catch {
    return null;
  }
}

function closeQuietly(connection: { close(): void }): void {
  try {
    connection.close();
  } catch {
    // It has closed itself.
  }
}
