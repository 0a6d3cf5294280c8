import { ANYBODY, type Principal } from "./access/principal.ts";
import { ClientJobs } from "./jobs/client_jobs.ts";
import { log, reportedError } from "./common/log.ts";
import type { JobStatus } from "./job/record.ts";
import type { Jobs, Watching } from "./jobs/jobs.ts";
import { INFO_NAMES, type Service } from "./service.ts";
import { defaultLimits } from "./settings/limits.ts";
import type { TcpLimits } from "./wire/connection_limits.ts";
import { jobAction, jobRequest } from "./wire/job_action.ts";
import {
  jobFormulaReply,
  jobListReply,
  jobLogReply,
  jobReply,
  jobStatusReply,
} from "./wire/job_reply.ts";
import { errorReply } from "./wire/reply.ts";
import { type Header, headerOf, infoName, knownHeader, type Request } from "./wire/request.ts";
import { infoReply } from "./wire/statistic.ts";

/** What a caller of {@linkcode Manager.answer} adds to a request. */
export interface Asking extends Watching {
  /** Whom the jobs are for where neither the request nor a token names a client: an address. */
  client?: string;
  /** What is allowed; everything where it is absent. */
  principal?: Principal;
}

/**
 * Routes a request to the part that can answer it, and writes the reply.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Client, defaultSettings, Jobs, JobStore, Manager, Math, Roots, Service, TCP } from "./mod.ts";
 *
 * const { limits } = defaultSettings();
 * const math = new Math({ roots: new Roots([await Deno.makeTempDir()]), workers: 1, limits });
 * const jobs = new Jobs(math, new JobStore());
 * const tcp = new TCP("127.0.0.1", 0);
 * const service = new Service({ jobs, math, connections: () => tcp.connections, workers: 1 });
 * const manager = new Manager(service, jobs);
 * const { hostname, port } = tcp.listen();
 * const served = tcp.serve(async (connection) => {
 *   const [ok, value, frame] = await tcp.request(connection);
 *   if (!ok) return;
 *   const reply = await manager.answer({ value, frame });
 *   if (typeof reply === "string") await tcp.response(connection, reply);
 * });
 * const client = await Client.connect({ hostname, port });
 * assertEquals((await client.info("Dask process")).text, "Dask process: 0");
 * client.close();
 * await tcp.close();
 * await served;
 * await service.close();
 * jobs.close();
 * await math.close();
 * ```
 */
export class Manager {
  readonly #service: Service;
  readonly #jobs: Jobs;
  readonly #limits: Pick<TcpLimits, "replyBytes">;
  /** Told of every request that was answered but the watches: its header, if it is known, and how long it took. */
  onAnswer: (header: Header | null, seconds: number) => void = () => {};

  /** @param limits how long a reply may get, its line's end included */
  constructor(
    service: Service,
    jobs: Jobs,
    limits: Pick<TcpLimits, "replyBytes"> = defaultLimits(),
  ) {
    this.#service = service;
    this.#jobs = jobs;
    this.#limits = limits;
  }

  /**
   * The reply to a request, as JSON text; several where a job is watched. It never throws: what fails is
   * a reply, too. Only a job makes its caller wait.
   *
   * @param asking for a job: who is told of its progress, and what can cancel it
   */
  answer(
    request: Request,
    asking: Asking = {},
  ): string | Promise<string> | AsyncGenerator<string, void> {
    const began = performance.now();
    const told = () =>
      this.onAnswer(knownHeader(request.value), (performance.now() - began) / 1000);
    const answer = this.#answer(request, asking);
    if (typeof answer === "string") told();
    else if ("then" in answer) answer.then(told);
    return answer;
  }

  #answer(
    request: Request,
    asking: Asking,
  ): string | Promise<string> | AsyncGenerator<string, void> {
    try {
      const header = headerOf(request);
      if (log.request.isEnabledFor("debug")) {
        log.request.debug("{header} for {client}", { header, client: asking.client });
      }
      switch (header) {
        case "info": {
          const name = infoName(request.value, INFO_NAMES);
          const statistic = this.#service.statistic(asking.principal?.role !== "run");
          return infoReply(request, this.#service.describe(name), statistic);
        }
        case "dask":
          return this.#runJob(request, asking);
        case "job":
          return this.#answerJob(request, asking);
      }
    } catch (error) {
      return failure(request, error);
    }
  }

  #answerJob(request: Request, asking: Asking) {
    const asked = jobAction(request);
    const jobs = this.#jobsFor(asking);
    switch (asked.action) {
      case "status":
        return jobStatusReply(request, jobs.status(asked.id));
      case "result": {
        const { request: job, report } = jobs.result(asked.id);
        return jobReply(request, job, report, this.#limits.replyBytes);
      }
      case "log":
        return jobLogReply(request, asked.id, jobs.log(asked.id), this.#limits.replyBytes);
      case "formula":
        return jobFormulaReply(request, asked.id, jobs.formula(asked.id));
      case "list": {
        const page = jobs.list(asked.filter);
        return jobListReply(request, page, asked.filter.limit, this.#limits.replyBytes);
      }
      case "watch":
        return this.#watchJob(request, jobs, asked.id);
      case "submit":
        return statusReply(request, jobs.submit(asked.job, asked.key));
      case "cancel":
        return statusReply(request, jobs.cancel(asked.id));
    }
  }

  #jobsFor({ principal = ANYBODY, client: address = "" }: Asking): ClientJobs {
    return new ClientJobs(this.#jobs, { principal, address });
  }

  async *#watchJob(request: Request, jobs: ClientJobs, id: string): AsyncGenerator<string, void> {
    try {
      for await (const status of jobs.watch(id)) yield jobStatusReply(request, status);
    } catch (error) {
      yield failure(request, error);
    }
  }

  async #runJob(request: Request, asking: Asking): Promise<string> {
    try {
      const job = jobRequest(request);
      const report = await this.#jobsFor(asking).run(job, asking);
      return jobReply(request, job, report, this.#limits.replyBytes);
    } catch (error) {
      return failure(request, error);
    }
  }
}

async function statusReply(request: Request, status: Promise<JobStatus>): Promise<string> {
  try {
    return jobStatusReply(request, await status);
  } catch (error) {
    return failure(request, error);
  }
}

/** The reply that tells of a failure; one that is the service's own fault is reported here, too. */
function failure(request: Request, error: unknown): string {
  const known = reportedError("a request failed unexpectedly", error);
  log.request.debug("answered with {code}", { code: known.code });
  return errorReply(request, known);
}
