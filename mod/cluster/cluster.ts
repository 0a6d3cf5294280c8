import { abortable } from "@std/async/abortable";
import { delay } from "@std/async/delay";
import { ServiceError } from "../common/errors.ts";
import type { EmbeddedEngines, JobRunner, RunListener } from "../engine/host/embedded.ts";
import type { Plan } from "../engine/link/steps/steps.ts";
import type { JobOutline, JobPlan, JobReport } from "../job/request.ts";
import { fileOfTable } from "../job/tables.ts";
import { partialPath, tableName } from "../result/place.ts";
import { reportFault } from "../common/log.ts";
import { within } from "../common/within.ts";
import type { Job } from "./bull.ts";
import { type ClusterAddress, ClusterConnection, LAST_WORDS } from "./redis_connection.ts";
import { ContentStore } from "./content.ts";
import { partitionsEach } from "./division.ts";
import { FlowWatch } from "./flow_watch.ts";
import { NodeList } from "./node_list.ts";
import { isWanted, removeParts, wantedFlow } from "./parts.ts";
import { Queues } from "./queues.ts";
import { taskOf } from "./redis_keys.ts";
import { BEAT, type SeenNode } from "./roster.ts";
import { Seal } from "./seal.ts";
import { FLOW_RESULT, forged, PARENT, PLAN, shaped, shapedJson, TASK_RESULT } from "./shapes.ts";
import { sharePlan } from "./shared_plan.ts";
import { errorOf } from "./task_failure.ts";
import type { FlowResult, ParentData } from "./task_messages.ts";
import { giveUp, stillWant, want } from "./wanted_flows.ts";

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
  readonly #nodes = new NodeList();
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
    return this.nodes().length === 0 ? "the cluster has no node" : null;
  }

  /** The nodes that live, as far as is known. */
  nodes(): SeenNode[] {
    return this.#nodes.nodes;
  }

  /** Whether somebody still waits for parts of a job. Settles when Redis has told. */
  async wanted(job: string): Promise<boolean> {
    await this.#connection.usable(this.#closing.signal);
    return await abortable(isWanted(this.#connection.redis, job), this.#closing.signal);
  }

  async run(plan: Plan<"job">, listener: RunListener, ends: AbortSignal): Promise<JobReport> {
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
      leave = isKept(listener) && ends.aborted && ends.reason === listener.resumes;
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
      await delay(200);
    }
    this.#queues ??= new Queues(this.#connection, this.#watches, this.#seal);
    await abortable(this.#queues.ready(), ends);
  }

  #list(): Promise<void> {
    const list = async () => {
      if (this.#connection.problem !== null) return;
      await this.#nodes.refresh(this.#connection.redis);
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
    const outline = await this.#outline(plan, listener, ends);
    if (outline.filter) listener.onLog?.(outline.filter.log);
    const { roots, most } = this.#options;
    const each = partitionsEach(outline, this.nodes(), most);
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
        await want(this.#connection.redis, data, isKept(listener));
        return await this.#queues!.add(data, plan.priority ?? 0);
      } catch (thrown) {
        const full = /OOM command not allowed/.test(String(thrown));
        if (!full) throw thrown;
        const problem = `Redis at ${this.#connection.where} is full`;
        if (!this.#options.waits) throw busy(problem);
        await delay(1000);
        ends.throwIfAborted();
      }
    }
  }

  async #outline(
    plan: JobPlan,
    { onFormula }: RunListener,
    ends: AbortSignal,
  ): Promise<JobOutline> {
    const told = onFormula ? { onFormula } : {};
    return await this.#engines.run({ ...plan, step: { type: "outline" } }, told, ends);
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
          stillWant(this.#connection.redis, data, isKept(listener)),
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
  #resultOf(plan: JobPlan, flow: string, sealed: unknown): FlowResult {
    const result = shaped(FLOW_RESULT, this.#seal.open(flow, sealed), "a result");
    const { report } = result;
    const [first, ...others] = report.tables ?? [];
    const files = first ? [fileOfTable(plan, first.name)] : [tableName(plan), `${plan.stem}.txt`];
    if (others.some(({ name, file }) => file !== fileOfTable(plan, name))) {
      throw forged("a result", "a table has another file");
    }
    if (report.id !== plan.id) throw forged("a result", "it is another job's");
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
    const step = { type: "publish", report, part } as const;
    const base = { name: plan.base.name, files: [] };
    return await this.#engines.run(
      { ...plan, base, inputs: [], step },
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
    await giveUp(this.#connection.redis, this.#queues, job);
    this.#untold.delete(job);
  }
}

/** Does a job outlive its server? */
function isKept({ resumes }: RunListener): boolean {
  return resumes !== undefined;
}

function busy(problem: string): ServiceError {
  return new ServiceError("BUSY", `${problem}; send the job again later`);
}
