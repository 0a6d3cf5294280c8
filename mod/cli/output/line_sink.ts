import { within } from "../../common/within.ts";

/** What a sink writes to: standard output or standard error. */
type Stream = Pick<typeof Deno.stderr, "write">;

const encoder = new TextEncoder();

/** Lines at most that are added in one turn of the event loop. */
const MOST_ADDED = 10_000;

/**
 * Lines on their way to a stream whose reader may be slow or gone. Adding one never waits: what doesn't
 * fit is dropped and counted. A line is made of what was added in a turn of the event loop of its own, so that
 * whoever tells of something goes on with it first.
 */
export class LineSink {
  /** What was added in this turn. */
  #added: (() => string)[] = [];
  #turn: number | undefined;
  readonly #stream: Stream;
  readonly #capacity: number;
  readonly #onDropped: (lines: number) => void;
  #waiting: string[] = [];
  /** Characters of those that wait and those that are being written. */
  #length = 0;
  #writing: Promise<void> | null = null;
  #dropped = 0;

  /**
   * @param onDropped Told how many lines were dropped, once there is room again.
   * @param capacity Characters that may wait.
   */
  constructor(
    stream: Stream,
    onDropped: (lines: number) => void = () => {},
    capacity: number = 2 ** 20,
  ) {
    this.#stream = stream;
    this.#onDropped = onDropped;
    this.#capacity = capacity;
  }

  /** Adds a line. @param line Makes it, with its end. */
  add(line: () => string): void {
    if (this.#added.length === MOST_ADDED) {
      this.#dropped++;
      return;
    }
    this.#added.push(line);
    this.#turn ??= setTimeout(() => this.#make(), 0);
  }

  #make(): void {
    clearTimeout(this.#turn);
    this.#turn = undefined;
    for (const make of this.#added.splice(0)) {
      const line = make();
      if (this.#length + line.length > this.#capacity) this.#dropped++;
      else {
        this.#waiting.push(line);
        this.#length += line.length;
      }
    }
    if (this.#waiting.length > 0) this.#writing ??= this.#write();
  }

  /** Settles when everything is written, or after some milliseconds. */
  async drained(milliseconds: number): Promise<void> {
    this.#make();
    if (this.#writing === null) return;
    await within(milliseconds, this.#writing);
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      const text = lines.join("");
      const sent = await this.#send(encoder.encode(text));
      this.#length -= text.length;
      if (!sent) this.#dropped += lines.length;
      else if (this.#dropped > 0) {
        const dropped = this.#dropped;
        this.#dropped = 0;
        this.#onDropped(dropped);
      }
    }
    this.#writing = null;
  }

  async #send(bytes: Uint8Array): Promise<boolean> {
    try {
      while (bytes.length > 0) bytes = bytes.subarray(await this.#stream.write(bytes));
      return true;
    } catch {
      return false; // the reader has gone, or the disk is full: here nobody can be told
    }
  }
}
