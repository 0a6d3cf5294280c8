/** The start of an engine process: what takes long begins before the rest of it is loaded. */
import { join } from "@std/path";
import type { EngineFolders } from "./engine_start.ts";
import { expectedFolder, type ExpectedJob, type Greeting } from "../link/expected.ts";
import { ReadableFolders } from "../snapshot/readable.ts";
import { CellKeeper } from "../workers/cell_handle.ts";

/**
 * Serves jobs until the server closes the channel.
 *
 * @param args The folder of this engine, which holds the server's socket, and `HOST:PORT` of the HTTP
 * servers that jobs may read from. What proves who connects comes over the standard input.
 */
export async function engineMain(args: string[]): Promise<void> {
  const [folder, ...hosts] = args;
  if (!folder) {
    console.error("engines are started by the service only");
    Deno.exit(2);
  }
  // A terminal and systemd signal the whole group; the server alone decides when engines end.
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => {});
  offerToTheKernel();
  const { token, job }: Greeting = await new Response(Deno.stdin.readable).json();
  const folders = {
    snapshots: join(folder, "formula", crypto.randomUUID()),
    jobs: join(folder, "jobs"),
  };
  const cells = new CellKeeper();
  if (job) startThread(cells, job, folders);
  const { serveJobs } = await import("./process.ts");
  await serveJobs({ folder, folders, hosts, token, cells });
}

/** Starts the first thread of a job that is about to come. */
function startThread(cells: CellKeeper, job: ExpectedJob, folders: EngineFolders): void {
  const folder = expectedFolder(job);
  if (folder === null) return;
  const readable = new ReadableFolders(folders).now(folder);
  cells.take({ readable, heapBytes: job.heapBytes }).ahead(1);
}

/** Where memory runs out the kernel is to end an engine, not the server: proc(5), `oom_score_adj`. */
function offerToTheKernel(): void {
  try {
    Deno.writeTextFileSync("/proc/self/oom_score_adj", "500");
  } catch {
    // Under `deno run` an engine may not write there; then the kernel's own choice holds.
  }
}
