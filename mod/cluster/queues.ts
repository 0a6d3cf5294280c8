import { ServiceError } from "../common/errors.ts";
import { log } from "../common/log.ts";
import { FlowProducer, Job, Queue, QueueEvents } from "./bull.ts";
import { KEPT_SECONDS } from "./content.ts";
import type { FlowWatch } from "./flow_watch.ts";
import { FINISH, flowOf, PREFIX, TASKS } from "./redis_keys.ts";
import type { ClusterConnection } from "./redis_connection.ts";
import type { Seal } from "./seal.ts";
import { PROGRESS, shaped, TASK_RESULT } from "./shapes.ts";
import type { ParentData, TaskData } from "./task_messages.ts";

/** Times that a part is tried when it isn't the formula's fault that it failed. */
const TRIES = 5;
/** BullMQ's highest priority is 1; that of a job which asks for none lies in the middle. */
const MIDDLE_PRIORITY = 2 ** 20;
/** Events of tasks that Redis keeps for a service that is slow to hear them. */
const KEPT_EVENTS = 1000;

/** BullMQ's objects of a server. */
export class Queues {
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
        removeOnComplete: { age: KEPT_SECONDS },
        removeOnFail: { age: KEPT_SECONDS },
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
