import { ServiceError } from "../common/errors.ts";
import { type Frame, Framer } from "./framing.ts";
import type { TcpLimits } from "./connection_limits.ts";
import { placeOf } from "./listener.ts";
import { errorReply } from "./reply.ts";
import type { Pending } from "./pending.ts";

const BUFFER_BYTES = 16 * 1024;
/** Replies up to a third of this are encoded into memory of the connection's own. */
const SHORT_BYTES = 4 * 1024;
/** Requests up to this length are not counted: questions are answered whatever else is pending. */
const SMALL_BYTES = 4 * 1024;
/** A write under way keeps its bytes alive, also when the connection has been given up. */
const WRITE_BYTES = 64 * 1024;
/** How much unread input is thrown away, and for how long, so that a last reply gets through. */
const DRAIN_BYTES = 16 * 1024 * 1024, DRAIN_MILLISECONDS = 2000;

const encoder = new TextEncoder();

/** What a connection needs of its socket: a `Deno.TcpConn`, or what behaves like one. */
export type Socket = Pick<
  Deno.TcpConn,
  "remoteAddr" | "setNoDelay" | "read" | "write" | "closeWrite" | "close"
>;
/** Bytes that came and went over connections. */
export interface Traffic {
  received: number;
  sent: number;
}

/** What a connection is doing; in this order, though it may go from `waiting` to `busy` and back. */
type State = "waiting" | "busy" | "ending" | "closed";

/**
 * One client: gives its requests as frames and takes replies. Nothing here throws because the client
 * vanished: then there is simply no further request, and replies go nowhere.
 */
export class Connection {
  /** The client's address, `host:port`. */
  readonly peer: string;
  /** The client's address without its port. */
  readonly host: string;

  readonly #conn: Socket;
  readonly #limits: TcpLimits;
  readonly #framer: Framer;
  readonly #pending: Pending;
  readonly #onEnding: () => void;
  readonly #onClosed: (stuck: Promise<void> | null) => void;
  readonly #traffic: Traffic;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #short = new Uint8Array(SHORT_BYTES);
  #state: State = "busy";
  /** What this client's request takes of all that may be pending. */
  #share = 0;
  /** The buffer may have bytes that the framer has not looked at. */
  #fed = false;
  #inputEnded = false;
  /** The read under way, which a drain takes over. */
  #reading: Promise<number | null> | null = null;
  /** The write under way, and what ends the wait for it. */
  #writing: { done: Promise<void>; giveUp: () => void } | null = null;
  /** `performance.now()` after which whatever is under way has taken too long. */
  #deadline = Infinity;
  #ended: Promise<void> | null = null;

  /**
   * @param events.onEnding called when no further request is taken
   * @param events.onClosed called last; with a promise when the system keeps the socket until that
   * settles, because its client doesn't read what is being written
   */
  constructor(
    conn: Socket,
    limits: TcpLimits,
    pending: Pending,
    events: {
      onEnding: () => void;
      onClosed: (stuck: Promise<void> | null) => void;
      traffic?: Traffic;
    },
  ) {
    this.#conn = conn;
    this.#limits = limits;
    this.#framer = new Framer(limits.requestBytes);
    this.#pending = pending;
    this.#onEnding = events.onEnding;
    this.#onClosed = events.onClosed;
    this.#traffic = events.traffic ?? { received: 0, sent: 0 };
    this.host = conn.remoteAddr.hostname;
    this.peer = placeOf(conn.remoteAddr);
    try {
      conn.setNoDelay(true);
    } catch {
      // The client has gone already; reading will say so.
    }
  }

  /** Waits for the client, rather than the client for us. */
  get waiting(): boolean {
    return this.#state === "waiting";
  }

  /** Further requests can be told apart: false after input that lost the framing, and after the end. */
  get open(): boolean {
    return !this.#framer.broken && (this.#state === "waiting" || this.#state === "busy");
  }

  /**
   * The next request's frame, or null when none comes any more.
   *
   * @throws {ServiceError} `BAD_JSON`, `TOO_LARGE`; `BUSY` when there is no room for it beside the others'
   */
  async receive(): Promise<Frame | null> {
    // The request before this one is done with.
    this.#hold(0);
    if (this.#fed) {
      const frame = this.#next();
      if (frame !== null) return frame;
      this.#fed = false;
    }
    if (!this.open || this.#inputEnded) return null;
    let inside = this.#framer.inside;
    this.#state = "waiting";
    this.#setIdleDeadline();
    try {
      while (true) {
        let length;
        try {
          this.#reading = this.#conn.read(this.#buffer);
          length = await this.#reading;
          this.#reading = null;
        } catch {
          // Reset by the client, or closed by us: there is nobody left to answer.
          this.close();
          return null;
        }
        // While it waited the connection may have been ended, for idling or by a stop.
        if (!this.waiting) return null;
        if (length === null) {
          this.#inputEnded = true;
          this.#framer.end();
          return null;
        }
        this.#traffic.received += length;
        this.#framer.feed(this.#buffer.subarray(0, length));
        this.#fed = true;
        const frame = this.#next();
        if (frame !== null) return frame;
        this.#fed = false;
        if (!inside && this.#framer.inside) {
          inside = true;
          this.#setIdleDeadline();
        }
      }
    } finally {
      if (this.waiting) {
        this.#state = "busy";
        this.#deadline = Infinity;
      }
    }
  }

  /**
   * Sends a text and a line's end.
   *
   * @return whether all of it was handed to the network
   * @throws {ServiceError} `TOO_LARGE` when the reply is over its limit; nothing was sent then
   */
  async send(text: string): Promise<boolean> {
    const bytes = this.#encoded(text + "\n");
    if (bytes.length > this.#limits.replyBytes) {
      throw new ServiceError(
        "TOO_LARGE",
        `the reply would take ${bytes.length} bytes, and ${this.#limits.replyBytes} are allowed`,
      );
    }
    if (this.#state === "ending" || this.#state === "closed") return false;
    if (this.#state === "busy") {
      this.#deadline = performance.now() + this.#limits.replySeconds * 1000;
    }
    const sent = await this.#write(bytes);
    if (this.#state === "busy") this.#deadline = Infinity;
    return sent;
  }

  /**
   * Ends the connection so that what was sent arrives: sends the end, throws unread input away for a
   * bounded time (a socket closed over unread input takes its last reply along), then closes.
   *
   * @param last a reply to send first
   */
  finish(last?: string): Promise<void> {
    return this.#ended ??= this.#finish(last);
  }

  /** Closes at once. */
  close(): void {
    if (this.#state === "closed") return;
    if (this.#state !== "ending") this.#onEnding();
    this.#hold(0);
    this.#state = "closed";
    this.#deadline = Infinity;
    try {
      this.#conn.close();
    } catch {
      // It has closed itself.
    }
    // Deno ends reads with their socket, but no writes: those end with the client.
    this.#writing?.giveUp();
    this.#onClosed(this.#writing?.done ?? null);
  }

  /** Ends the connection when it is over its time; whoever owns it calls this now and then. */
  checkTime(now: number): void {
    if (now <= this.#deadline) return;
    if (this.#state !== "waiting") return this.close();
    const seconds = this.#limits.idleSeconds;
    const error = this.#framer.stop(
      "IDLE_TIMEOUT",
      `no complete request came within ${seconds} seconds: connect again for the next one`,
    );
    this.finish(errorReply(null, error));
  }

  async #finish(last: string | undefined): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "ending";
    this.#hold(0);
    this.#deadline = performance.now() + DRAIN_MILLISECONDS;
    // Before the client can see the end, so that it never finds itself still counted.
    this.#onEnding();
    if (last !== undefined && !await this.#write(encoder.encode(last + "\n"))) return;
    try {
      // Over TLS this waits for the client to read what was sent.
      this.#deadline = performance.now() + this.#limits.replySeconds * 1000;
      await this.#conn.closeWrite();
      this.#deadline = performance.now() + DRAIN_MILLISECONDS;
      let drained = 0;
      while (!this.#inputEnded && drained < DRAIN_BYTES) {
        const length = await (this.#reading ?? this.#conn.read(this.#buffer));
        this.#reading = null;
        if (length === null) break;
        drained += length;
      }
    } catch {
      // The client has closed or reset first.
    }
    this.close();
  }

  /** A line's bytes; short ones are good until the next. */
  #encoded(line: string): Uint8Array {
    // Each character takes three bytes at most. A write that was given up keeps its bytes.
    if (3 * line.length > SHORT_BYTES || this.#writing !== null) return encoder.encode(line);
    return this.#short.subarray(0, encoder.encodeInto(line, this.#short).written);
  }

  /** The next frame of the bytes that were read, when there is room for it or for its part. */
  #next(): Frame | null {
    const frame = this.#framer.next();
    if (this.#hold(frame === null ? this.#framer.held : frame.text.length)) return frame;
    // At once, so that of clients that crowd each other out some get through.
    this.#hold(0);
    const message =
      `requests of ${this.#pending.most} bytes are read or answered at the moment, and no more ` +
      "are allowed: try again later";
    throw frame === null ? this.#framer.stop("BUSY", message) : new ServiceError("BUSY", message);
  }

  /** Counts a request of this length as pending; false when there is no room for it. */
  #hold(bytes: number): boolean {
    const share = bytes > SMALL_BYTES ? bytes : 0;
    if (!this.#pending.change(this.#share, share)) return false;
    this.#share = share;
    return true;
  }

  async #write(bytes: Uint8Array): Promise<boolean> {
    try {
      for (let written = 0; written < bytes.length;) {
        const part = bytes.length > WRITE_BYTES
          ? bytes.slice(written, written + WRITE_BYTES)
          : bytes.subarray(written);
        written += await this.#writeSome(part);
        this.#writing = null;
      }
      this.#traffic.sent += bytes.length;
      return true;
    } catch {
      // The client has gone, or read nothing for so long that it was dropped.
      this.#writing = null;
      this.close();
      return false;
    }
  }

  /** Writes some of the bytes; rejects at once when the connection is closed meanwhile. */
  #writeSome(bytes: Uint8Array): Promise<number> {
    return new Promise<number>((resolve, reject) => {
      const done = this.#conn.write(bytes).then(resolve, reject);
      this.#writing = { done, giveUp: () => reject(new Deno.errors.Interrupted("closed")) };
    });
  }

  #setIdleDeadline(): void {
    this.#deadline = performance.now() + this.#limits.idleSeconds * 1000;
  }
}
