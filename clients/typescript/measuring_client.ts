/**
 * A client of the service for Node.js, Deno and Bun: this file is all of it. Its types can be erased, so Node.js runs
 * it as it is from 22.18 on; `npx tsc` makes JavaScript of it for older ones.
 *
 * @module
 */

import { once } from "node:events";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Where a service is, and how to talk to it. */
export interface ClientOptions {
  host?: string;
  port?: number;
  /** What the service asks for. */
  token?: string | undefined;
  /** `true` if the machine trusts the service's certificate; the certificate's text (PEM) if not. */
  tls?: boolean | string | undefined;
  /** Seconds that the service may be silent; 60. A job that runs is never silent so long. */
  timeout?: number;
}

/** Fields of a job's request, by the names of the protocol. */
export interface Job {
  Directory: string;
  Base: unknown;
  File: string;
  Params?: unknown;
  Output?: string;
  TimeoutSeconds?: number;
  /** Any other field of the protocol. */
  [field: string]: unknown;
}

/** A job as the service lists it. */
export interface JobInfo {
  Id: string;
  State: "queued" | "running" | "complete" | "failed" | "cancelled";
  RowsDone?: number;
  RowsTotal?: number;
  /** Of a complete one whose result is several tables: the file of each. */
  Tables?: { Name: string; File: string; Rows: number; Bytes: number }[];
  [field: string]: unknown;
}

/** What a job came to: `Result` is its value, `Discription` says which file was written. */
export interface Response {
  Status: string;
  Job: JobInfo;
  Result?: unknown;
  Discription?: { Directory: string; File: string };
  [field: string]: unknown;
}

/** The service replied with an error. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  /** One of the protocol's codes. */
  readonly code: string;
  /** A place in the formula, such as `work.ts:3:11`. */
  readonly where: string | null;

  constructor({ Code, Where, Message }: { Code: string; Where?: string; Message: string }) {
    super(`${Code}${Where ? ` (${Where})` : ""}: ${Message}`);
    this.code = Code;
    this.where = Where ?? null;
  }
}

/** No service answers, it isn't trusted, is silent, or has gone. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}

const ENDS: readonly string[] = ["complete", "failed", "cancelled"];

/** A client of the service. Each request has a connection of its own, so its methods may be called at the same time. */
export class Client {
  readonly #place: { host: string; port: number };
  readonly #options: ClientOptions;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.#place = { host: options.host ?? "127.0.0.1", port: options.port ?? 27700 };
  }

  /** Runs a job and waits for what it comes to. @throws ServiceError what it failed with */
  async run(job: Job, onChange: (info: JobInfo) => void = () => {}): Promise<Response> {
    const { Id } = await this.submit(job);
    for await (const info of this.watch(Id)) onChange(info);
    return await this.result(Id);
  }

  /** Submits a job. Under the same key it is one job, however often it is sent. */
  async submit(job: Job, key: string = crypto.randomUUID()): Promise<JobInfo> {
    return (await this.#one({ Action: "Submit", Key: key, ...job })).Job;
  }

  /** A job now, and after every change until it has ended. */
  async *watch(id: string): AsyncGenerator<JobInfo, void> {
    for await (const { Job } of this.#replies({ Action: "Watch", Id: id })) {
      yield Job;
      if (ENDS.includes(Job.State)) return;
    }
    throw new ConnectionError(`${this.#name} closed the connection before the job had ended`);
  }

  /** What a job came to. @throws ServiceError what it failed with; `JOB_NOT_ENDED` */
  result(id: string): Promise<Response> {
    return this.#one({ Action: "Result", Id: id });
  }

  async status(id: string): Promise<JobInfo> {
    return (await this.#one({ Action: "Status", Id: id })).Job;
  }

  /** Ends a job, and waits until it has ended; look at its `State`: it may have been complete before. */
  async cancel(id: string): Promise<JobInfo> {
    return (await this.#one({ Action: "Cancel", Id: id })).Job;
  }

  async #one(request: Record<string, unknown>): Promise<Response> {
    for await (const reply of this.#replies(request)) return reply;
    throw new ConnectionError(`${this.#name} closed the connection without a reply`);
  }

  /** Sends a request of the Header `Job`; gives the replies until the service ends the connection. */
  async *#replies(request: Record<string, unknown>): AsyncGenerator<Response, void> {
    const { token, timeout = 60 } = this.#options;
    const socket = await this.#open();
    socket.setEncoding("utf8");
    const silence = new ConnectionError(`${this.#name} is silent`);
    socket.setTimeout(1000 * timeout, () => socket.destroy(silence));
    let count = 0;
    try {
      socket.write(`${JSON.stringify({ Token: token, Header: "Job", Request: request })}\n`);
      for await (const line of linesOf(socket)) {
        count++;
        yield responseIn(line, this.#name);
      }
    } catch (thrown) {
      if (thrown instanceof ServiceError || thrown instanceof ConnectionError) throw thrown;
      // The connection broke: that is told below, or by who waited for more.
    } finally {
      socket.destroy();
    }
    if (count > 0) return;
    throw new ConnectionError(
      `${this.#name} closed the connection without a reply: ${this.#hint}`,
    );
  }

  async #open(): Promise<Socket> {
    const { tls, timeout = 60 } = this.#options;
    const ca = typeof tls === "string" ? { ca: tls } : {};
    const socket = tls ? connectTls({ ...this.#place, ...ca }) : connectPlain(this.#place);
    const signal = AbortSignal.timeout(1000 * timeout);
    try {
      await once(socket, tls ? "secureConnect" : "connect", { signal });
      return socket;
    } catch (error) {
      socket.destroy();
      if (signal.aborted) throw new ConnectionError(`${this.#name} is silent`);
      const refused = (error as { code?: string }).code === "ECONNREFUSED";
      throw new ConnectionError(
        refused || !tls
          ? `no service answers on ${this.#name} (${(error as Error).message})`
          : `${this.#name} is not trusted (${(error as Error).message}): ${this.#hint}`,
      );
    }
  }

  get #name(): string {
    return `${this.#place.host}:${this.#place.port}`;
  }

  get #hint(): string {
    return this.#options.tls
      ? "its certificate is trusted if the option tls has its text"
      : "if it speaks TLS, give the option tls";
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string, void> {
  let text = "";
  for await (const piece of socket) {
    let from = text.length;
    text += piece;
    for (let end = text.indexOf("\n", from); end >= 0; end = text.indexOf("\n", from)) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
      from = 0;
    }
  }
}

/** What a line says. @throws ServiceError what it tells of */
function responseIn(line: string, name: string): Response {
  let response: Response & { Error?: ConstructorParameters<typeof ServiceError>[0] };
  try {
    response = JSON.parse(line).Response;
  } catch {
    throw new ConnectionError(`what ${name} replied is not JSON: ${line.slice(0, 60)}`);
  }
  if (response.Error && response.Status === "error") throw new ServiceError(response.Error);
  return response;
}
