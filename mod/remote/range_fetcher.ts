/**
 * Fetches ranges of files over HTTP (RFC 9110, section 14) for readers without network permission. It serves only
 * the URLs that the engine names for its job.
 */
import { retry, RetryError } from "@std/async/retry";
import { type ErrorRecord, ServiceError } from "../common/errors.ts";
import { Hosts } from "./hosts.ts";
import { answer, type RangeRequest, type RemoteInfo, roomFor } from "./line.ts";
import { fileName } from "./url.ts";

/** The engine's messages to the fetcher. */
export type ToFetcher =
  /** The first message: `HOST:PORT` of the allowed servers. */
  | { type: "start"; addresses: string[] }
  /** A reader, for these URLs only. */
  | { type: "open"; port: MessagePort; urls: string[] }
  /** The job is over, and all readers are gone. */
  | { type: "close" };

/** The fetcher's one message to the engine. */
export interface FetcherReady {
  type: "ready";
}

/** Time limit of a request in milliseconds, and number of attempts. */
const ATTEMPT_WITHIN = 60_000;
const ATTEMPTS = 4;
const FIRST_PAUSE = 200;
const MOST_REDIRECTS = 5;

/** An error that is worth another attempt: the server is busy or restarting, or the connection broke. */
class Passing extends Error {}

/** Answers range requests until its worker ends. */
export class Fetcher {
  #hosts = new Hosts();
  #ports: MessagePort[] = [];

  /** Takes a message of the engine. */
  receive(message: ToFetcher): void {
    if (message.type === "start") this.#hosts = new Hosts(message.addresses);
    else if (message.type === "open") this.#open(message.port, new Set(message.urls));
    else {
      for (const port of this.#ports) port.close();
      this.#ports = [];
    }
  }

  #open(port: MessagePort, urls: Set<string>): void {
    this.#ports.push(port);
    port.onmessage = ({ data }: MessageEvent<RangeRequest>) => void this.#serve(data, urls);
  }

  async #serve(request: RangeRequest, urls: Set<string>): Promise<void> {
    try {
      if (!urls.has(request.url)) throw forbidden("this URL");
      const { bytes, info } = await this.#fetch(request);
      answer(request, bytes, info);
    } catch (thrown) {
      answer(request, 0, { error: failureOf(thrown, request.url) });
    }
  }

  async #fetch(request: RangeRequest): Promise<{ bytes: number; info: RemoteInfo }> {
    let lasting: unknown;
    const attempt = async () => {
      try {
        return await this.#attempt(request);
      } catch (thrown) {
        if (thrown instanceof Passing) throw thrown;
        lasting = thrown;
        return null;
      }
    };
    const fetched = await retry(attempt, { maxAttempts: ATTEMPTS, minTimeout: FIRST_PAUSE });
    if (fetched === null) throw lasting;
    return fetched;
  }

  async #attempt(request: RangeRequest): Promise<{ bytes: number; info: RemoteInfo }> {
    const { from, length } = request;
    const signal = AbortSignal.timeout(ATTEMPT_WITHIN);
    const headers = {
      "Range": `bytes=${from}-${from + length - 1}`,
      "Accept-Encoding": "identity",
    };
    const response = await this.#follow(request.url, { headers, signal });
    try {
      const range = rangeOf(response, from);
      const bytes = await passing(() => fill(roomFor(request), response));
      if (bytes !== Math.min(length, range.size - from)) {
        throw new Passing("the answer ended before the range did");
      }
      const version = response.headers.get("ETag") ?? response.headers.get("Last-Modified");
      return { bytes, info: { size: range.size, version } };
    } finally {
      await response.body?.cancel().catch(() => {}); // its end is not wanted any more
    }
  }

  /** Follows redirects itself, to check each against the allowed hosts. */
  async #follow(address: string, init: RequestInit): Promise<Response> {
    let url = new URL(address);
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      if (!this.#hosts.allow(url)) throw forbidden(`a redirect to ${url.host}`);
      const response = await passing(() => fetch(url, { ...init, redirect: "manual" }));
      const location = response.headers.get("Location");
      if (response.status < 300 || response.status > 399 || location === null) return response;
      await response.body?.cancel();
      url = new URL(location, url);
    }
    throw new ServiceError(
      "BASE_UNREADABLE",
      `it is redirected more than ${MOST_REDIRECTS} times`,
    );
  }
}

/** Checks an answer's status and its `Content-Range`. */
function rangeOf({ status, headers }: Response, from: number): { size: number } {
  if (status === 404 || status === 410) {
    throw new ServiceError("BASE_NOT_FOUND", "its server has no such file");
  }
  if (status === 429 || status >= 500) throw new Passing(`its server answered ${status}`);
  if (status === 416) throw new ServiceError("BASE_UNREADABLE", "it is shorter than it should be");
  if (status === 200) {
    throw new ServiceError(
      "BASE_UNREADABLE",
      "its server does not serve ranges of files; use one that does or copy the file",
    );
  }
  const [, first, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get("Content-Range") ?? "") ?? [];
  if (status !== 206) {
    throw new ServiceError("BASE_UNREADABLE", `its server answered ${status}`);
  }
  const encoding = headers.get("Content-Encoding") ?? "identity";
  if (Number(first) !== from || !Number.isSafeInteger(Number(size)) || encoding !== "identity") {
    throw new ServiceError("BASE_UNREADABLE", "its server answered with another range");
  }
  return { size: Number(size) };
}

/** Copies a body, and refuses one that is too long. */
async function fill(room: Uint8Array<SharedArrayBuffer>, { body }: Response): Promise<number> {
  let at = 0;
  for await (const piece of body ?? []) {
    if (piece.length > room.length - at) throw new Passing("the answer is longer than the range");
    room.set(piece, at);
    at += piece.length;
  }
  return at;
}

/** Whether an error of the network may be temporary. */
async function passing<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (thrown) {
    if (thrown instanceof Passing || thrown instanceof Deno.errors.NotCapable) throw thrown;
    throw new Passing(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function forbidden(what: string): ServiceError {
  return new ServiceError("FORBIDDEN_PATH", `${what} is not allowed`);
}

/** Names a file in messages. The whole URL may hold secrets. */
function failureOf(thrown: unknown, url: string): ErrorRecord {
  const cause = thrown instanceof RetryError ? (thrown as Error).cause : thrown;
  const why = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof ServiceError ? cause.code : "BASE_UNREADABLE";
  const plain = why.replaceAll(/https?:\/\/[^\s)]+/g, "its server").slice(0, 500);
  return { code, message: `${fileName(url)} can't be read: ${plain}` };
}
