import { ServiceError } from "./errors.ts";
import type { Math as MathPart, RunOptions } from "./math.ts";
import { INFO_NAMES, type Service } from "./service.ts";
import { DEFAULT_LIMITS } from "./wire/limits.ts";
import {
  errorReply,
  headerOf,
  infoName,
  infoReply,
  jobReply,
  jobRequest,
  type Request,
} from "./wire/message.ts";

/** Routes a request to the part that can answer it, and words the reply. */
export class Manager {
  readonly #service: Service;
  readonly #math: MathPart;
  readonly #replyBytes: number;

  /** @param replyBytes how long a reply may get, its line's end included */
  constructor(service: Service, math: MathPart, replyBytes: number = DEFAULT_LIMITS.replyBytes) {
    this.#service = service;
    this.#math = math;
    this.#replyBytes = replyBytes;
  }

  /**
   * The reply to a request, as JSON text. It never throws: what fails is a reply, too. Only a job makes
   * its caller wait.
   *
   * @param options for a job: who is told of its progress, and what can cancel it
   */
  answer(request: Request, options: RunOptions = {}): string | Promise<string> {
    try {
      switch (headerOf(request)) {
        case "info": {
          const name = infoName(request.value, INFO_NAMES);
          return infoReply(request, this.#service.describe(name), this.#service.statistic());
        }
        case "dask":
          return this.#runJob(request, options);
      }
    } catch (error) {
      return failure(request, error);
    }
  }

  async #runJob(request: Request, options: RunOptions): Promise<string> {
    try {
      const job = jobRequest(request.value);
      const report = await this.#math.run(job, options);
      return jobReply(request, job, report, this.#replyBytes);
    } catch (error) {
      return failure(request, error);
    }
  }
}

/** The reply that tells of a failure; one that is the service's own fault is reported here, too. */
function failure(request: Request, error: unknown): string {
  if (!(error instanceof ServiceError)) console.error("a request failed unexpectedly:", error);
  return errorReply(request, ServiceError.from(error));
}
