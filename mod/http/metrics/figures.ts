import { type NodeFigures, residentOf, type ServiceFigures } from "../../system/figures.ts";
import type { Watched } from "./watched.ts";

/** What a scrape sees. */
export interface Scrape {
  /** Of the service, read once for all figures. */
  now: ServiceFigures;
  watched: Watched;
  /** Open connections over HTTP. */
  httpConnections: number;
}

/** A figure: its name behind `measuring_`, what it is, and where it is read. One that is null is left out. */
type Figure<From> = [name: string, help: string, read: (from: From) => number | null | undefined];

/** Figures of the service that go up and down. */
export const GAUGES: readonly Figure<Scrape>[] = [
  [
    "ready",
    "Whether jobs are accepted and can run",
    ({ watched }) => watched.ready() === null ? 1 : 0,
  ],
  ["uptime_seconds", "Time since the service started", ({ now }) => now.uptimeSeconds],
  ["jobs_running", "Jobs that run", ({ now }) => now.jobs.running],
  ["jobs_running_limit", "Jobs that may run at once", ({ watched }) => watched.limits.jobs],
  ["jobs_queued", "Jobs that wait", ({ now }) => now.jobs.queued],
  ["jobs_queued_limit", "Jobs that may wait", ({ watched }) => watched.limits.queue],
  ["connections", "Open connections over TCP", ({ now }) => now.connections],
  [
    "connections_limit",
    "Connections that may be open",
    ({ watched }) => watched.limits.connections,
  ],
  ["workers", "Workers that compute one job", ({ now }) => now.workers],
  [
    "server_resident_bytes",
    "Resident memory of the server's process",
    ({ now }) => residentOf(now, "server"),
  ],
  [
    "engines_resident_bytes",
    "Resident memory of all engine processes",
    ({ now }) => residentOf(now, "engine") ?? 0,
  ],
  ["machine_memory_bytes", "Memory of the machine", ({ now }) => now.memory?.total],
  [
    "machine_available_bytes",
    "Memory of the machine that is available",
    ({ now }) => now.memory?.available,
  ],
  ["machine_load", "Load of the machine over one minute", ({ now }) => now.load?.[0]],
  [
    "engines",
    "Engine processes that live",
    ({ now }) => now.processes.filter(({ role }) => role === "engine").length,
  ],
  ["http_connections", "Open connections over HTTP", ({ httpConnections }) => httpConnections],
  [
    "http_connections_limit",
    "Connections over HTTP that may be open",
    ({ watched }) => watched.limits.httpConnections,
  ],
];

/** Figures of the service that only go up, as others count them. */
export const TOTALS: readonly Figure<Watched>[] = [
  ["received_bytes_total", "Bytes that came over TCP", ({ traffic }) => traffic.received],
  ["sent_bytes_total", "Bytes that were sent over TCP", ({ traffic }) => traffic.sent],
  [
    "engine_starts_total",
    "Engine processes that were started",
    ({ engines }) => engines().started,
  ],
  [
    "engine_losses_total",
    "Engine processes that crashed, hung or were ended with their job",
    ({ engines }) => engines().lost,
  ],
];

/** Figures of a cluster's nodes that go up and down. */
export const NODE_GAUGES: readonly Figure<NodeFigures>[] = [
  ["node_cores", "Cores of a cluster's node", ({ cores }) => cores],
  ["node_slots", "Parts of jobs that a node computes at once", ({ slots }) => slots],
  ["node_tasks_running", "Parts of jobs that a node computes", ({ running }) => running],
  ["node_memory_bytes", "Memory of a node's machine", ({ memory }) => memory],
  [
    "node_available_bytes",
    "Memory of a node's machine that is available",
    ({ memory, available }) => memory === null ? null : available,
  ],
  ["node_heartbeat_seconds", "Time since a node told of itself", ({ silent }) => silent],
];

/** Figures of a cluster's nodes that only go up. */
export const NODE_TOTALS: readonly Figure<NodeFigures>[] = [
  ["node_tasks_done_total", "Parts of jobs that a node has computed", ({ done }) => done],
  [
    "node_tasks_failed_total",
    "Parts of jobs that failed or were ended on a node",
    ({ failed }) => failed,
  ],
];
