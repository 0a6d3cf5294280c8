/** How much memory the service's processes have come to. */
import type { RunningServer } from "../scripts/running_server.ts";

/** Forgets the most memory that the processes have had resident so far (proc(5), `clear_refs`). */
export async function forgetPeaks(server: RunningServer): Promise<void> {
  for (const pid of await processesOf(server)) {
    await Deno.writeTextFile(`/proc/${pid}/clear_refs`, "5").catch(ignoreMissing);
  }
}

/** The most megabytes that server and engines had resident, each at its own moment, since then. */
export async function peakOf(server: RunningServer): Promise<number> {
  let megabytes = 0;
  for (const pid of await processesOf(server)) {
    const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(ignoreMissing);
    megabytes += Number(/^VmHWM:\s*(\d+) kB/m.exec(status ?? "")?.[1] ?? 0) * 1024 / 1e6;
  }
  return megabytes;
}

async function processesOf(server: RunningServer): Promise<number[]> {
  const { Response } = await server.request({ Header: "Info", Request: "Status" });
  return (Response.Statistic as { Processes: { Pid: number }[] }).Processes.map(({ Pid }) => Pid);
}

/** An engine may end at any time. */
function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
