import type { JobCounts } from "./job/record.ts";
import type { Math as MathPart } from "./math.ts";
import type { NodeFigures, ProcessFigures, ServiceFigures } from "./system/figures.ts";
import { ProcessListing } from "./system/processes.ts";
import { VERSION } from "./common/version.ts";
import { statistic, withoutJobs } from "./wire/statistic.ts";

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
  /** What was made last, when, and of what. */
  #made: { figures: ServiceFigures; at: number; of: string } | null = null;
  /** The figures as JSON text, with the ids of jobs and without, and what they were made of. */
  #texts: { of: ServiceFigures; whole: string; withoutJobs: string } | null = null;
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
   * Everything known. Counters are those of now; the system's figures are those of the last listing, a new
   * one of which is started, but not waited for.
   */
  figures(): ServiceFigures {
    const { jobs: { counters }, connections, math, workers, cluster } = this.#parts;
    const open = connections(), now = performance.now();
    let of = `${open} ${this.#listing.version}`;
    for (const count of Object.values(counters)) of += ` ${count}`;
    if (this.#made !== null && of === this.#made.of && now - this.#made.at < FRESH) {
      return this.#made.figures;
    }
    this.#refresh();
    const engines = math.engines();
    const figures = {
      ...this.#system.read(now),
      uptimeSeconds: (now - this.#started) / 1000,
      version: VERSION,
      processes: [
        this.#process(Deno.pid, "server", null, this.#started),
        ...engines.map(({ pid, job, started }) => this.#process(pid, "engine", job, started)),
      ],
      connections: open,
      jobs: { ...counters },
      workers,
      cluster: cluster ? { nodes: cluster.nodes(), problem: cluster.problem } : null,
    };
    this.#made = { figures, at: now, of };
    return figures;
  }

  /**
   * {@linkcode Service.figures} as the JSON text of `Response.Statistic`.
   *
   * @param jobs Whether the ids of running jobs are in it.
   */
  statistic(jobs = true): string {
    const figures = this.figures();
    if (this.#texts?.of !== figures) this.#texts = textsOf(figures);
    return jobs ? this.#texts.whole : this.#texts.withoutJobs;
  }

  #refresh(): void {
    this.#listing.refresh([Deno.pid, ...this.#parts.math.engines().map(({ pid }) => pid)]);
  }

  #process(
    pid: number,
    role: "server" | "engine",
    job: string | null,
    started: number,
  ): ProcessFigures {
    const figures = this.#listing.figures(pid);
    const resident = pid === Deno.pid ? Deno.memoryUsage().rss : null;
    return {
      pid,
      role,
      job,
      residentBytes: figures?.residentBytes ?? resident,
      cpuPercent: figures?.cpuPercent ?? null,
      ageSeconds: figures?.ageSeconds ?? Math.floor((performance.now() - started) / 1000),
    };
  }
}

function textsOf(figures: ServiceFigures) {
  const whole = JSON.stringify(statistic(figures));
  const idle = figures.processes.every(({ job }) => job === null);
  return {
    of: figures,
    whole,
    withoutJobs: idle ? whole : JSON.stringify(statistic(withoutJobs(figures))),
  };
}

/** Memory and load of the machine, null where the service may not ask for them. */
class SystemFigures {
  readonly #mayMemory = granted("systemMemoryInfo");
  readonly #mayLoad = granted("loadavg");
  #figures: Pick<ServiceFigures, "memory" | "load"> = { memory: null, load: null };
  #read = -Infinity;

  read(now: number): Pick<ServiceFigures, "memory" | "load"> {
    if (now - this.#read < FRESH) return this.#figures;
    this.#read = now;
    const load = this.#mayLoad ? Deno.loadavg() : null;
    return this.#figures = { memory: this.#mayMemory ? Deno.systemMemoryInfo() : null, load };
  }
}

function granted(kind: "systemMemoryInfo" | "loadavg"): boolean {
  return Deno.permissions.querySync({ name: "sys", kind }).state === "granted";
}
