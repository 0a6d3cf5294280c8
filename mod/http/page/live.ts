import type { Principal } from "../../access/principal.ts";
import { ClientJobs } from "../../jobs/client_jobs.ts";
import { jobInfo } from "../../wire/job_info.ts";
import { reply } from "./reply.ts";
import type { Events } from "./shapes.ts";
import type { Watched } from "../metrics/watched.ts";

/** How often it is looked whether anything has changed, in milliseconds. */
const LOOK_EVERY = 500;
/**
 * Time after which something is sent in any case, in milliseconds: it shows whether they are there. It is sooner
 * where idle connections are closed early.
 */
const BEAT = 15_000;
/** Times that something is sent before a connection counts as idle. */
const BEATS = 4;
/** Jobs that are told of: of those that haven't ended, and of all. */
const MOST_ACTIVE = 100, MOST_JOBS = 50;
/** Bytes that may wait for a listener; one that is slower is let go, and comes again. */
const MOST_WAITING = 2 ** 22;

interface Listener {
  principal: Principal;
  stream: ReadableStreamDefaultController<Uint8Array>;
  /** What was sent last, by event. */
  sent: Map<string, string>;
}

type Event = [event: keyof Events, data: string];

/** Tells listeners of the jobs and the service as they change, by server-sent events. */
export class Live {
  readonly #watched: Pick<Watched, "jobs" | "service" | "limits">;
  readonly #most: number;
  readonly #listeners = new Set<Listener>();
  readonly #encoder = new TextEncoder();
  #timer: number | undefined;
  #beat = 0;

  /** @param most Listeners at once. */
  constructor(watched: Pick<Watched, "jobs" | "service" | "limits">, most: number) {
    this.#watched = watched;
    this.#most = most;
  }

  /** A reply that goes on until either side ends it; null where there are too many already. */
  listen(principal: Principal): Response | null {
    if (this.#listeners.size >= this.#most) return null;
    let listener: Listener;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (stream) => {
        listener = { principal, stream, sent: new Map() };
        this.#listeners.add(listener);
        this.#tell([listener]);
      },
      cancel: () => this.#leave(listener),
    }, { highWaterMark: MOST_WAITING, size: (chunk) => chunk!.byteLength });
    this.#timer ??= setInterval(() => this.#tell(this.#listeners), LOOK_EVERY);
    return reply(body, "text/event-stream");
  }

  /** Ends all replies. */
  close(): void {
    for (const listener of this.#listeners) {
      listener.stream.close();
      this.#leave(listener);
    }
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tell(listeners: Iterable<Listener>): void {
    const idle = this.#watched.limits.httpIdleSeconds * 1000;
    const beats = performance.now() - this.#beat > Math.min(BEAT, idle / BEATS);
    if (beats) this.#beat = performance.now();
    const known = new Map<string | null, Event[]>();
    for (const listener of listeners) {
      const { role, name } = listener.principal;
      const owner = role === "run" ? name : null;
      const events = known.get(owner) ?? this.#events(listener.principal);
      known.set(owner, events);
      let text = beats ? ":\n\n" : "";
      for (const [event, data] of events) {
        if (listener.sent.get(event) === data) continue;
        listener.sent.set(event, data);
        text += `event: ${event}\ndata: ${data}\n\n`;
      }
      if (text === "") continue;
      listener.stream.enqueue(this.#encoder.encode(text));
      if ((listener.stream.desiredSize ?? 0) > 0) continue;
      listener.stream.error(new Error("the listener is too slow"));
      this.#leave(listener);
    }
  }

  /** How all is, as far as a client reaches it. */
  #events(principal: Principal): Event[] {
    const statistic = this.#watched.service.statistic(principal.role !== "run");
    return [this.#jobsEvent(principal), ["service", statistic]];
  }

  /** The jobs, or why there is none to be had: the state may lie on a full disk. */
  #jobsEvent(principal: Principal): Event {
    try {
      const jobs: Events["jobs"] = this.#list(principal);
      return ["jobs", JSON.stringify(jobs)];
    } catch (thrown) {
      return ["trouble", JSON.stringify(thrown instanceof Error ? thrown.message : thrown)];
    }
  }

  /** The newest jobs, and those that haven't ended. */
  #list(principal: Principal) {
    const jobs = new ClientJobs(this.#watched.jobs, { principal, address: "" });
    const active = jobs.list({ states: ["queued", "running"], limit: MOST_ACTIVE });
    const newest = jobs.list({ limit: MOST_JOBS });
    const known = new Map([...active, ...newest].map((one) => [one.record.seq, one]));
    return [...known.values()].sort((a, b) => b.record.seq - a.record.seq).map(jobInfo);
  }
}
