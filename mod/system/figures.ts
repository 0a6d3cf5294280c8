import type { JobCounts } from "../job/record.ts";

/** Memory of a machine, in bytes. */
export interface MemoryFigures {
  total: number;
  available: number;
}

/** A process of the service. Unknown figures are null. */
export interface ProcessFigures {
  pid: number;
  role: "server" | "engine";
  /** Id of the job that it runs. */
  job: string | null;
  residentBytes: number | null;
  cpuPercent: number | null;
  ageSeconds: number;
}

/** What is known of a node of a cluster. */
export interface NodeFigures {
  name: string;
  /** Of the machine, as far as that is known. */
  address: string;
  cores: number;
  /** Bytes of the machine's memory, and of what of it is available; null where it may not be asked. */
  memory: number | null;
  available: number | null;
  /** Parts of jobs that it computes at once, with so many workers each. */
  slots: number;
  workers: number;
  /** Parts that it computes now, and has computed or given up since its start. */
  running: number;
  done: number;
  failed: number;
  /** Seconds since it told of itself. */
  silent: number;
}

/** What a service knows of itself and the machine, at one moment. */
export interface ServiceFigures {
  /** Null where the service may not ask for it. */
  memory: MemoryFigures & { swapTotal: number; swapFree: number } | null;
  /** Over 1, 5 and 15 minutes; null where the service may not ask for it. */
  load: number[] | null;
  uptimeSeconds: number;
  version: string;
  /** The server's own first. */
  processes: ProcessFigures[];
  /** Client connections that are open. */
  connections: number;
  jobs: Omit<JobCounts, "cancelled">;
  /** Web workers of a job. */
  workers: number;
  /** Where jobs run on a cluster: its nodes, and why it takes no job, if it doesn't. */
  cluster: { nodes: NodeFigures[]; problem: string | null } | null;
}

/** Resident memory of the service's processes of one role in bytes; null while it is unknown. */
export function residentOf(
  { processes }: Pick<ServiceFigures, "processes">,
  role: "server" | "engine",
): number | null {
  const known = processes.filter((one) => one.role === role).map((one) => one.residentBytes)
    .filter((bytes) => bytes !== null);
  return known.length === 0 ? null : known.reduce((sum, bytes) => sum + bytes, 0);
}
