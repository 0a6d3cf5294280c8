import type { FrameAnswers, FrameRequest, FrameRequestType } from "../../formula/frame_requests.ts";
import type { ComputedPart, JobProgress } from "../../job/request.ts";
import type { Loader } from "../../loader.ts";
import type { WorkerPool } from "../workers/worker_pool.ts";
import { answerFrame } from "./frame_answers.ts";
import type { ComputedKind } from "./kinds/kind.ts";
import { COMPUTED_KINDS } from "./kinds/kinds.ts";
import type { Computed } from "./outcome.ts";
import { RunningWork, type Work } from "./running_work.ts";

/** One formula at work on one dataset: hands tasks to the worker pool and saves what comes back. */
export class Computation {
  readonly #work: RunningWork;
  readonly #kind: ComputedKind;

  constructor(
    work: Work,
    loader: Loader,
    workerPool: WorkerPool,
    onProgress: (progress: JobProgress) => void,
  ) {
    this.#work = new RunningWork(work, loader, workerPool, onProgress);
    this.#kind = COMPUTED_KINDS[work.formula.kind];
  }

  /** Computes and saves. Rejects with a `ServiceError`; nothing of the result is left then. */
  run(): Promise<Computed> {
    return this.#kind.run(this.#work);
  }

  /** Computes the partitions alone and leaves what they come to for {@linkcode Computation.finish}. */
  part(part: string): Promise<ComputedPart> {
    if (this.#kind.part === null) throw new Error("a formula of this kind is computed as a whole");
    return this.#kind.part(this.#work, part);
  }

  /** Puts the values of parts together and saves what they come to. */
  finish(parts: ComputedPart[]): Promise<Computed> {
    if (this.#kind.finish === null) throw new Error("parts of this kind have no values");
    return this.#kind.finish(this.#work, parts);
  }

  /** Answers what `main` asks. */
  answer<T extends FrameRequestType>(request: FrameRequest<T>): Promise<FrameAnswers[T]> {
    return answerFrame(this.#work, request);
  }
}
