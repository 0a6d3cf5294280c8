import { audit } from "../access/audit.ts";
import { assertMayRun, type Principal, reaches } from "../access/principal.ts";
import { ServiceError } from "../common/errors.ts";
import type { JobReport, JobRequest } from "../job/request.ts";
import type { Jobs, Watching } from "./jobs.ts";
import { unknownJob } from "./known_jobs.ts";
import type { Origin } from "./new_job.ts";
import type { JobFilter, JobStatus } from "../job/record.ts";

/** Who asks, and from where. */
export interface Asker {
  principal: Principal;
  address: string;
}

/**
 * The jobs as they are there for one client: what its role doesn't allow is refused, a job that it doesn't
 * reach is answered as one that isn't there, and what changes something or is refused is told in the log.
 */
export class ClientJobs {
  readonly #jobs: Jobs;
  readonly #asker: Asker;

  constructor(jobs: Jobs, asker: Asker) {
    this.#jobs = jobs;
    this.#asker = asker;
  }

  /** @throws {ServiceError} `JOB_NOT_FOUND` */
  status(id: string): JobStatus {
    return this.#reached("status", id);
  }

  /** @throws {ServiceError} as {@linkcode Jobs.result} */
  result(id: string): { request: JobRequest; report: JobReport } {
    this.#reached("result", id);
    return this.#jobs.result(id);
  }

  /** @throws {ServiceError} `JOB_NOT_FOUND` */
  log(id: string): string[] {
    this.#reached("log", id);
    return this.#jobs.log(id);
  }

  /** @throws {ServiceError} `JOB_NOT_FOUND` */
  watch(id: string): AsyncGenerator<JobStatus, void> {
    this.#reached("watch", id);
    return this.#jobs.watch(id);
  }

  /** Those that it reaches, the newest first. */
  list(filter: JobFilter): JobStatus[] {
    const { role, name } = this.#asker.principal;
    return this.#jobs.list(role === "run" ? { ...filter, owner: name! } : filter);
  }

  /** @throws {ServiceError} `FORBIDDEN`, and as {@linkcode Jobs.submit} */
  submit(request: JobRequest, key: string | undefined): Promise<JobStatus> {
    return this.#change("submit", async (accepted) => {
      const origin = { ...this.#origin(request), ...(key === undefined ? {} : { key }) };
      const status = await this.#jobs.submit(request, origin);
      accepted(status.record.id);
      return status;
    });
  }

  /** @throws {ServiceError} `FORBIDDEN`, and as {@linkcode Jobs.run} */
  run(request: JobRequest, watching: Watching = {}): Promise<JobReport> {
    return this.#change(
      "dask",
      (onAdmit) => this.#jobs.run(request, { ...this.#origin(request), ...watching, onAdmit }),
    );
  }

  /** @throws {ServiceError} `FORBIDDEN`, `JOB_NOT_FOUND` */
  cancel(id: string): Promise<JobStatus> {
    return this.#change("cancel", (accepted) => {
      if (!this.#isReached(this.#jobs.status(id))) throw unknownJob(id);
      accepted(id);
      return this.#jobs.cancel(id);
    }, id);
  }

  /** Whose the job is, where it may name files, and before whose jobs it goes. */
  #origin({ priority = 0 }: JobRequest): Origin {
    const { principal: { name, role, roots }, address } = this.#asker;
    return {
      client: name ?? address,
      owner: name,
      roots,
      precedence: role === "admin" ? priority : 0,
    };
  }

  /** Does what changes something; it is told in the log once, when it is accepted or refused. */
  async #change<T>(
    request: string,
    change: (accepted: (job: string) => void) => Promise<T>,
    job?: string,
  ): Promise<T> {
    const { principal, address } = this.#asker;
    const event = { client: principal.name, address, request };
    let isAccepted = false;
    try {
      assertMayRun(principal, request);
      return await change((id) => {
        isAccepted = true;
        audit({ ...event, job: id });
      });
    } catch (thrown) {
      if (!isAccepted) audit({ ...event, job, code: ServiceError.from(thrown).code });
      throw thrown;
    }
  }

  #isReached({ record }: JobStatus): boolean {
    return reaches(this.#asker.principal, record.owner);
  }

  /** A job that is there for who asks. */
  #reached(request: string, job: string): JobStatus {
    const status = this.#jobs.status(job);
    if (this.#isReached(status)) return status;
    const { principal: { name: client }, address } = this.#asker;
    const error = unknownJob(job);
    audit({ client, address, request, job, code: error.code });
    throw error;
  }
}
