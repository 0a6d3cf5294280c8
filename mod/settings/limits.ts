import { getHeapStatistics } from "node:v8";
import type { JobLimits } from "../job/request.ts";
import type { JobsLimits } from "../job/retention.ts";
import type { HttpLimits, TcpLimits } from "../wire/connection_limits.ts";
import type { Row } from "./row.ts";
import { seconds, whole } from "./setting_types.ts";

/** Every limit of the service; each has a row of {@linkcode LIMITS}. */
export interface Limits extends TcpLimits, HttpLimits, JobLimits, JobsLimits {
  /** Seconds a job may take; a request may ask for fewer. */
  jobSeconds: number;
  /** Seconds of silence after which an engine counts as hanging and is ended. */
  silenceSeconds: number;
  /** Seconds that running jobs may go on once the service is told to stop. */
  stopSeconds: number;
  /** Seconds without a sign of a node after which its parts of jobs are given to others. */
  lostSeconds: number;
  /** Partitions of a job that a node is given at once, at most. */
  taskPartitions: number;
  /** Parts of jobs that all nodes together begin a second; 0 for as many as they can. */
  clusterRate: number;
}

/** A row of {@linkcode LIMITS}. */
export interface LimitRow extends Row<number> {
  /** What happens when it is exceeded, as Markdown. */
  exceeded: string;
}

/** JSON takes up to some 25 times its length once it is parsed: well within half of the heap. */
const HEAP_PER_PENDING = 64;

/** A number of things, or of bytes where the name says so. */
const count = whole(1, 1e6), countOrNone = whole(0, 1e6);

/** Bytes of a line: a string holds no more, and the smallest still lets an error reply through. */
const lineBytes = whole(1024, 2 ** 28);

/**
 * Every limit of the service: a property of {@linkcode Limits}, a key of the table `[limits]`, a name of
 * `--limit`, an environment variable. `deno run -A scripts/settings_tables.ts --write` writes the tables of
 * the docs.
 */
export const LIMITS: { readonly [K in keyof Limits]: LimitRow } = {
  requestBytes: {
    type: lineBytes,
    default: 2 ** 20,
    defaultWords: "1 MiB",
    help: "length of a request",
    exceeded: "`TOO_LARGE`, and the connection ends",
    reload: "always",
  },
  pendingBytes: {
    type: whole(1024, 2 ** 40),
    default: Math.floor(getHeapStatistics().heap_size_limit / HEAP_PER_PENDING),
    defaultWords: "1/64 of the server's heap, 64 MiB of 4 GiB",
    help: "length of all requests over 4 KiB that are read or answered at the same time",
    exceeded: "`BUSY`; amid a request the connection ends, too",
    reload: "never",
  },
  replyBytes: {
    type: lineBytes,
    default: 2 ** 24,
    defaultWords: "16 MiB",
    help: "length of a reply",
    exceeded: "`Result`, then `Log` are left out; if that isn't enough, `TOO_LARGE`",
    reload: "always",
  },
  connections: {
    type: count,
    default: 2048,
    help: "open connections",
    exceeded: "`BUSY`, and the connection ends",
    reload: "always",
  },
  idleSeconds: {
    type: seconds,
    default: 300,
    help: "time without a request, and for one to arrive whole",
    exceeded: "`IDLE_TIMEOUT`, and the connection ends",
    reload: "always",
  },
  replySeconds: {
    type: seconds,
    default: 60,
    help: "time for the client to read a reply",
    exceeded: "the connection is dropped",
    reload: "always",
  },
  httpConnections: {
    type: count,
    default: 512,
    help: "open connections over HTTP",
    exceeded: "status 503, and the connection ends; over TLS it just ends",
    reload: "always",
  },
  httpClientConnections: {
    type: count,
    default: 128,
    help: "open connections over HTTP from one address, over IPv6 from one network of 64 bits",
    exceeded: "the same",
    reload: "always",
  },
  httpHeadSeconds: {
    type: seconds,
    default: 10,
    help: "time for the head of an HTTP request to arrive whole, with the TLS handshake before it",
    exceeded: "the connection is closed",
    reload: "always",
  },
  httpIdleSeconds: {
    type: seconds,
    default: 60,
    help: "time without a byte either way on a connection over HTTP",
    exceeded: "the connection is closed",
    reload: "always",
  },
  jobs: {
    type: count,
    default: 2,
    help: "jobs that run at once",
    more: "each uses `workers` cores and up to `memory-bytes`",
    exceeded: "the next ones wait",
    node: "parts of jobs that it computes at once",
    reload: "always",
  },
  queue: {
    type: countOrNone,
    default: 1000,
    help: "jobs that wait",
    exceeded: "`BUSY`",
    reload: "always",
  },
  clientQueue: {
    type: countOrNone,
    default: 900,
    help: "jobs of one client, or of one name, that wait",
    exceeded: "`BUSY`",
    reload: "always",
  },
  jobSeconds: {
    type: seconds,
    default: 3600,
    help: "time of a job",
    more: "a request may ask for less",
    exceeded: "`FORMULA_TIMEOUT`",
    reload: "always",
  },
  silenceSeconds: {
    type: seconds,
    default: 30,
    help: "time without a sign of life from a job's engine",
    exceeded: "`FORMULA_TIMEOUT`",
    node: true,
    reload: "never",
  },
  // V8 and the worker's own code need the least of these.
  heapBytes: {
    type: whole(2 ** 24, 2 ** 42),
    default: 2 ** 31,
    defaultWords: "2 GiB",
    help: "JavaScript heap of each worker of a job",
    exceeded: "`OUT_OF_MEMORY`",
    node: true,
    reload: "always",
  },
  memoryBytes: {
    type: whole(2 ** 28, 2 ** 44),
    default: shareOfMemory(),
    defaultWords: "0.3 of the machine's",
    help: "resident memory of a job's engine, all of it: heaps, typed arrays, WebAssembly",
    exceeded: "`OUT_OF_MEMORY`",
    node: true,
    reload: "always",
  },
  // Partitions of less than a few megabytes cost more than they spare.
  workBytes: {
    type: whole(2 ** 26, 2 ** 42),
    default: 2 ** 29,
    defaultWords: "512 MiB",
    help: "memory of a job's engine for data under way",
    more: "wide tables are cut into partitions by it, its workers share it",
    exceeded: "partitions have fewer rows, fewer workers run at once",
    reload: "always",
  },
  resultBytes: {
    type: whole(1024, 2 ** 50),
    default: 2 ** 36,
    defaultWords: "64 GiB",
    help: "length of a result file",
    exceeded: "`TOO_LARGE`",
    node: true,
    reload: "always",
  },
  logBytes: {
    type: whole(0, 2 ** 28),
    default: 2 ** 18,
    defaultWords: "256 KiB",
    help: "log that is kept of a job",
    exceeded: "the rest is left out, and the last line says so",
    node: true,
    reload: "always",
  },
  attempts: {
    type: count,
    default: 3,
    help: "runs of a job that the service's end interrupts, the first one included",
    exceeded: "`INTERRUPTED`",
    node: "times that a task may be lost with its node",
    reload: "always",
  },
  keepSeconds: {
    type: seconds,
    default: 604_800,
    help: "time that ended jobs are kept",
    exceeded: "`JOB_NOT_FOUND`",
    reload: "always",
  },
  keepJobs: {
    type: countOrNone,
    default: 10_000,
    help: "ended jobs that are kept",
    exceeded: "those that ended first are dropped",
    reload: "always",
  },
  keepBytes: {
    type: whole(2 ** 20, 2 ** 40),
    default: 2 ** 28,
    defaultWords: "256 MiB",
    help: "requests, results and logs of ended jobs that are kept",
    exceeded: "those that ended first are dropped",
    reload: "always",
  },
  stopSeconds: {
    type: seconds,
    default: 10,
    help: "time for running jobs to end when the service is stopped",
    exceeded: "they run again later, or are `CANCELLED`",
    node: "time for parts under way to end when it is stopped",
    reload: "always",
  },
  lostSeconds: {
    type: seconds,
    default: 30,
    help: "silence after which a node of a cluster is lost and others compute its tasks",
    more: "set on the nodes",
    exceeded: "a task that is lost more than `attempts` times fails its job with `INTERRUPTED`",
    node: true,
    reload: "always",
  },
  taskPartitions: {
    type: count,
    default: 64,
    defaultWords: "64, and more where a job would have over 10,000 tasks",
    help: "partitions of a task of a cluster",
    exceeded: "jobs are divided so",
    reload: "always",
  },
  clusterRate: {
    type: countOrNone,
    default: 0,
    defaultWords: "0: as many as they can",
    help: "tasks that all nodes of a cluster begin a second",
    more: "set on the nodes",
    exceeded: "they wait",
    node: true,
    reload: "always",
  },
};

/** Limits where nothing else is said. */
export function defaultLimits(): Limits {
  const values = Object.entries(LIMITS).map(([key, row]) => [key, row.default]);
  return Object.fromEntries(values);
}

/** Three tenths of the machine's memory, in bytes; 4 GiB where the service may not ask for it. */
function shareOfMemory(): number {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" });
  return state === "granted" ? Math.floor(Deno.systemMemoryInfo().total * 0.3) : 2 ** 32;
}
