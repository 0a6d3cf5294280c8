/** Figures of one running process. */
export interface ProcessFigures {
  residentBytes: number;
  /** Average use of one core since the process started, in per cent. */
  cpuPercent: number;
  ageSeconds: number;
}

/** Figures by process id. */
export type Listing = Map<number, ProcessFigures>;

/** Least time between two listings, in milliseconds. */
const PERIOD = 1000;

/** Unit of times in `/proc`, the same on every Linux: a hundredth of a second. */
const TICKS_PER_SECOND = 100;

/**
 * Figures of processes, read from the system in the
 * background. Asking never waits: it gives the last listing.
 */
export class ProcessListing {
  #listing: Listing = new Map();
  #taken = -Infinity;
  #taking: Promise<void> | null = null;
  /** How to list processes, or null if the system offers no way. */
  #list: ((pids: number[]) => Promise<Listing>) | null = listByProc;

  /** Increases with each listing. */
  get version(): number {
    return this.#taken;
  }

  /** The figures of a process, or null if unknown. */
  figures(pid: number): ProcessFigures | null {
    return this.#listing.get(pid) ?? null;
  }

  /** Starts a listing of these processes, unless the last one is recent or still running. */
  refresh(pids: number[]): void {
    if (this.#taking || this.#list === null || performance.now() - this.#taken < PERIOD) return;
    this.#taking = this.#take(pids).then(() => {
      this.#taken = performance.now();
      this.#taking = null;
    });
  }

  /** Stops; resolves when the last listing has ended. */
  async close(): Promise<void> {
    await this.#taking;
    this.#list = null;
  }

  async #take(pids: number[]): Promise<void> {
    while (this.#list !== null) {
      try {
        this.#listing = await this.#list(pids);
        return;
      } catch {
        // Not every service has the right to read /proc, nor every system `ps`, which takes far longer.
        this.#list = this.#list === listByProc ? listByPs : null;
      }
    }
    this.#listing = new Map();
  }
}

/** @throws {Error} where there is no `ps`, or it can't be run */
export async function listByPs(pids: number[]): Promise<Listing> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "pid=,rss=,pcpu=,etimes=", "-p", pids.join(",")],
    env: { LC_ALL: "C" },
    stdin: "null",
    stderr: "null",
  }).output();
  const listing: Listing = new Map();
  for (const line of new TextDecoder().decode(stdout).split("\n")) {
    const [pid, resident, cpuPercent, ageSeconds] = line.trim().split(/\s+/).map(Number);
    if (!pid || resident === undefined || cpuPercent === undefined || ageSeconds === undefined) {
      continue;
    }
    listing.set(pid, { residentBytes: resident * 1024, cpuPercent, ageSeconds });
  }
  // A `ps` that knows other options only lists nothing at all.
  if (listing.size === 0) throw new Error("ps listed no process");
  return listing;
}

/**
 * Linux only, and only with all permissions (see proc_pid_stat(5)).
 *
 * @throws {Error} where `/proc` can't be read
 */
export async function listByProc(pids: number[]): Promise<Listing> {
  const uptime = parseFloat(await Deno.readTextFile("/proc/uptime"));
  const listing: Listing = new Map();
  for (const pid of pids) {
    let stat, status;
    try {
      stat = await Deno.readTextFile(`/proc/${pid}/stat`);
      status = await Deno.readTextFile(`/proc/${pid}/status`);
    } catch (error) {
      // It has ended meanwhile.
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    // The name in parentheses may hold anything; behind it, field 3 is the first.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
    const ageSeconds = Math.max(0, uptime - fields[22 - 3]! / TICKS_PER_SECOND);
    const cpuSeconds = (fields[14 - 3]! + fields[15 - 3]!) / TICKS_PER_SECOND;
    const resident = Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0);
    listing.set(pid, {
      residentBytes: resident * 1024,
      cpuPercent: ageSeconds > 0 ? Math.round(cpuSeconds / ageSeconds * 1000) / 10 : 0,
      ageSeconds: Math.floor(ageSeconds),
    });
  }
  return listing;
}
