import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { JobRecord } from "../../job/record.ts";
import { VERSION } from "../../common/version.ts";
import type { Closing } from "../connections/front.ts";
import type { NodeFigures, ServiceFigures } from "../../system/figures.ts";
import type { Header } from "../../wire/request.ts";
import { residentOf } from "./job_figures.ts";
import type { Watched } from "./watched.ts";

/** Upper bounds in seconds, from a reply out of memory to the longest job. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5]
  .concat([1, 2.5, 5, 10, 30, 60, 300, 1800, 3600]);

/** Limits by what connections over HTTP are closed for. */
const LIMITS: Readonly<Record<Closing, string>> = {
  connections: "http-connections",
  client: "http-client-connections",
  head: "http-head-seconds",
  idle: "http-idle-seconds",
  answer: "answer",
};

/** Figures of the service in the text format of Prometheus. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #watched: Watched;
  /** Read once for all figures of a scrape. */
  #figures: ServiceFigures | null = null;
  readonly #requests;
  readonly #jobs;
  readonly #waits;
  readonly #errors;
  readonly #read;
  readonly #written;
  readonly #http;
  readonly #breaks;
  readonly #closings;

  /** @param httpConnections Open connections over HTTP. */
  constructor(watched: Watched, httpConnections: () => number) {
    this.#watched = watched;
    const registers = [this.#registry];
    this.#requests = new Histogram({
      name: "measuring_request_duration_seconds",
      help: "Time until a request over TCP was answered; a Dask request waits for its job",
      labelNames: ["header"],
      buckets: SECONDS,
      registers,
    });
    this.#jobs = new Histogram({
      name: "measuring_job_duration_seconds",
      help: "Time from the start of a job to its end, by how it ended",
      labelNames: ["state"],
      buckets: SECONDS,
      registers,
    });
    this.#waits = new Histogram({
      name: "measuring_job_wait_seconds",
      help: "Time that a job waited in the queue before it started",
      buckets: SECONDS,
      registers,
    });
    this.#errors = new Counter({
      name: "measuring_job_errors_total",
      help: "Jobs that failed or were cancelled, by the code of their error",
      labelNames: ["code"],
      registers,
    });
    this.#read = new Counter({
      name: "measuring_job_read_bytes_total",
      help: "Bytes of datasets that complete jobs have read",
      registers,
    });
    this.#written = new Counter({
      name: "measuring_job_written_bytes_total",
      help: "Bytes of results that complete jobs have written",
      registers,
    });
    this.#http = new Counter({
      name: "measuring_http_requests_total",
      help: "Requests over HTTP, by the status of their reply",
      labelNames: ["status"],
      registers,
    });
    this.#breaks = new Counter({
      name: "measuring_http_breaks_total",
      help: "Times that HTTP could take on no connection, for want of file descriptors",
      registers,
    });
    this.#closings = new Counter({
      name: "measuring_http_closings_total",
      help: "Connections over HTTP that were closed because of a limit, by the limit",
      labelNames: ["limit"],
      registers,
    });
    for (const limit of Object.values(LIMITS)) this.#closings.inc({ limit }, 0);
    this.#addGauges();
    this.#gauge("http_connections", "Open connections over HTTP", httpConnections);
    this.#gauge(
      "http_connections_limit",
      "Connections over HTTP that may be open",
      () => watched.limits.httpConnections,
    );
    this.#addTotals();
    this.#addNodes();
  }

  /** A connection over HTTP was closed. */
  httpClosing(why: Closing): void {
    this.#closings.inc({ limit: LIMITS[why] });
  }

  /** HTTP could take on no connection. */
  httpBreak(): void {
    this.#breaks.inc();
  }

  /** A request over TCP was answered. @param header All that a client may make up is null. */
  request(header: Header | null, seconds: number): void {
    this.#requests.observe({ header: header ?? "other" }, seconds);
  }

  /** A job has ended. */
  job({ state, submitted, started, ended, report, error }: JobRecord): void {
    if (started !== null) {
      this.#jobs.observe({ state }, (ended! - started) / 1000);
      this.#waits.observe((started - submitted) / 1000);
    }
    if (error !== null) this.#errors.inc({ code: error.code });
    this.#read.inc(report?.bytesRead ?? 0);
    this.#written.inc(report?.bytesWritten ?? 0);
  }

  /** A request over HTTP was answered. */
  http(status: number): void {
    this.#http.inc({ status });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All figures, as text. */
  async text(): Promise<string> {
    this.#figures = this.#watched.service.figures();
    return await this.#registry.metrics();
  }

  #addGauges(): void {
    const now = () => this.#figures!;
    const { limits, ready } = this.#watched;
    this.#gauge("ready", "Whether jobs are accepted and can run", () => ready() === null ? 1 : 0);
    this.#gauge("uptime_seconds", "Time since the service started", () => now().uptimeSeconds);
    this.#gauge("jobs_running", "Jobs that run", () => now().jobs.running);
    this.#gauge("jobs_running_limit", "Jobs that may run at once", () => limits.jobs);
    this.#gauge("jobs_queued", "Jobs that wait", () => now().jobs.queued);
    this.#gauge("jobs_queued_limit", "Jobs that may wait", () => limits.queue);
    this.#gauge("connections", "Open connections over TCP", () => now().connections);
    this.#gauge("connections_limit", "Connections that may be open", () => limits.connections);
    this.#gauge("workers", "Workers that compute one job", () => now().workers);
    this.#gauge(
      "server_resident_bytes",
      "Resident memory of the server's process",
      () => residentOf(now(), "server"),
    );
    this.#gauge(
      "engines_resident_bytes",
      "Resident memory of all engine processes",
      () => residentOf(now(), "engine") ?? 0,
    );
    this.#gauge(
      "machine_memory_bytes",
      "Memory of the machine",
      () => now().memory?.total,
    );
    this.#gauge(
      "machine_available_bytes",
      "Memory of the machine that is available",
      () => now().memory?.available,
    );
    this.#gauge("machine_load", "Load of the machine over one minute", () => now().load?.[0]);
    this.#gauge(
      "engines",
      "Engine processes that live",
      () => now().processes.filter(({ role }) => role === "engine").length,
    );
    new Gauge({
      name: "measuring_build_info",
      help: "Version of the service and of Deno",
      labelNames: ["version", "deno"],
      registers: [this.#registry],
    }).set({ version: VERSION, deno: Deno.version.deno }, 1);
  }

  #addTotals(): void {
    const { traffic, engines } = this.#watched;
    const add = (name: string, help: string, read: () => number) => {
      new Counter({
        name: `measuring_${name}_total`,
        help,
        registers: [this.#registry],
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    };
    this.#addEnds();
    add("received_bytes", "Bytes that came over TCP", () => traffic.received);
    add("sent_bytes", "Bytes that were sent over TCP", () => traffic.sent);
    add("engine_starts", "Engine processes that were started", () => engines().started);
    add(
      "engine_losses",
      "Engine processes that crashed, hung or were ended with their job",
      () => engines().lost,
    );
  }

  #addEnds(): void {
    const { jobs } = this.#watched;
    new Counter({
      name: "measuring_jobs_ended_total",
      help: "Jobs that have ended, by how, whether they had begun or not",
      labelNames: ["state"],
      registers: [this.#registry],
      collect() {
        const { done: complete, failed, cancelled } = jobs.counters;
        this.reset();
        for (const [state, count] of Object.entries({ complete, failed, cancelled })) {
          this.inc({ state }, count);
        }
      },
    });
  }

  /** Figures of a cluster's nodes, each by its name; those of a node that has gone are gone, too. */
  #addNodes(): void {
    const nodes = () => this.#figures!.cluster?.nodes ?? [];
    const add = (Kind: typeof Gauge | typeof Counter) =>
    (
      name: string,
      help: string,
      read: (node: NodeFigures) => number | null | undefined,
    ) => {
      new Kind({
        name: `measuring_node_${name}`,
        help,
        labelNames: ["node"],
        registers: [this.#registry],
        collect() {
          this.reset();
          for (const node of nodes()) {
            const value = read(node);
            if (typeof value === "number") this.inc({ node: node.name }, value);
          }
        },
      });
    };
    const gauge = add(Gauge), total = add(Counter);
    gauge("cores", "Cores of a cluster's node", ({ cores }) => cores);
    gauge("slots", "Parts of jobs that a node computes at once", ({ slots }) => slots);
    gauge("tasks_running", "Parts of jobs that a node computes", ({ running }) => running);
    gauge("memory_bytes", "Memory of a node's machine", ({ memory }) => memory);
    gauge(
      "available_bytes",
      "Memory of a node's machine that is available",
      ({ memory, available }) => memory === null ? null : available,
    );
    gauge("heartbeat_seconds", "Time since a node told of itself", ({ silent }) => silent);
    total("tasks_done_total", "Parts of jobs that a node has computed", ({ done }) => done);
    total(
      "tasks_failed_total",
      "Parts of jobs that failed or were ended on a node",
      ({ failed }) => failed,
    );
  }

  /** @param read A figure that is null is left out. */
  #gauge(name: string, help: string, read: () => number | null | undefined): void {
    new Gauge({
      name: `measuring_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        const value = read();
        if (typeof value === "number") this.set(value);
        else this.remove();
      },
    });
  }
}
