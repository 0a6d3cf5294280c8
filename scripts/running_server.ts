import { patiently } from "./patience.ts";

/** A reply of the server. */
export interface Reply {
  Header: string;
  Request?: unknown;
  Id?: unknown;
  Response: {
    Status: "complete" | "error";
    Discription: unknown;
    Statistic?: Record<string, unknown>;
    Job?: {
      Id: string;
      Kind: string;
      Rows: number;
      Partitions: number;
      Seconds: number;
      BytesRead: number;
      BytesWritten: number;
      Workers: number;
      Tables?: { Name: string; File: string; Rows: number; Bytes: number }[];
    };
    Result?: unknown;
    Error?: { Code: string; Message: string; Where?: string; Stack?: string };
  };
}

/** A server in a process of its own. Disposing it stops it and asserts that it ends well. */
export class RunningServer implements AsyncDisposable {
  hostname = "";
  port = 0;
  readonly #child: Deno.ChildProcess;
  readonly #name: string;
  readonly #out: Output;
  readonly #err: Output;
  #ended = false;

  private constructor(child: Deno.ChildProcess, name: string) {
    this.#child = child;
    this.#name = `the server (${name})`;
    this.#out = new Output(child.stdout);
    this.#err = new Output(child.stderr);
  }

  /**
   * Starts a server and waits until it listens.
   *
   * @param command Makes the server's command with the streams that are given.
   * @param name How errors call the server.
   * @throws Error with what it wrote to its standard error when it ends instead.
   */
  static async start(
    command: (streams: Deno.CommandOptions) => Deno.Command,
    name: string,
  ): Promise<RunningServer> {
    const streams = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
    const server = new RunningServer(command(streams).spawn(), name);
    await server.#listening();
    return server;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What the server has written to its standard output so far. */
  get stdout(): string {
    return this.#out.text;
  }

  /** What the server has written to its standard error so far. */
  get stderr(): string {
    return this.#err.text;
  }

  /** Waits for the line that tells the address. */
  async #listening(): Promise<void> {
    const line = await this.#patiently(this.#out.find(/^listening on (.+):(\d+)\n/m), "listen");
    if (line === null) {
      const { code } = await this.wait();
      throw new Error(`${this.#name} ended with exit code ${code}: ${this.stderr.trim()}`);
    }
    this.hostname = line[1]!.replace(/^\[(.*)\]$/, "$1");
    this.port = Number(line[2]);
  }

  /** Opens a connection to the server. */
  connect(): Promise<Deno.TcpConn> {
    return Deno.connect({ hostname: this.hostname, port: this.port });
  }

  /** Sends one request over a connection of its own and reads the reply. */
  async request(request: unknown): Promise<Reply> {
    const line = await this.exchange(request);
    try {
      return JSON.parse(line);
    } catch {
      throw new Error(`${this.#name} replied with what is no JSON: ${JSON.stringify(line)}`);
    }
  }

  /**
   * Sends text or bytes as they are, anything else as JSON, over a connection of its own.
   *
   * @returns The reply up to and with its `\n`, or to the end of the connection.
   */
  async exchange(request: unknown): Promise<string> {
    const bytes = request instanceof Uint8Array
      ? request
      : new TextEncoder().encode(typeof request === "string" ? request : JSON.stringify(request));
    const connection = await this.connect();
    // A server that has refused the request may hang up before all of it is sent.
    const sending = writeAll(connection, bytes).catch((error: unknown) => error);
    let line;
    try {
      line = await this.#patiently(new LineReader(connection).next(), "answer");
    } finally {
      connection.close();
    }
    const fault = await sending;
    if (line === "" && fault instanceof Error) throw fault;
    return line;
  }

  /** Stops the server as systemd does. @throws Error when it doesn't end with exit code 0. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    try {
      this.#child.kill("SIGTERM");
    } catch (error) {
      // It has ended already; how is said below.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
    const { code, signal } = await this.wait();
    if (code !== 0) {
      const how = signal === null ? `exit code ${code}` : signal;
      throw new Error(`${this.#name} ended with ${how}: ${this.stderr.trim()}`);
    }
  }

  /** Kills the server with SIGKILL. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.wait();
  }

  /** Waits until the server has ended by itself, or by a signal that the test sent. */
  async wait(): Promise<Deno.CommandStatus> {
    const ended = Promise.all([this.#child.status, this.#out.ended, this.#err.ended]);
    const [status] = await this.#patiently(ended, "end");
    this.#ended = true;
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #patiently<T>(promise: Promise<T>, what: string): Promise<T> {
    const task = `${this.#name} to ${what}; it wrote ${JSON.stringify(this.stderr)}`;
    return patiently(promise, task, () => this.#child.kill("SIGKILL"));
  }
}

/** Reads a stream as it comes. */
class Output {
  text = "";
  readonly ended: Promise<void>;
  #changed = Promise.withResolvers<boolean>();

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.ended = this.#read(stream);
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.text += text;
      this.#changed.resolve(true);
      this.#changed = Promise.withResolvers();
    }
    this.#changed.resolve(false);
  }

  /** Waits for a match; null when the stream ends without. */
  async find(pattern: RegExp): Promise<RegExpMatchArray | null> {
    for (;;) {
      const changed = this.#changed.promise;
      const match = this.text.match(pattern);
      if (match) return match;
      if (!await changed) return this.text.match(pattern);
    }
  }
}

/** Reads the lines that come over a connection. */
export class LineReader {
  readonly #connection: Deno.Conn;
  readonly #decoder = new TextDecoder();
  readonly #buffer = new Uint8Array(65_536);
  #text = "";

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** The next line with its `\n`, or what came before the other side ended the connection. */
  async next(): Promise<string> {
    let end: number;
    while ((end = this.#text.indexOf("\n") + 1) === 0) {
      const length = await this.#connection.read(this.#buffer);
      if (length === null) break;
      this.#text += this.#decoder.decode(this.#buffer.subarray(0, length), { stream: true });
    }
    const line = end === 0 ? this.#text : this.#text.slice(0, end);
    this.#text = this.#text.slice(line.length);
    return line;
  }
}

/** Writes all of the bytes. */
export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length;) from += await connection.write(bytes.subarray(from));
}
