/** How quick the service is at small jobs, and how much memory it takes at large ones. */
import type { RunningServer } from "../scripts/running_server.ts";
import { pathOf } from "./data.ts";
import type { Figure } from "./figure.ts";
import { sendJob, startService } from "./ours.ts";

const SMALL_ROWS = 1000;
const SMALL_JOBS = 200;

/** The works whose memory is looked at: one that reads, one that writes, one with neighbours' rows. */
const MEMORY_FORMULAS = ["statistics", "derived_time", "rolling"];
const MEMORY_MEGABYTES = 300;
const MEMORY_TIMES = 4;
/** How much more the larger file may take: two runs on one file differ by as much. */
const MEMORY_SLACK = 1.05;

/** Rows of the files that the figures with these names need. */
export function rowsFor(name: string, rows: number): number[] {
  if (name === "small-job") return [SMALL_ROWS];
  return name === "memory" ? [rows, MEMORY_TIMES * rows] : [];
}

/** Jobs on 1000 rows, one after another, each over a connection of its own. */
export async function smallJobs(server: RunningServer, cache: string): Promise<Figure[]> {
  const input = pathOf(cache, SMALL_ROWS, "series");
  const times: number[] = [];
  for (let job = -10; job < SMALL_JOBS; job++) {
    const started = performance.now();
    await sendJob(server, input, { formula: "statistics" });
    if (job >= 0) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * (times.length - 1))]!;
  const title = `job on ${SMALL_ROWS} rows over TCP`;
  return [
    {
      name: "small-job",
      title: `${title}, p50`,
      value: at(0.5),
      unit: "ms",
      mustReach: { most: 15 },
    },
    { name: "small-job", title: `${title}, p95`, value: at(0.95), unit: "ms" },
  ];
}

/** Most memory of the server and its engines together after jobs on all rows, and on four times as many. */
export async function memory(binary: string, cache: string, rows: number): Promise<Figure[]> {
  const counts = [rows, MEMORY_TIMES * rows];
  const figures: Figure[] = [];
  for (const count of counts) {
    await using server = await startService(binary, cache);
    const input = pathOf(cache, count, "series");
    const peaks = await peaksDuring(server, async () => {
      for (const formula of MEMORY_FORMULAS) await sendJob(server, input, { formula });
    });
    figures.push({
      name: "memory",
      title: `peak memory at ${count.toLocaleString("en")} rows`,
      value: peaks.reduce((sum, { megabytes }) => sum + megabytes, 0),
      unit: "MB",
      mustReach: { most: figures[0] ? MEMORY_SLACK * figures[0].value : MEMORY_MEGABYTES },
      note: peaks.map(({ role, megabytes }) => `${role} ${Math.round(megabytes)}`).join(", "),
    });
  }
  return figures;
}

interface Peak {
  role: string;
  megabytes: number;
}

/** VmHWM of the server and of its largest engine while something runs; an engine may end meanwhile. */
async function peaksDuring(server: RunningServer, work: () => Promise<void>): Promise<Peak[]> {
  const peaks = new Map<string, number>();
  let working = true;
  const watching = (async () => {
    do {
      const { Response } = await server.request({ Header: "Info", Request: "Status" });
      const { Processes } = Response.Statistic as { Processes: { Pid: number; Role: string }[] };
      for (const { Pid, Role } of Processes) {
        peaks.set(Role, Math.max(peaks.get(Role) ?? 0, peakOf(Pid)));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    } while (working);
  })();
  await work();
  working = false;
  await watching;
  return [...peaks].map(([role, megabytes]) => ({ role, megabytes }));
}

/** VmHWM of a process in megabytes; 0 when it has just ended. */
function peakOf(pid: number): number {
  let status;
  try {
    status = Deno.readTextFileSync(`/proc/${pid}/status`);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    return 0;
  }
  return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0) * 1024 / 1e6;
}
