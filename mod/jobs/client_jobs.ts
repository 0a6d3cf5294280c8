import { audit } from "../access/audit.ts";
import { assertMayRun, type Principal, reaches } from "../access/principal.ts";
import { ServiceError } from "../common/errors.ts";
import type { FormulaSource } from "../job/formula_source.ts";
import type { LogLine } from "../job/log_line.ts";
import type { JobReport, JobRequest } from "../job/request.ts";
import type { Jobs, Watching } from "./jobs.ts";
import { unknownJob } from "./known_jobs.ts";
import type { Origin } from "./new_job.ts";
import type { JobFilter, JobNames, JobStatus } from "../job/record.ts";

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
  log(id: string): LogLine[] {
    this.#reached("log", id);
    return this.#jobs.log(id);
  }

  /** The formula as it ran; null where that isn't known. @throws {ServiceError} `JOB_NOT_FOUND` */
  formula(id: string): FormulaSource | null {
    this.#reached("formula", id);
    return this.#jobs.formula(id);
  }

  /** @throws {ServiceError} `JOB_NOT_FOUND` */
  watch(id: string): AsyncGenerator<JobStatus, void> {
    this.#reached("watch", id);
    return this.#jobs.watch(id);
  }

  /** What a job asks for. @throws {ServiceError} `JOB_NOT_FOUND` */
  request(id: string): Promise<JobRequest> {
    this.#reached("request", id);
    return this.#jobs.request(id);
  }

  /** Those that it reaches, in the order that is asked for. */
  list(filter: JobFilter): JobStatus[] {
    const owner = this.#onlyOwner();
    return this.#jobs.list(owner === undefined ? filter : { ...filter, owner });
  }

  /** Names of formulas and clients among the jobs that it reaches; so many of each at most. */
  names(most: number): JobNames {
    return this.#jobs.names(this.#onlyOwner(), most);
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

  /**
   * Submits again what a job asked for; the new job is the asker's own. Its paths mean what they meant in the
   * first one, whose client may have had fewer roots.
   *
   * @throws {ServiceError} `FORBIDDEN`, `JOB_NOT_FOUND`, and as {@linkcode Jobs.submit}
   */
  retry(id: string): Promise<JobStatus> {
    return this.#change("retry", async (accepted) => {
      const first = this.#jobs.status(id);
      if (!this.#isReached(first)) throw unknownJob(id);
      const request = await this.#jobs.request(id);
      if (request.directory === "") {
        throw new ServiceError(
          "BAD_REQUEST",
          `there was no room for the job ${id}, so what it asked for was not kept: send it from its client`,
        );
      }
      const origin = this.#origin(request);
      const status = await this.#jobs.submit(request, {
        ...origin,
        roots: origin.roots ?? first.record.roots,
      });
      accepted(status.record.id);
      return status;
    }, id);
  }

  /** The owner whose jobs alone it reaches; undefined where it reaches all. */
  #onlyOwner(): string | undefined {
    const { role, name } = this.#asker.principal;
    return role === "run" ? name! : undefined;
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
