/** How quick the service is at small jobs, and how much memory it takes at large ones. */
import { basename, dirname, join } from "@std/path";
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
/** How much more the larger file may take, below that bound: two runs on one file differ by as much. */
const MEMORY_SLACK = 1.1;

/** Rows of the files that the figures with these names need. */
export function rowsFor(name: string, rows: number): number[] {
  if (name === "small-job") return [SMALL_ROWS];
  return name === "memory" ? [rows, MEMORY_TIMES * rows] : [];
}

interface SmallJob {
  formula: string;
  input: string;
}

/**
 * Jobs on 1000 rows, one after another, each over a connection of its own: of a formula that ran before, of
 * one that is new each time, and of the first on data in another folder that is new each time.
 */
export async function smallJobs(server: RunningServer, cache: string): Promise<Figure[]> {
  const input = pathOf(cache, SMALL_ROWS, "series");
  const known = { formula: "statistics", input };
  const title = `job on ${SMALL_ROWS} rows over TCP`;
  const same = await timesOf(server, () => Promise.resolve(known));
  const fresh = await timesOf(server, (number) => newFormula(known, number));
  const moved = await timesOf(server, (number) => newData(known, number));
  return [
    middle(`${title}, p50`, same, 12),
    { name: "small-job", title: `${title}, p95`, value: at(same, 0.95), unit: "ms" },
    middle(`${title}, a new formula each time, p50`, fresh, 25),
    middle(`${title}, new data each time, p50`, moved, 25),
  ];
}

/** Milliseconds of each job, in order of size. */
async function timesOf(
  server: RunningServer,
  make: (number: number) => Promise<SmallJob>,
): Promise<number[]> {
  const times: number[] = [];
  for (let number = -10; number < SMALL_JOBS; number++) {
    const { formula, input } = await make(number);
    const started = performance.now();
    await sendJob(server, input, { formula });
    if (number >= 0) times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

function at(times: number[], share: number): number {
  return times[Math.floor(share * (times.length - 1))]!;
}

function middle(title: string, times: number[], most: number): Figure {
  return { name: "small-job", title, value: at(times, 0.5), unit: "ms", mustReach: most };
}

async function newFormula({ formula, input }: SmallJob, number: number): Promise<SmallJob> {
  const folder = dirname(input);
  const text = await Deno.readTextFile(join(folder, `${formula}.ts`));
  await Deno.writeTextFile(join(folder, "new.ts"), `${text}// ${number}\n`);
  return { formula: "new", input };
}

/** The formula stays where it is, and the data lies beside its folder. */
async function newData({ formula, input }: SmallJob, number: number): Promise<SmallJob> {
  const folder = join(dirname(dirname(input)), "new");
  await Deno.mkdir(folder, { recursive: true });
  const path = join(folder, `${number}.parquet`);
  await Deno.copyFile(input, path);
  return { formula: join("..", basename(dirname(input)), formula), input: path };
}

/**
 * Most memory that the server and its engines take together during jobs on all rows, and on four times as
 * many; pages of the executable that several of them have mapped count once.
 */
export async function memory(binary: string, cache: string, rows: number): Promise<Figure[]> {
  const counts = [rows, MEMORY_TIMES * rows];
  const figures: Figure[] = [];
  for (const count of counts) {
    await using server = await startService(binary, cache);
    const input = pathOf(cache, count, "series");
    const peak = await peakDuring(server, async () => {
      for (const formula of MEMORY_FORMULAS) await sendJob(server, input, { formula });
    });
    figures.push({
      name: "memory",
      title: `peak memory at ${count.toLocaleString("en")} rows`,
      value: sumOf(peak),
      unit: "MB",
      mustReach: Math.min(
        MEMORY_MEGABYTES,
        figures[0] ? MEMORY_SLACK * figures[0].value : Infinity,
      ),
      note: [...peak].map(([role, megabytes]) => `${role} ${Math.round(megabytes)}`).join(", "),
    });
  }
  return figures;
}

/** Megabytes by role: the most that they came to together while something ran. */
async function peakDuring(
  server: RunningServer,
  work: () => Promise<void>,
): Promise<Map<string, number>> {
  let peak = new Map<string, number>();
  let working = true;
  const watching = (async () => {
    do {
      const { Response } = await server.request({ Header: "Info", Request: "Status" });
      const { Processes } = Response.Statistic as { Processes: { Pid: number; Role: string }[] };
      const now = new Map<string, number>();
      for (const { Pid, Role } of Processes) now.set(Role, (now.get(Role) ?? 0) + takenBy(Pid));
      if (sumOf(now) > sumOf(peak)) peak = now;
      await new Promise((resolve) => setTimeout(resolve, 10));
    } while (working);
  })();
  await work();
  working = false;
  await watching;
  return peak;
}

function sumOf(values: Map<string, number>): number {
  return values.values().reduce((sum, value) => sum + value, 0);
}

/** Proportional set size of a process in megabytes (proc(5), `smaps_rollup`); 0 when it has just ended. */
function takenBy(pid: number): number {
  try {
    const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
    return Number(/^Pss:\s*(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024 / 1e6;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound) && !isGone(thrown)) throw thrown;
    return 0;
  }
}

/** The kernel's ESRCH: the process ended between opening and reading. */
function isGone(thrown: unknown): boolean {
  return thrown instanceof Error && /os error 3/.test(thrown.message);
}
