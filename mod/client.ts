import { type ErrorCode, ServiceError } from "./common/errors.ts";
import type { ResultCodec } from "./job/request.ts";
import { isEnded, type JobState } from "./job/record.ts";
import { ReplyLine } from "./wire/reply_line.ts";
import { descriptionOf, isError, type JsonObject } from "./wire/message.ts";

/** A service that can't be reached, or has gone: the message says where. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}

/** Where a service is, and how to talk to it. */
export interface ClientOptions {
  hostname: string;
  port: number;
  /** Opens a connection; plain TCP where it is absent. */
  open?: () => Promise<Deno.Conn>;
  /** What every request has beside its own. */
  members?: JsonObject;
}

/** A job to be run, as the protocol spells it. */
export interface JobFields {
  Directory: string;
  Base: string | string[];
  File: string;
  Params?: unknown;
  Output?: string;
  Codec?: ResultCodec;
  TimeoutSeconds?: number;
  Priority?: number;
  Limits?: Record<string, number>;
  Client?: string;
}

/** A job as the protocol's `Response.Job` tells of it. */
export interface JobInfo {
  Id: string;
  State: JobState;
  Directory: string;
  Base: string;
  File: string;
  Client: string;
  Owner?: string;
  Key?: string;
  Priority: number;
  Submitted: string;
  Started: string | null;
  Ended: string | null;
  Attempts: number;
  Seconds?: number;
  SecondsLeft?: number | null;
  RowsDone?: number;
  RowsTotal?: number | null;
  TasksDone?: number;
  TasksTotal?: number | null;
  Result?: { Directory: string; File: string };
  Error?: { Code: ErrorCode; Message: string; Where?: string; Stack?: string };
}

/** What a complete job came to. */
export interface JobResult {
  Directory: string;
  File: string;
  /** Figures of the run. */
  Job: JsonObject & { Id: string; Kind: string; Rows: number; Log?: string[] };
  /** A result that is not columns, where it is small enough to be sent. */
  Result?: unknown;
}

/** Which jobs to list. */
export interface ListFields {
  State?: JobState | JobState[];
  Client?: string;
  Limit?: number;
  After?: string;
}

/** Connections that are kept open for the next requests. */
const KEPT = 4;

/**
 * A client of the service. You may call its methods concurrently. Each throws a `ServiceError` with the
 * protocol's code if the service replies with an error, and a {@linkcode ConnectionError} if it doesn't reply.
 *
 * @example
 * ```ts
 * import { assertEquals, assertMatch } from "@std/assert";
 * import { parquetWriteBuffer } from "hyparquet-writer";
 * import { Client, defaultSettings, Server } from "./mod.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const columnData = [{ name: "u", data: Float64Array.of(3, 4), type: "DOUBLE" as const }];
 * await Deno.writeFile(`${folder}/a.parquet`, new Uint8Array(parquetWriteBuffer({ columnData })));
 * await Deno.writeTextFile(`${folder}/work.js`, "export const map = ({ u }) => ({ twice: u.map((x) => 2 * x) });");
 * const server = new Server({ ...defaultSettings(), port: 0, roots: [folder], workers: 1 });
 * const { hostname, port } = server.start();
 *
 * const client = await Client.connect({ hostname, port });
 * const { Id } = await client.submit({ Directory: folder, Base: "a.parquet", File: "work.js" });
 * let last = "";
 * for await (const { State } of client.watch(Id)) last = State;
 * assertEquals(last, "complete");
 * assertMatch((await client.result(Id)).File, /^work_.+\.parquet$/);
 * client.close();
 * await server.stop();
 * ```
 */
export class Client implements AsyncDisposable {
  readonly #options: ClientOptions;
  readonly #idle: ReplyLine[] = [];

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** A client of a service that is there. */
  static async connect(options: ClientOptions): Promise<Client> {
    const client = new Client(options);
    client.#keep(await client.#open());
    return client;
  }

  /** What the service says of itself: a text, and figures. */
  async info(name = "All statistic"): Promise<{ text: string; statistic: JsonObject }> {
    const reply = await this.#reply("Info", name);
    const { Statistic } = reply.Response as { Statistic: JsonObject };
    return { text: String(descriptionOf(reply)), statistic: Statistic };
  }

  /** Runs a job and waits for its end, on a connection of its own. */
  async run(job: JobFields): Promise<JobResult> {
    const line = await this.#open();
    try {
      return resultOf(parsed(await this.#exchange(line, "Dask", job)));
    } finally {
      line.close();
    }
  }

  /**
   * Submits a job. Where the connection breaks before the reply it is sent once more, and yet it is one job.
   *
   * @param key Under which it isn't submitted again; one of its own where it is absent.
   */
  submit(job: JobFields, key: string = crypto.randomUUID()): Promise<JobInfo> {
    return this.#job({ Action: "Submit", ...job, Key: key });
  }

  status(id: string): Promise<JobInfo> {
    return this.#job({ Action: "Status", Id: id });
  }

  /** Ends a job, and waits until it has ended; look at its `State`: it may have been complete before. */
  cancel(id: string): Promise<JobInfo> {
    return this.#job({ Action: "Cancel", Id: id });
  }

  /** What a job came to. @throws ServiceError what it failed with; `JOB_NOT_ENDED` */
  async result(id: string): Promise<JobResult> {
    return resultOf(await this.#reply("Job", { Action: "Result", Id: id }));
  }

  /** What the formula has printed so far. */
  async log(id: string): Promise<string[]> {
    const { Log } = await this.#job({ Action: "Log", Id: id }) as unknown as { Log: string[] };
    return Log;
  }

  /** A page of jobs, the newest first, and what to ask for the next one, if there is one. */
  async list(fields: ListFields = {}): Promise<{ jobs: JobInfo[]; next?: string }> {
    const { Response } = await this.#reply("Job", { Action: "List", ...fields });
    const { Jobs, Next } = Response as { Jobs: JobInfo[]; Next?: string };
    return { jobs: Jobs, ...(Next === undefined ? {} : { next: Next }) };
  }

  /** A job now, and again after every change; the last time when it has ended. */
  async *watch(id: string): AsyncGenerator<JobInfo, void> {
    const line = await this.#open();
    try {
      let text = await this.#exchange(line, "Job", { Action: "Watch", Id: id });
      for (;;) {
        const { Job } = parsed(text).Response as { Job: JobInfo };
        yield Job;
        if (isEnded(Job.State)) return;
        text = await this.#next(line);
      }
    } finally {
      line.close();
    }
  }

  /** The reply to a request, as the line that came, whatever it says. */
  async ask(header: string, request: unknown): Promise<string> {
    const kept = this.#idle.pop();
    if (kept !== undefined) {
      // The service may have ended a connection that was idle for long.
      const text = await this.#askOn(kept, header, request).catch((thrown: unknown) => {
        if (thrown instanceof ConnectionError) return null;
        throw thrown;
      });
      if (text !== null && !isFarewell(text)) return text;
    }
    return await this.#askOn(await this.#open(), header, request);
  }

  /** Sends bytes as they are; gives all lines that come back until the service ends the connection. */
  async *send(bytes: Uint8Array): AsyncGenerator<string, void> {
    const line = await this.#open();
    try {
      const sending = line.send(bytes).then(() => line.end());
      for (let text = await line.next(); text !== null; text = await line.next()) yield text;
      await sending;
    } finally {
      line.close();
    }
  }

  /** Ends the connections. */
  close(): void {
    for (const line of this.#idle.splice(0)) line.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  async #job(request: JsonObject): Promise<JobInfo> {
    return ((await this.#reply("Job", request)).Response as { Job: JobInfo }).Job;
  }

  async #reply(header: string, request: unknown): Promise<JsonObject> {
    return parsed(await this.ask(header, request));
  }

  async #askOn(line: ReplyLine, header: string, request: unknown): Promise<string> {
    try {
      const text = await this.#exchange(line, header, request);
      this.#keep(line);
      return text;
    } catch (thrown) {
      line.close();
      throw thrown;
    }
  }

  async #exchange(line: ReplyLine, header: string, request: unknown): Promise<string> {
    const whole = {
      ...this.#options.members,
      Header: header,
      Request: request,
      Connection: "keep-alive",
    };
    await line.send(new TextEncoder().encode(JSON.stringify(whole)));
    return await this.#next(line);
  }

  async #next(line: ReplyLine): Promise<string> {
    const text = await line.next();
    if (text !== null) return text;
    throw new ConnectionError(`${this.#place} closed the connection without a reply`);
  }

  #keep(line: ReplyLine): void {
    if (this.#idle.length < KEPT) this.#idle.push(line);
    else line.close();
  }

  async #open(): Promise<ReplyLine> {
    const { hostname, port, open = () => Deno.connect({ hostname, port }) } = this.#options;
    try {
      return new ReplyLine(await open());
    } catch (error) {
      if (error instanceof ConnectionError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConnectionError(
        `no service answers on ${this.#place} (${reason}); start one with: tcp_server serve`,
      );
    }
  }

  get #place(): string {
    return `${this.#options.hostname}:${this.#options.port}`;
  }
}

/** Is this no reply, but what a service says when it ends an idle connection? */
function isFarewell(text: string): boolean {
  return text.startsWith('{"Header":"noheader"') && text.includes('"Code":"IDLE_TIMEOUT"');
}

/** @throws ServiceError what the reply tells of. */
function parsed(text: string): JsonObject {
  let reply: JsonObject;
  try {
    reply = JSON.parse(text);
  } catch {
    throw new ConnectionError(`what was replied is not JSON: ${text.slice(0, 60)}`);
  }
  if (!isError(reply)) return reply;
  const { Error } = reply.Response as { Error?: NonNullable<JobInfo["Error"]> };
  throw ServiceError.fromRecord({
    code: Error?.Code ?? "INTERNAL",
    message: Error?.Message ?? String(descriptionOf(reply)),
    ...(Error?.Where === undefined ? {} : { where: Error.Where }),
    ...(Error?.Stack === undefined ? {} : { stack: Error.Stack }),
  });
}

function resultOf(reply: JsonObject): JobResult {
  const { Job, Result } = reply.Response as Pick<JobResult, "Job" | "Result">;
  const place = descriptionOf(reply) as { Directory: string; File: string };
  return { ...place, Job, ...(Result === undefined ? {} : { Result }) };
}
