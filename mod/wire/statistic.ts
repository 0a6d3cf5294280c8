import type {
  MemoryFigures,
  NodeFigures,
  ProcessFigures,
  ServiceFigures,
} from "../system/figures.ts";
import type { JsonObject } from "../common/json_object.ts";
import { completeReply, descriptionOf } from "./reply.ts";
import type { Request } from "./request.ts";

interface Memory {
  Total: number;
  Available: number;
}

/**
 * What a service tells of itself: `Response.Statistic`, and an event of the page. Memory is in bytes, times are
 * in seconds; what isn't known is null.
 */
export interface Statistic {
  Memory: Memory & { SwapTotal: number; SwapFree: number } | null;
  /** Over 1, 5 and 15 minutes. */
  Load: number[] | null;
  Uptime: number;
  Version: string;
  Processes: {
    Pid: number;
    Role: "server" | "engine";
    /** Id of the job that it runs. */
    Job: string | null;
    Resident: number | null;
    /** In percent of one core. */
    Cpu: number | null;
    Age: number;
  }[];
  Connections: number;
  Jobs: { Running: number; Queued: number; Done: number; Failed: number };
  Workers: number;
  /** Where jobs run on a cluster. */
  Cluster?: {
    Problem: string | null;
    Nodes: {
      Name: string;
      Address: string;
      Cores: number;
      Memory: { Total: number; Available: number | null } | null;
      Slots: number;
      Workers: number;
      Tasks: { Running: number; Done: number; Failed: number };
      Heartbeat: number;
    }[];
  };
}

/** A service's figures for a reply. */
export function statistic(figures: ServiceFigures): Statistic {
  const { memory, jobs, cluster } = figures;
  return {
    Memory: memory && {
      ...memoryOf(memory),
      SwapTotal: memory.swapTotal,
      SwapFree: memory.swapFree,
    },
    Load: figures.load,
    Uptime: figures.uptimeSeconds,
    Version: figures.version,
    Processes: figures.processes.map(processOf),
    Connections: figures.connections,
    Jobs: { Running: jobs.running, Queued: jobs.queued, Done: jobs.done, Failed: jobs.failed },
    Workers: figures.workers,
    ...(cluster && { Cluster: { Problem: cluster.problem, Nodes: cluster.nodes.map(nodeOf) } }),
  };
}

function memoryOf({ total, available }: MemoryFigures) {
  return { Total: total, Available: available };
}

function processOf({ pid, role, job, residentBytes, cpuPercent, ageSeconds }: ProcessFigures) {
  return {
    Pid: pid,
    Role: role,
    Job: job,
    Resident: residentBytes,
    Cpu: cpuPercent,
    Age: ageSeconds,
  };
}

function nodeOf({ memory, available, ...node }: NodeFigures) {
  return {
    Name: node.name,
    Address: node.address,
    Cores: node.cores,
    Memory: memory === null ? null : { Total: memory, Available: available },
    Slots: node.slots,
    Workers: node.workers,
    Tasks: { Running: node.running, Done: node.done, Failed: node.failed },
    Heartbeat: node.silent,
  };
}

/** The same figures without the ids of running jobs. */
export function withoutJobs(figures: ServiceFigures): ServiceFigures {
  return { ...figures, processes: figures.processes.map((one) => ({ ...one, job: null })) };
}

/** The reply to an `Info` request. @param text JSON text of the statistic. */
export function infoReply(request: Request, description: string, text: string): string {
  return completeReply(request, description, `"Statistic":${text}`);
}

/** What a response says of a service: a text, and figures. */
export function infoIn(response: JsonObject): { text: string; statistic: Statistic } {
  return { text: String(descriptionOf(response)), statistic: response.Statistic as Statistic };
}
