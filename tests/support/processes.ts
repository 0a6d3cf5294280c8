/** The service's processes as tests see them: by its own listing, and by the kernel's. */
import { join } from "@std/path";
import { listing } from "./fixtures.ts";
import type { RunningServer } from "./harness.ts";
import { until } from "./until.ts";

/** An engine in the service's own listing. */
export interface ListedEngine {
  pid: number;
  /** Id of the job it runs. */
  job: string | null;
}

/** The engines that a server lists. */
export async function enginesOf(server: RunningServer): Promise<ListedEngine[]> {
  const { Response } = await server.request({ Header: "Info", Request: "Status" });
  const { Processes } = Response.Statistic as unknown as {
    Processes: { Pid: number; Role: string; Job: string | null }[];
  };
  return Processes.filter(({ Role }) => Role === "engine")
    .map(({ Pid, Job }) => ({ pid: Pid, job: Job }));
}

/** The engine that runs a job, as soon as there is one. */
export function busyEngine(server: RunningServer): Promise<ListedEngine> {
  const busy = async () => (await enginesOf(server)).find(({ job }) => job !== null);
  return until("an engine to run a job", busy);
}

/** Whether a process lives; one that only waits to be noticed as dead doesn't. */
export function lives(pid: number): boolean {
  try {
    return !/\) Z /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

/** What a process has open: paths, and `socket:…`. */
export function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return [...Deno.readDirSync(folder)].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`${folder}/${name}`)];
    } catch (thrown) {
      if (thrown instanceof Deno.errors.NotFound) return []; // closed since it was listed
      throw thrown;
    }
  });
}

/** A thread that runs formulas. */
export interface FormulaThread {
  /** Nanoseconds that it has run. */
  ran: number;
  /** Whether it runs, or waits for nothing but a processor. */
  runs: boolean;
}

/** Such threads of an engine, by the kernel's ids; the first worker is the cell that they belong to. */
export function formulaThreads(pid: number): [id: string, thread: FormulaThread][] {
  const folder = `/proc/${pid}/task`;
  return entriesOf(folder).flatMap((id): [string, FormulaThread][] => {
    const read = (name: string) => Deno.readTextFileSync(join(folder, id, name));
    try {
      const name = read("comm").trim();
      if (!/^worker-\d/.test(name) || name === "worker-1") return [];
      const [ran] = read("schedstat").split(" ");
      return [[id, { ran: Number(ran), runs: /\) R /.test(read("stat")) }]];
    } catch {
      return []; // it has ended since it was listed
    }
  });
}

function entriesOf(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return []; // the process has ended
  }
}

/** Kills a process with SIGKILL, if it is still there. */
export function killHard(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

/** Names of partial results. */
export const isPartial = (name: string) => name.endsWith(".part");

/** Waits until a job writes rows of its result into a folder. */
export async function partialResult(folder: string): Promise<void> {
  await until("a partial result", () => listing(folder).some(isPartial));
}
