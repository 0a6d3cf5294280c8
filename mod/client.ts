import type { JsonObject } from "./common/json_object.ts";
import { isEnded } from "./job/record.ts";
import { idRequest, type ListFields, listRequest, submitRequest } from "./wire/job_action.ts";
import type { JobFields } from "./wire/job_fields.ts";
import type { JobInfo } from "./wire/job_info.ts";
import { jobIn, type JobResult, jobsIn, logIn, resultIn } from "./wire/job_reply.ts";
import { isFarewell, responseOf } from "./wire/reply.ts";
import { ReplyLine } from "./wire/reply_line.ts";
import { type AskedHeader, requestText } from "./wire/request.ts";
import { infoIn, type Statistic } from "./wire/statistic.ts";

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
  async info(name = "All statistic"): Promise<{ text: string; statistic: Statistic }> {
    return infoIn(await this.#response("Info", name));
  }

  /** Runs a job and waits for its end, on a connection of its own. */
  async run(job: JobFields): Promise<JobResult> {
    const line = await this.#open();
    try {
      return resultIn(responseIn(await this.#exchange(line, "Dask", job)));
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
    return this.#job(submitRequest(job, key));
  }

  status(id: string): Promise<JobInfo> {
    return this.#job(idRequest("Status", id));
  }

  /** Ends a job, and waits until it has ended; look at its `State`: it may have been complete before. */
  cancel(id: string): Promise<JobInfo> {
    return this.#job(idRequest("Cancel", id));
  }

  /** What a job came to. @throws ServiceError what it failed with; `JOB_NOT_ENDED` */
  async result(id: string): Promise<JobResult> {
    return resultIn(await this.#response("Job", idRequest("Result", id)));
  }

  /** The reply to a request for what a job came to, as the line that came. */
  resultLine(id: string): Promise<string> {
    return this.ask("Job", idRequest("Result", id));
  }

  /** The reply to a request that submits a job, as the line that came. */
  submitLine(job: JobFields, key: string = crypto.randomUUID()): Promise<string> {
    return this.ask("Job", submitRequest(job, key));
  }

  /** The reply to a request that ends a job, as the line that came. */
  cancelLine(id: string): Promise<string> {
    return this.ask("Job", idRequest("Cancel", id));
  }

  /** The reply to a request for a page of jobs, as the line that came. */
  listLine(fields: ListFields = {}): Promise<string> {
    return this.ask("Job", listRequest(fields));
  }

  /** What the formula has printed so far. */
  async log(id: string): Promise<string[]> {
    return logIn(await this.#response("Job", idRequest("Log", id)));
  }

  /** A page of jobs, the newest first, and what to ask for the next one, if there is one. */
  async list(fields: ListFields = {}): Promise<{ jobs: JobInfo[]; next?: string }> {
    return jobsIn(await this.#response("Job", listRequest(fields)));
  }

  /** A job now, and again after every change; the last time when it has ended. */
  async *watch(id: string): AsyncGenerator<JobInfo, void> {
    for await (const text of this.watchLines(id)) {
      const job = jobIn(responseIn(text));
      yield job;
      if (isEnded(job.State)) return;
    }
  }

  /** The replies to a request to watch a job, as the lines that come, whatever they say. The service ends them. */
  async *watchLines(id: string): AsyncGenerator<string, void> {
    const line = await this.#open();
    try {
      for (
        let text = await this.#exchange(line, "Job", idRequest("Watch", id));;
        text = await this.#next(line)
      ) yield text;
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
    return jobIn(await this.#response("Job", request));
  }

  async #response(header: AskedHeader, request: unknown): Promise<JsonObject> {
    return responseIn(await this.ask(header, request));
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
    const text = requestText(header, request, this.#options.members);
    await line.send(new TextEncoder().encode(text));
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

/** What a reply says. @throws ServiceError what it tells of */
function responseIn(text: string): JsonObject {
  let reply: JsonObject;
  try {
    reply = JSON.parse(text);
  } catch {
    throw new ConnectionError(`what was replied is not JSON: ${text.slice(0, 60)}`);
  }
  return responseOf(reply);
}
