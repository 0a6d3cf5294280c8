import { abortable } from "@std/async/abortable";
import { ServiceError } from "../common/errors.ts";
import type { EmbeddedEngines, JobRunner, RunListener } from "../engine/host/embedded.ts";
import type { JobOutline, JobPlan, JobReport } from "../job/request.ts";
import { partialPath } from "../loader.ts";
import { log, reportFault } from "../common/log.ts";
import { within } from "../common/within.ts";
import { FlowProducer, Job, Queue, QueueEvents } from "./bull.ts";
import { type ClusterAddress, ClusterConnection, LAST_WORDS } from "./redis_connection.ts";
import { ContentStore, KEPT_SECONDS } from "./content.ts";
import { FlowWatch } from "./flow_watch.ts";
import { errorOf } from "./task_failure.ts";
import type { FlowResult, ParentData, TaskData } from "./task_messages.ts";
import { FINISH, flowOf, GIVEN_UP, PREFIX, taskOf, TASKS, wantedKey } from "./redis_keys.ts";
import { isWanted, removeParts, wantedFlow } from "./parts.ts";
import { BEAT, listNodes, type SeenNode } from "./roster.ts";
import { Seal } from "./seal.ts";
import {
  FLOW_RESULT,
  forged,
  MOST_GROUPS,
  PARENT,
  PLAN,
  PROGRESS,
  shaped,
  shapedJson,
  TASK_RESULT,
} from "./shapes.ts";
import { sharePlan } from "./shared_plan.ts";

/** How a service uses a cluster. */
export interface ClusterOptions extends ClusterAddress {
  /** Real paths, in the order of the nodes' own. */
  roots: readonly string[];
  /** Jobs wait for a cluster that can't take them, instead of being refused. */
  waits: boolean;
  /** Partitions of a part at most, where that doesn't make too many parts. */
  most: number;
}

/** Looks at a flow that nothing was heard of are this far apart, in milliseconds. */
const LOOK_EVERY = 2000;
/** Flows of one job at most, when Redis loses one after another. */
const MOST_FLOWS = 3;
/** Parts that each slot of the cluster should get, so that the last ones end together. */
const PARTS_A_SLOT = 4;
/** Seconds that a flow outlives a server that is gone: one whose job is kept, and any other. */
const KEPT_FLOW = KEPT_SECONDS, LEFT_FLOW = 60;
/** Times that a part is tried when it isn't the formula's fault that it failed. */
const TRIES = 5;
/** BullMQ's highest priority is 1; that of a job which asks for none lies in the middle. */
const MIDDLE_PRIORITY = 2 ** 20;
/** Events of tasks that Redis keeps for a service that is slow to hear them. */
const KEPT_EVENTS = 1000;

/** Runs jobs on the nodes of a cluster. */
export class Cluster implements JobRunner {
  readonly #options: ClusterOptions;
  readonly #engines: EmbeddedEngines;
  readonly #connection: ClusterConnection;
  readonly #content: ContentStore;
  readonly #seal: Seal;
  readonly #watches = new Map<string, FlowWatch>();
  readonly #closing = new AbortController();
  #queues: Queues | null = null;
  #nodes: SeenNode[] = [];
  /** What is wrong with nodes that are not counted, as it was told last. */
  #faults: string[] = [];
  #listed = Promise.resolve();
  readonly #timer: number;
  /** Jobs that have ended while Redis couldn't be told. */
  readonly #untold = new Set<string>();

  constructor(options: ClusterOptions, engines: EmbeddedEngines) {
    this.#options = options;
    this.#engines = engines;
    this.#connection = new ClusterConnection(options);
    this.#content = new ContentStore(this.#connection.redis);
    this.#seal = new Seal(options.secret);
    this.#timer = setInterval(() => this.#list(), BEAT);
    this.#list();
  }

  /** Why no job can be taken; null where one can. */
  get problem(): string | null {
    if (this.#connection.problem !== null) return this.#connection.problem;
    return this.#nodes.length === 0 ? "the cluster has no node" : null;
  }

  /** The nodes that live, as far as is known. */
  nodes(): SeenNode[] {
    return this.#nodes;
  }

  /** Whether somebody still waits for parts of a job. Settles when Redis has told. */
  async wanted(job: string): Promise<boolean> {
    await this.#connection.usable(this.#closing.signal);
    return await abortable(isWanted(this.#connection.redis, job), this.#closing.signal);
  }

  async run(plan: JobPlan, listener: RunListener, ends: AbortSignal): Promise<JobReport> {
    let leave = false;
    const given = AbortSignal.any([ends, this.#closing.signal]);
    try {
      for (let flows = 1;; flows++) {
        // What was taken on once is not refused: nodes and Redis come back.
        const waits = this.#options.waits || plan.attempt > 1 || flows > 1;
        await this.#ready(waits, given);
        const began = performance.now();
        const known = await abortable(this.#find(plan.id), given);
        const flow = known ?? await this.#submitted(plan, listener, given);
        const result = await this.#follow(plan, flow, listener, given);
        // Clocks of machines differ, and are set.
        if (result && !known) result.report.seconds = (performance.now() - began) / 1000;
        if (result !== null) return await this.#publish(plan, result, listener, ends);
        if (flows === MOST_FLOWS) {
          throw new ServiceError(
            "INTERRUPTED",
            "the cluster's Redis has lost the job again and again; send it again",
          );
        }
      }
    } catch (thrown) {
      leave = listener.resumes !== undefined && ends.aborted && ends.reason === listener.resumes;
      throw thrown;
    } finally {
      if (!leave) await this.#forget(plan);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new ServiceError("CANCELLED", "the service was stopped"));
    clearInterval(this.#timer);
    await within(LAST_WORDS, Promise.all([this.#listed, this.#queues?.close()]));
    this.#connection.close();
  }

  /** Settles when jobs can be submitted. @throws ServiceError `BUSY` where it may not wait */
  async #ready(waits: boolean, ends: AbortSignal): Promise<void> {
    await this.#connection.known;
    while (this.problem !== null) {
      ends.throwIfAborted();
      // A node that has just come may not be listed yet.
      if (this.#connection.problem === null) await this.#list();
      if (this.problem === null) break;
      if (!waits) throw busy(this.problem);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    this.#queues ??= new Queues(this.#connection, this.#watches, this.#seal);
    await abortable(this.#queues.ready(), ends);
  }

  #list(): Promise<void> {
    const list = async () => {
      if (this.#connection.problem !== null) return;
      const { nodes, faults } = await listNodes(this.#connection.redis);
      for (const fault of faults) if (!this.#faults.includes(fault)) log.service.warn(fault);
      this.#nodes = nodes;
      this.#faults = faults;
      for (const job of this.#untold) await this.#tell(job);
    };
    return this.#listed = this.#listed.then(list).catch(() => {}); // told by the connection
  }

  /** The flow that an earlier run of the job has left. */
  async #find(job: string): Promise<Job<unknown, unknown> | null> {
    const flow = await wantedFlow(this.#connection.redis, job);
    return flow === null ? null : await this.#queues!.parent(flow);
  }

  /** Submits a job. One that is given up meanwhile is told so when Redis has it. */
  async #submitted(
    plan: JobPlan,
    listener: RunListener,
    ends: AbortSignal,
  ): Promise<Job<unknown, unknown>> {
    const submitted = this.#submit(plan, listener, ends);
    try {
      return await abortable(submitted, ends);
    } catch (thrown) {
      submitted.then(() => this.#untold.add(plan.id), () => {});
      throw thrown;
    }
  }

  async #submit(
    plan: JobPlan,
    listener: RunListener,
    ends: AbortSignal,
  ): Promise<Job<unknown, unknown>> {
    const outline = await this.#outline(plan, ends);
    const { roots, most } = this.#options;
    const each = partitionsEach(outline, this.#nodes, most);
    const sharing = { roots, content: this.#content };
    for (;;) {
      try {
        const digest = await sharePlan(plan, outline, each, sharing);
        const data: ParentData = {
          job: plan.id,
          flow: `${plan.id}_${crypto.randomUUID().slice(0, 8)}`,
          plan: digest,
          groups: Math.ceil(outline.partitions / each),
          partitions: outline.partitions,
          each,
          rows: outline.rows,
          began: Date.now(),
        };
        await this.#want(data, listener);
        return await this.#queues!.add(data, plan.priority ?? 0);
      } catch (thrown) {
        const full = /OOM command not allowed/.test(String(thrown));
        if (!full) throw thrown;
        const problem = `Redis at ${this.#connection.where} is full`;
        if (!this.#options.waits) throw busy(problem);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        ends.throwIfAborted();
      }
    }
  }

  async #outline(plan: JobPlan, ends: AbortSignal): Promise<JobOutline> {
    const report = await this.#engines.run({ ...plan, step: { type: "outline" } }, {}, ends);
    return report.outline!;
  }

  /** Says that somebody waits for a flow, for as long as it is said again. */
  async #want({ job, flow }: ParentData, { resumes }: RunListener): Promise<void> {
    const seconds = resumes === undefined ? LEFT_FLOW : KEPT_FLOW;
    await this.#connection.redis.set(wantedKey(job), flow, "EX", seconds);
  }

  /** Says it again, which a full Redis lets, too. */
  async #stillWant(data: ParentData, listener: RunListener): Promise<void> {
    const seconds = listener.resumes === undefined ? LEFT_FLOW : KEPT_FLOW;
    const known = await this.#connection.redis.expire(wantedKey(data.job), seconds);
    if (known === 0) await this.#want(data, listener);
  }

  /** Waits for a flow. Gives null when Redis has lost it. */
  async #follow(
    plan: JobPlan,
    parent: Job<unknown, unknown>,
    listener: RunListener,
    ends: AbortSignal,
  ): Promise<FlowResult | null> {
    const data = shaped(PARENT, this.#seal.open(parent.id!, parent.data), "a job");
    if (data.job !== plan.id || data.flow !== parent.id) throw forged("a job", "it is another one");
    const watch = new FlowWatch(data, listener);
    this.#watches.set(data.flow, watch);
    try {
      const done = await abortable(parent.getChildrenValues<unknown>(), ends);
      for (const [key, sealed] of Object.entries(done)) {
        const task = taskOf(key);
        watch.complete(task, shaped(TASK_RESULT, this.#seal.open(task, sealed), "a result"));
      }
      const digests = await abortable(this.#digests(data.plan), ends);
      for (let looks = 0;; looks++) {
        ends.throwIfAborted();
        await this.#connection.usable(ends);
        const renewed = looks % 30 === 0 ? this.#content.renew(digests) : null;
        const looked = Promise.all([
          this.#queues!.parent(data.flow),
          renewed,
          this.#stillWant(data, listener),
        ]);
        const [now] = await abortable(looked, ends);
        if (now === null) return null;
        if (now.finishedOn !== undefined) {
          if (now.failedReason) throw errorOf(now.failedReason);
          return this.#resultOf(plan, data.flow, now.returnvalue);
        }
        await watch.stirred(LOOK_EVERY, ends);
      }
    } finally {
      this.#watches.delete(data.flow);
    }
  }

  /** @throws ServiceError `INTERRUPTED` for what can't be the result of this plan. */
  #resultOf({ id, stem, folder }: JobPlan, flow: string, sealed: unknown): FlowResult {
    const result = shaped(FLOW_RESULT, this.#seal.open(flow, sealed), "a result");
    const { report } = result;
    const files = [folder ? `${stem}/` : `${stem}.parquet`, `${stem}.txt`];
    if (report.id !== id) throw forged("a result", "it is another job's");
    if (!files.includes(report.file)) throw forged("a result", `its file is ${report.file}`);
    return result;
  }

  /** A plan and its modules, which are kept for as long as somebody waits. */
  async #digests(plan: string): Promise<string[]> {
    const text = new TextDecoder().decode(await this.#content.get(plan));
    const { modules } = shapedJson(PLAN, text, "a plan");
    return [plan, ...modules.map(({ digest }) => digest)];
  }

  /** Has an engine of this machine give the result its name, as that of a job here. */
  async #publish(
    plan: JobPlan,
    { report, part }: FlowResult,
    { onPublish }: RunListener,
    ends: AbortSignal,
  ): Promise<JobReport> {
    try {
      Deno.statSync(partialPath({ ...plan, part }));
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
      throw new ServiceError(
        "OUTPUT_FAILED",
        `the nodes have written the result, and it is not in ${plan.directory}: all must see the same folder`,
      );
    }
    const step = { type: "publish", report } as const;
    const base = { name: plan.base.name, files: [] };
    return await this.#engines.run(
      { ...plan, base, part, step },
      onPublish === undefined ? {} : { onPublish },
      ends,
    );
  }

  /** Leaves nothing of a job, neither in Redis nor in its folder. */
  async #forget({ id, directory }: JobPlan): Promise<void> {
    this.#untold.add(id);
    if (this.#connection.problem === null) await within(LAST_WORDS, this.#tell(id)).catch(() => {});
    try {
      removeParts(directory, id);
    } catch (thrown) {
      reportFault(`what is left of a job in ${directory} can't be removed`, thrown);
    }
  }

  /** Has nobody do anything more for a job. */
  async #tell(job: string): Promise<void> {
    await this.#giveUp(job);
    this.#untold.delete(job);
  }

  async #giveUp(job: string): Promise<void> {
    const { redis } = this.#connection;
    const flow = await wantedFlow(redis, job);
    if (flow === null || this.#queues === null) return;
    await redis.del(wantedKey(job));
    const parent = await this.#queues.parent(flow);
    if (parent === null) return;
    if (parent.finishedOn !== undefined) return await parent.remove();
    await parent.removeUnprocessedChildren();
    await redis.publish(GIVEN_UP, flow); // whoever has a part of it ends it, and the flow with it
  }
}

/** BullMQ's objects of a server. */
class Queues {
  readonly #producer: FlowProducer;
  readonly #finish: Queue<unknown, unknown>;
  readonly #tasks: Queue<unknown, unknown>;
  readonly #events: QueueEvents[];
  readonly #seal: Seal;

  constructor({ redis }: ClusterConnection, watches: Map<string, FlowWatch>, seal: Seal) {
    this.#seal = seal;
    const options = { connection: redis, prefix: PREFIX, skipVersionCheck: true };
    this.#producer = new FlowProducer(options);
    this.#finish = new Queue(FINISH, options);
    this.#tasks = new Queue(TASKS, { ...options, streams: { events: { maxLen: KEPT_EVENTS } } });
    const tasks = new QueueEvents(TASKS, options), ends = new QueueEvents(FINISH, options);
    this.#events = [tasks, ends];
    const hear = (task: string, told: (watch: FlowWatch) => void) => {
      const watch = watches.get(flowOf(task));
      if (watch === undefined) return;
      try {
        told(watch);
      } catch (thrown) {
        log.service.warn("a message of {task} is not heard: {reason}", {
          task,
          reason: ServiceError.from(thrown).message,
        });
      }
    };
    tasks.on("progress", ({ jobId, data }) => {
      hear(jobId, (watch) => watch.advance(jobId, shaped(PROGRESS, data, "a progress")));
    });
    tasks.on("completed", ({ jobId, returnvalue }) => {
      hear(jobId, (watch) => {
        const result = shaped(TASK_RESULT, seal.open(jobId, returnvalue), "a result");
        watch.complete(jobId, result);
      });
    });
    ends.on("completed", ({ jobId }) => watches.get(jobId)?.stir());
    ends.on("failed", ({ jobId }) => watches.get(jobId)?.stir());
    const silent = () => {}; // told by the connection
    this.#producer.on("error", silent);
    this.#finish.on("error", silent);
    this.#tasks.on("error", silent);
    for (const events of this.#events) events.on("error", silent);
  }

  async ready(): Promise<void> {
    await Promise.all([this.#tasks, ...this.#events].map((one) => one.waitUntilReady()));
  }

  /** A flow's parent, as it is now. */
  async parent(flow: string): Promise<Job<unknown, unknown> | null> {
    return await Job.fromId<unknown, unknown>(this.#finish, flow) ?? null;
  }

  async add(data: ParentData, priority: number): Promise<Job<unknown, unknown>> {
    const { job, flow, plan, groups, partitions, each } = data;
    const common = {
      priority: Math.max(1, Math.min(2 * MIDDLE_PRIORITY - 1, MIDDLE_PRIORITY - priority)),
      attempts: TRIES,
      backoff: { type: "exponential", delay: 200 },
      stackTraceLimit: 0,
    };
    const { job: parent } = await this.#producer.add({
      name: "job",
      queueName: FINISH,
      data: this.#seal.close(flow, data),
      opts: {
        ...common,
        jobId: flow,
        removeOnComplete: { age: KEPT_FLOW },
        removeOnFail: { age: KEPT_FLOW },
      },
      children: Array.from({ length: groups }, (_, group) => ({
        name: "part",
        queueName: TASKS,
        data: this.#seal.close<TaskData>(`${flow}.${group}`, {
          job,
          flow,
          plan,
          span: groups === 1
            ? null
            : { from: group * each, to: Math.min(partitions, (group + 1) * each) },
        }),
        opts: {
          ...common,
          jobId: `${flow}.${group}`,
          continueParentOnFailure: true,
          removeOnComplete: true,
          removeOnFail: true,
        },
      })),
    });
    return parent;
  }

  async close(): Promise<void> {
    const all = [this.#producer, this.#finish, this.#tasks, ...this.#events];
    await Promise.all(all.map((one) => one.close()));
  }
}

/**
 * Partitions of each part: a power of two, so that a part is a branch of the tree by which results are
 * merged, and they don't depend on it.
 */
export function partitionsEach(
  { kind, partitions }: Pick<JobOutline, "kind" | "partitions">,
  nodes: Pick<SeenNode, "slots" | "workers">[],
  most: number,
): number {
  if (kind === "main") return Math.max(1, partitions);
  const slots = nodes.reduce((sum, { slots, workers }) => sum + Math.max(slots, workers), 0);
  const fair = Math.min(most, partitions / (PARTS_A_SLOT * Math.max(1, slots)));
  const least = Math.max(1, fair, partitions / MOST_GROUPS);
  const power = Math.floor(Math.log2(least));
  return 2 ** (partitions / 2 ** power > MOST_GROUPS ? power + 1 : power);
}

function busy(problem: string): ServiceError {
  return new ServiceError("BUSY", `${problem}; send the job again later`);
}
