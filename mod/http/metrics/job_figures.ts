import type { Service } from "../../service.ts";
import type { Sample } from "./history.ts";

/** `Response.Statistic`, as far as it is read here. */
export interface Statistic {
  Memory: { Total: number; Available: number } | null;
  Load: number[] | null;
  Uptime: number;
  Version: string;
  Processes: { Role: "server" | "engine"; Resident: number | null }[];
  Connections: number;
  Jobs: { Running: number; Queued: number; Done: number; Failed: number };
  Workers: number;
  /** Where jobs run on a cluster. */
  Cluster?: {
    Nodes: {
      Name: string;
      Cores: number;
      Slots: number;
      Memory: { Total: number; Available: number } | null;
      Tasks: { Running: number; Done: number; Failed: number };
      Heartbeat: number;
    }[];
  };
}

/** What the service knows of itself now. */
export function statisticOf(service: Pick<Service, "statistic">): Statistic {
  return JSON.parse(service.statistic());
}

/** Resident memory of the service's processes of one role in bytes; null while it is unknown. */
export function residentOf({ Processes }: Statistic, role: "server" | "engine"): number | null {
  const known = Processes.filter(({ Role }) => Role === role).map(({ Resident }) => Resident)
    .filter((bytes) => bytes !== null);
  return known.length === 0 ? null : known.reduce((sum, bytes) => sum + bytes, 0);
}

/** The statistic as one point of the history. */
export function sampleOf(statistic: Statistic): Sample {
  const { Memory, Load, Jobs } = statistic;
  return {
    time: Date.now(),
    server: residentOf(statistic, "server"),
    engines: residentOf(statistic, "engine"),
    used: Memory === null ? null : Memory.Total - Memory.Available,
    load: Load?.[0] ?? null,
    running: Jobs.Running,
    queued: Jobs.Queued,
  };
}
