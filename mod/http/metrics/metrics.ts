import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { JobRecord } from "../../job/record.ts";
import { VERSION } from "../../common/version.ts";
import type { Closing } from "../connections/front.ts";
import type { NodeFigures } from "../../system/figures.ts";
import type { Header } from "../../wire/request.ts";
import { GAUGES, NODE_GAUGES, NODE_TOTALS, type Scrape, TOTALS } from "./figures.ts";
import type { Watched } from "./watched.ts";

/** What the names of all figures begin with. */
const PREFIX = "measuring_";

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
  readonly #httpConnections: () => number;
  #scrape: Scrape | null = null;
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
      name: `${PREFIX}request_duration_seconds`,
      help: "Time until a request over TCP was answered; a Dask request waits for its job",
      labelNames: ["header"],
      buckets: SECONDS,
      registers,
    });
    this.#jobs = new Histogram({
      name: `${PREFIX}job_duration_seconds`,
      help: "Time from the start of a job to its end, by how it ended",
      labelNames: ["state"],
      buckets: SECONDS,
      registers,
    });
    this.#waits = new Histogram({
      name: `${PREFIX}job_wait_seconds`,
      help: "Time that a job waited in the queue before it started",
      buckets: SECONDS,
      registers,
    });
    this.#errors = new Counter({
      name: `${PREFIX}job_errors_total`,
      help: "Jobs that failed or were cancelled, by the code of their error",
      labelNames: ["code"],
      registers,
    });
    this.#read = new Counter({
      name: `${PREFIX}job_read_bytes_total`,
      help: "Bytes of datasets that complete jobs have read",
      registers,
    });
    this.#written = new Counter({
      name: `${PREFIX}job_written_bytes_total`,
      help: "Bytes of results that complete jobs have written",
      registers,
    });
    this.#http = new Counter({
      name: `${PREFIX}http_requests_total`,
      help: "Requests over HTTP, by the status of their reply",
      labelNames: ["status"],
      registers,
    });
    this.#breaks = new Counter({
      name: `${PREFIX}http_breaks_total`,
      help: "Times that HTTP could take on no connection, for want of file descriptors",
      registers,
    });
    this.#closings = new Counter({
      name: `${PREFIX}http_closings_total`,
      help: "Connections over HTTP that were closed because of a limit, by the limit",
      labelNames: ["limit"],
      registers,
    });
    for (const limit of Object.values(LIMITS)) this.#closings.inc({ limit }, 0);
    this.#httpConnections = httpConnections;
    this.#addGauges();
    this.#addEnds();
    this.#addTotals();
    for (const [name, help, read] of NODE_GAUGES) this.#addNodes(Gauge, name, help, read);
    for (const [name, help, read] of NODE_TOTALS) this.#addNodes(Counter, name, help, read);
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
    const watched = this.#watched;
    const httpConnections = this.#httpConnections();
    this.#scrape = { now: watched.service.figures(), watched, httpConnections };
    return await this.#registry.metrics();
  }

  #addGauges(): void {
    const scrape = () => this.#scrape!;
    for (const [name, help, read] of GAUGES) {
      new Gauge({
        name: PREFIX + name,
        help,
        registers: [this.#registry],
        collect() {
          const value = read(scrape());
          if (typeof value === "number") this.set(value);
          else this.remove();
        },
      });
    }
    new Gauge({
      name: `${PREFIX}build_info`,
      help: "Version of the service and of Deno",
      labelNames: ["version", "deno"],
      registers: [this.#registry],
    }).set({ version: VERSION, deno: Deno.version.deno }, 1);
  }

  #addTotals(): void {
    const watched = this.#watched;
    for (const [name, help, read] of TOTALS) {
      new Counter({
        name: PREFIX + name,
        help,
        registers: [this.#registry],
        collect() {
          this.reset();
          this.inc(read(watched) ?? 0);
        },
      });
    }
  }

  #addEnds(): void {
    const { jobs } = this.#watched;
    new Counter({
      name: `${PREFIX}jobs_ended_total`,
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

  /** A figure of a cluster's nodes, each by its name; those of a node that has gone are gone, too. */
  #addNodes(
    Kind: typeof Gauge | typeof Counter,
    name: string,
    help: string,
    read: (node: NodeFigures) => number | null | undefined,
  ): void {
    const nodes = () => this.#scrape!.now.cluster?.nodes ?? [];
    new Kind({
      name: PREFIX + name,
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
  }
}
