import type { ServiceFigures } from "../../system/figures.ts";
import type { Sample } from "./history.ts";

/** Resident memory of the service's processes of one role in bytes; null while it is unknown. */
export function residentOf(
  { processes }: Pick<ServiceFigures, "processes">,
  role: "server" | "engine",
): number | null {
  const known = processes.filter((one) => one.role === role).map((one) => one.residentBytes)
    .filter((bytes) => bytes !== null);
  return known.length === 0 ? null : known.reduce((sum, bytes) => sum + bytes, 0);
}

/** A service's figures as one point of the history. */
export function sampleOf(figures: ServiceFigures): Sample {
  const { memory, load, jobs } = figures;
  return {
    time: Date.now(),
    server: residentOf(figures, "server"),
    engines: residentOf(figures, "engine"),
    used: memory === null ? null : memory.total - memory.available,
    load: load?.[0] ?? null,
    running: jobs.running,
    queued: jobs.queued,
  };
}
