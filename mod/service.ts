import type { JobCounts } from "./job/record.ts";
import type { Math as MathPart } from "./math.ts";
import { ProcessListing } from "./system/processes.ts";
import { VERSION } from "./common/version.ts";

/** What `Info` can be asked for. */
export const INFO_NAMES = ["Status", "Dask process", "All process", "All statistic"] as const;

/** The parts a service reports on. */
export interface ServiceParts {
  jobs: { readonly counters: Omit<JobCounts, "cancelled"> };
  math: Pick<MathPart, "engines">;
  /** Client connections that are open. */
  connections: () => number;
  /** Web workers of a job. */
  workers: number;
  /** Where jobs run on a cluster: its nodes, and why it takes no job, if it doesn't. */
  cluster?: { nodes(): NodeFigures[]; readonly problem: string | null } | null;
}

/** What is known of a node of a cluster. */
export interface NodeFigures {
  name: string;
  address: string;
  cores: number;
  /** Bytes of the machine's memory, and of what of it is available; null where it is not known. */
  memory: number | null;
  available: number | null;
  slots: number;
  workers: number;
  /** Parts of jobs. */
  running: number;
  done: number;
  failed: number;
  /** Seconds since it told of itself. */
  silent: number;
}

/** How long figures of the system are good for, in milliseconds. */
const FRESH = 1000;
/** How often processes are listed while nobody asks, in milliseconds. */
const LISTING_PERIOD = 10_000;

/**
 * What the service knows about itself and the machine.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { defaultSettings, Jobs, JobStore, Math, Roots, Service, TCP } from "./mod.ts";
 *
 * const { limits } = defaultSettings();
 * const math = new Math({ roots: new Roots([await Deno.makeTempDir()]), workers: 1, limits });
 * const jobs = new Jobs(math, new JobStore());
 * const tcp = new TCP("127.0.0.1", 0);
 * const service = new Service({ jobs, math, connections: () => tcp.connections, workers: 1 });
 * assertEquals(service.status(), "Status: Ready");
 * assertEquals(service.allProcess(), "All process: 1");
 * jobs.close();
 * await math.close();
 * ```
 */
export class Service {
  readonly #parts: ServiceParts;
  readonly #started = performance.now();
  readonly #listing = new ProcessListing();
  readonly #system = new SystemFigures();
  /** The statistic as JSON, with the ids of jobs and without, and what it was made of. */
  #statistic = { whole: "", withoutJobs: "" };
  #made = -Infinity;
  #madeOf = "";
  #timer: number | undefined;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /** Starts to list processes now and then, so that figures are at hand when somebody asks. */
  start(): void {
    this.#refresh();
    this.#timer = setInterval(() => this.#refresh(), LISTING_PERIOD);
    Deno.unrefTimer(this.#timer);
  }

  /** Ends what {@linkcode Service.start} started. */
  close(): Promise<void> {
    clearInterval(this.#timer);
    return this.#listing.close();
  }

  /**
   * The text that answers an `Info` request.
   *
   * @param name one of {@linkcode INFO_NAMES} in lower case
   */
  describe(name: string): string {
    if (name === "status") return this.status();
    if (name === "dask process") return this.daskProcess();
    if (name === "all process") return this.allProcess();
    if (name === "all statistic") return this.allStatistic();
    throw new RangeError(`there is no information named ${name}`);
  }

  /** Whether a job runs. */
  status(): string {
    return this.#parts.jobs.counters.running > 0 ? "Status: Work" : "Status: Ready";
  }

  /** Jobs running. */
  daskProcess(): string {
    return `Dask process: ${this.#parts.jobs.counters.running}`;
  }

  /** The server itself and its open client connections. */
  allProcess(): string {
    return `All process: ${1 + this.#parts.connections()}`;
  }

  /** The three together. */
  allStatistic(): string {
    return `All statistic: ${this.status()} ${this.daskProcess()} ${this.allProcess()}`;
  }

  /**
   * Everything known, as the JSON text of `Response.Statistic`. Counters are those of now; the system's
   * figures are those of the last listing, a new one of which is started, but not waited for.
   *
   * @param jobs Whether the ids of running jobs are in it.
   */
  statistic(jobs = true): string {
    const { whole, withoutJobs } = this.#fresh();
    return jobs ? whole : withoutJobs;
  }

  #fresh(): { whole: string; withoutJobs: string } {
    const { running, queued, done, failed } = this.#parts.jobs.counters;
    const connections = this.#parts.connections();
    const now = performance.now();
    const madeOf = `${connections} ${running} ${queued} ${done} ${failed} ${this.#listing.version}`;
    if (madeOf === this.#madeOf && now - this.#made < FRESH) return this.#statistic;

    this.#refresh();
    const engines = this.#parts.math.engines();
    this.#made = now;
    this.#madeOf = madeOf;
    const figures = {
      ...this.#system.read(now),
      Uptime: (now - this.#started) / 1000,
      Version: VERSION,
      Processes: [
        this.#process(Deno.pid, "server", null, this.#started),
        ...engines.map(({ pid, job, started }) => this.#process(pid, "engine", job, started)),
      ],
      Connections: connections,
      Jobs: { Running: running, Queued: queued, Done: done, Failed: failed },
      Workers: this.#parts.workers,
      ...this.#cluster(),
    };
    const Processes = figures.Processes.map((one) => ({ ...one, Job: null }));
    const whole = JSON.stringify(figures);
    const idle = engines.every(({ job }) => job === null);
    const withoutJobs = idle ? whole : JSON.stringify({ ...figures, Processes });
    return this.#statistic = { whole, withoutJobs };
  }

  #cluster() {
    const { cluster } = this.#parts;
    if (!cluster) return {};
    return {
      Cluster: {
        Problem: cluster.problem,
        Nodes: cluster.nodes().map((node) => ({
          Name: node.name,
          Address: node.address,
          Cores: node.cores,
          Memory: node.memory === null ? null : { Total: node.memory, Available: node.available },
          Slots: node.slots,
          Workers: node.workers,
          Tasks: { Running: node.running, Done: node.done, Failed: node.failed },
          Heartbeat: node.silent,
        })),
      },
    };
  }

  #refresh(): void {
    this.#listing.refresh([Deno.pid, ...this.#parts.math.engines().map(({ pid }) => pid)]);
  }

  #process(pid: number, role: "server" | "engine", job: string | null, started: number) {
    const figures = this.#listing.figures(pid);
    const resident = pid === Deno.pid ? Deno.memoryUsage().rss : null;
    return {
      Pid: pid,
      Role: role,
      Job: job,
      Resident: figures?.residentBytes ?? resident,
      Cpu: figures?.cpuPercent ?? null,
      Age: figures?.ageSeconds ?? Math.floor((performance.now() - started) / 1000),
    };
  }
}

/** Memory and load of the machine, null where the service may not ask for them. */
class SystemFigures {
  readonly #mayMemory = granted("systemMemoryInfo");
  readonly #mayLoad = granted("loadavg");
  #figures: { Memory: unknown; Load: number[] | null } = { Memory: null, Load: null };
  #read = -Infinity;

  read(now: number) {
    if (now - this.#read < FRESH) return this.#figures;
    this.#read = now;
    let memory = null;
    if (this.#mayMemory) {
      const { total, available, swapTotal, swapFree } = Deno.systemMemoryInfo();
      memory = { Total: total, Available: available, SwapTotal: swapTotal, SwapFree: swapFree };
    }
    return this.#figures = { Memory: memory, Load: this.#mayLoad ? Deno.loadavg() : null };
  }
}

function granted(kind: "systemMemoryInfo" | "loadavg"): boolean {
  return Deno.permissions.querySync({ name: "sys", kind }).state === "granted";
}
