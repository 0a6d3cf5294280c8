import { abortable } from "@std/async/abortable";
import { EmbeddedEngines } from "../engine/host/embedded.ts";
import type { JobLimits } from "../job/request.ts";
import { log } from "../common/log.ts";
import type { Hosts } from "../remote/hosts.ts";
import type { Limits } from "../settings/limits.ts";
import type { Roots } from "../system/roots.ts";
import { within } from "../common/within.ts";
import { type Job, type Redis, WaitingError, Worker } from "./bull.ts";
import { type ClusterAddress, ClusterConnection, LAST_WORDS } from "./redis_connection.ts";
import { ContentStore } from "./content.ts";
import { errorOf, failureOf } from "./task_failure.ts";
import { finishJob } from "./finish.ts";
import { FINISH, flowOf, GIVEN_UP, jobOf, partsOf, PREFIX, TASKS } from "./redis_keys.ts";
import { isWanted, removeParts, wantedFlow } from "./parts.ts";
import type { NodeStatus } from "./task_messages.ts";
import { BEAT, removeNode, tellNode } from "./roster.ts";
import { Seal } from "./seal.ts";
import { forged } from "./shapes.ts";
import { readPlan } from "./shared_plan.ts";
import { computePart, type Workshop } from "./task.ts";

/** How a node is run. */
export interface NodeOptions extends ClusterAddress {
  /** Where data, formulas and results lie, in the order of the service's own. */
  roots: Roots;
  hosts: Hosts;
  /** Workers of a part of a job. */
  workers: number;
  /** What a job may take here, and what all nodes should have alike. */
  limits:
    & JobLimits
    & Pick<Limits, "jobs" | "silenceSeconds" | "lostSeconds" | "attempts" | "clusterRate">;
  /** A new one where it is null. */
  name: string | null;
}

/** Looks at what was written for jobs, and whether those are still wanted, are this far apart, in milliseconds. */
const TIDY_EVERY = 2000;
/** Looks for tasks of lost nodes are at most this far apart, in milliseconds. */
const MOST_BETWEEN_LOOKS = 5000;

/** Computes parts of jobs that services submit, and puts them together. */
export class ClusterNode {
  readonly #options: NodeOptions;
  readonly #connection: ClusterConnection;
  readonly #ears: Redis;
  readonly #engines: EmbeddedEngines;
  readonly #content: ContentStore;
  readonly #seal: Seal;
  /** Jobs that something was written for, their folders, and how often nobody wanted them. */
  readonly #touched = new Map<string, { directory: string; unwanted: number }>();
  /** Names of the flows and parts that each worker is at. */
  readonly #running = new Map<Worker, Set<string>>();
  readonly #stopping = new AbortController();
  readonly #timers: number[] = [];
  #name = "";
  #done = 0;
  #failed = 0;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.#connection = new ClusterConnection(options);
    this.#ears = this.#connection.redis.duplicate();
    this.#ears.on("error", () => {}); // told by the connection
    this.#content = new ContentStore(this.#connection.redis);
    this.#seal = new Seal(options.secret);
    const { roots, hosts, limits } = options;
    this.#engines = new EmbeddedEngines({
      roots: roots.directories,
      hosts: hosts.addresses,
      silenceSeconds: limits.silenceSeconds,
    }, limits.jobs + 1);
  }

  /** `HOST:PORT` of the cluster's Redis. */
  get where(): string {
    return this.#connection.where;
  }

  /** Settles when it has joined the cluster, and gives the name that it goes by. */
  async start(): Promise<string> {
    this.#engines.warm();
    await this.#connection.usable(this.#stopping.signal);
    this.#name = this.#options.name ?? `${this.#address()}-${Deno.pid}`;
    const { jobs, clusterRate: rate, lostSeconds } = this.#options.limits;
    const limiter = rate > 0 ? { limiter: { max: rate, duration: 1000 } } : {};
    this.#work(
      TASKS,
      jobs,
      limiter,
      (job, signal) => computePart(job, this.#shop(), signal),
    );
    this.#work(FINISH, 1, {}, (job, signal) => finishJob(job, this.#shop(), signal));
    this.#ears.on("message", (_channel, told) => this.#giveUp(told));
    await this.#ears.subscribe(GIVEN_UP);
    await this.#beat();
    this.#timers.push(setInterval(() => this.#beat(), Math.min(BEAT, lostSeconds * 300)));
    this.#timers.push(setInterval(() => this.#tidy(), TIDY_EVERY));
    return this.#name;
  }

  /** Whether somebody still waits for parts of a job. */
  async wanted(job: string): Promise<boolean> {
    await this.#connection.usable(this.#stopping.signal);
    return await abortable(isWanted(this.#connection.redis, job), this.#stopping.signal);
  }

  /** Takes no more parts, lets those under way be finished for some seconds, and gives the others back. */
  async stop(graceSeconds: number): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const workers = [...this.#running.keys()];
    const reachable = this.#connection.problem === null;
    const closed = Promise.all(workers.map((worker) => worker.close(!reachable)));
    const timer = setTimeout(() => this.#stopping.abort(), reachable ? graceSeconds * 1000 : 0);
    await within((reachable ? graceSeconds * 1000 : 0) + LAST_WORDS, closed);
    clearTimeout(timer);
    this.#stopping.abort();
    if (this.#name && this.#connection.problem === null) {
      await within(LAST_WORDS, removeNode(this.#connection.redis, this.#name));
    }
    this.#ears.disconnect();
    this.#connection.close();
    await this.#engines.close();
  }

  #work(
    queue: string,
    concurrency: number,
    more: object,
    process: (job: Job<unknown>, signal: AbortSignal) => Promise<unknown>,
  ): void {
    const { lostSeconds, attempts } = this.#options.limits;
    const running = new Set<string>();
    const worker = new Worker<unknown>(
      queue,
      async (job, token, signal) => {
        running.add(job.id!);
        try {
          const ends = AbortSignal.any([signal!, this.#stopping.signal]);
          const result = await process(job, ends);
          this.#done++;
          return result;
        } catch (thrown) {
          if (this.#stopping.signal.aborted) {
            await job.moveToWait(token);
            throw new WaitingError();
          }
          this.#failed++;
          const failure = failureOf(thrown, signal!, this.#name);
          const { code } = errorOf(failure.message);
          log.job.warn("a part of {job} failed with {code}", { job: jobOf(job.id!), code });
          throw failure;
        } finally {
          running.delete(job.id!);
        }
      },
      {
        connection: this.#connection.redis,
        prefix: PREFIX,
        skipVersionCheck: true,
        concurrency,
        lockDuration: lostSeconds * 1000,
        // A look keeps all nodes from looking for as long, also those that are to be lost sooner.
        stalledInterval: Math.min(MOST_BETWEEN_LOOKS, lostSeconds * 500),
        maxStalledCount: attempts,
        runRetryDelay: 1000,
        ...more,
      },
    );
    worker.on("error", () => {}); // of the connection, which tells it, or of a part that others have taken
    worker.on("lockRenewalFailed", (jobs: string[]) => {
      for (const job of jobs) worker.cancelJob(job, "it was given to another node");
    });
    this.#running.set(worker, running);
  }

  #shop(): Workshop {
    const { roots, hosts, workers, limits } = this.#options;
    const reading = { roots, hosts, workers, limits, content: this.#content };
    return {
      node: this.#name,
      engines: this.#engines,
      seal: this.#seal,
      plan: async ({ job, flow, plan: digest }) => {
        const wanted = await wantedFlow(this.#connection.redis, job);
        if (wanted !== flow) throw new Error("nobody waits for the job any more");
        const [shared, plan] = await readPlan(digest, reading);
        if (shared.id !== job) throw forged("a task", "its plan is another job's");
        this.#touched.set(job, { directory: plan.directory, unwanted: 0 });
        return [shared, plan];
      },
      giveUp: async (flow) => void await this.#connection.redis.publish(GIVEN_UP, partsOf(flow)),
    };
  }

  /** Ends what is done for a flow, or for its parts alone, that nobody waits for. */
  #giveUp(told: string): void {
    for (const [worker, running] of this.#running) {
      for (const id of running) {
        const flow = flowOf(id);
        const meant = told === flow || (told === partsOf(flow) && id !== flow);
        if (meant) worker.cancelJob(id, "the job was given up");
      }
    }
  }

  /** Removes what was written for jobs that have ended without it. */
  async #tidy(): Promise<void> {
    if (this.#connection.problem !== null) return;
    for (const [job, touched] of [...this.#touched]) {
      try {
        if (await isWanted(this.#connection.redis, job)) touched.unwanted = 0;
        // A key that Redis has lost is said again soon.
        else if (++touched.unwanted > 1) {
          this.#touched.delete(job);
          removeParts(touched.directory, job);
        }
      } catch (thrown) {
        log.service.warn("what is left of a job can't be removed: {reason}", {
          reason: String(thrown),
        });
      }
    }
  }

  async #beat(): Promise<void> {
    if (this.#connection.problem !== null) return;
    const { workers, limits } = this.#options;
    const memory = granted() ? Deno.systemMemoryInfo() : null;
    const status: NodeStatus = {
      name: this.#name,
      address: this.#address(),
      cores: navigator.hardwareConcurrency,
      memory: memory?.total ?? null,
      available: memory?.available ?? null,
      slots: limits.jobs,
      workers,
      patience: limits.lostSeconds * 1000,
      running: [...this.#running.values()].reduce((sum, { size }) => sum + size, 0),
      done: this.#done,
      failed: this.#failed,
    };
    await tellNode(this.#connection.redis, status).catch(() => {}); // told by the connection
  }

  /** Of this machine, as Redis sees it. */
  #address(): string {
    const { stream } = this.#connection.redis as unknown as { stream?: { localAddress?: string } };
    return stream?.localAddress ?? "unknown";
  }
}

function granted(): boolean {
  const permission = { name: "sys", kind: "systemMemoryInfo" } as const;
  return Deno.permissions.querySync(permission).state === "granted";
}
