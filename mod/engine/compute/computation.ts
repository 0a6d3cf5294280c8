import type { FrameAnswers, FrameRequest, FrameRequestType } from "../../formula/frame_requests.ts";
import type { Outcome } from "../../formula/tasks/outcome.ts";
import type { ComputedPart, JobKind, JobProgress } from "../../job/request.ts";
import type { Loader } from "../../loader.ts";
import type { SavedResult } from "../../result/place.ts";
import type { WorkerPool } from "../workers/worker_pool.ts";
import { answerFrame } from "./frame_answers.ts";
import { saveMapped } from "./mapped_rows.ts";
import { mergeBranches } from "./order.ts";
import { outcomeOf } from "./outcome.ts";
import { packValue, unpackValue } from "./partial.ts";
import { merge, reduce, reducedBranches } from "./reduction.ts";
import { RunningWork, type Work } from "./running_work.ts";
import { OwnedGroups, saveTable } from "./saved_table.ts";

/** What a computation came to: the saved result and, where it is not columns, its JSON text. */
export interface Computed {
  saved: SavedResult;
  text?: string;
}

/** One formula at work on one dataset: hands tasks to the worker pool and saves what comes back. */
export class Computation {
  readonly #work: RunningWork;
  readonly #owned = new OwnedGroups();

  constructor(
    work: Work,
    loader: Loader,
    workerPool: WorkerPool,
    onProgress: (progress: JobProgress) => void,
  ) {
    this.#work = new RunningWork(work, loader, workerPool, onProgress);
  }

  /** How a whole job is computed, by the export that drives its formula. */
  readonly #kinds: Record<JobKind, () => Promise<Computed>> = {
    map: async () => ({ saved: await saveMapped(this.#work, "map", []) }),
    reduction: async () => {
      await this.#work.countRows();
      const values = await reducedBranches(this.#work, "chunk", "combine", []);
      return await this.#save(await this.#aggregate(values));
    },
    main: async () => {
      await this.#work.countRows();
      const { extent, workerPool: { size } } = this.#work;
      return await this.#save(await this.#outcome({ type: "main", extent, helpers: size - 1 }));
    },
  };

  /** Computes and saves. Rejects with a `ServiceError`; nothing of the result is left then. */
  run(): Promise<Computed> {
    return this.#kinds[this.#work.formula.kind]();
  }

  /** Computes the partitions alone and leaves what they come to for {@linkcode Computation.finish}. */
  async part(part: string): Promise<ComputedPart> {
    const work = this.#work;
    if (work.formula.kind === "map") {
      const { file: _name, ...saved } = await saveMapped(work, "map", []);
      return { ...saved, file: part, from: work.partitions[0]!.index };
    }
    await work.countRows();
    const value = await reduce(work, "chunk", "combine", []);
    work.assertUnchanged();
    return packValue(value, work.extent.rows, work.loader, { ...work.place, part });
  }

  /** Puts the parts of a reduction together and saves what they come to. */
  async finish(parts: ComputedPart[]): Promise<Computed> {
    const work = this.#work;
    work.extent.rows = parts.reduce((sum, { rows }) => sum + rows, 0);
    const values = await mergeBranches(
      parts.length,
      (index) => unpackValue(parts[index]!, work.place),
      (branch) => merge(work, "combine", branch),
    );
    return await this.#save(await this.#aggregate(values));
  }

  /** Answers what `main` asks. */
  answer<T extends FrameRequestType>(request: FrameRequest<T>): Promise<FrameAnswers[T]> {
    return answerFrame(this.#work, request);
  }

  /** @param values What the reduction came to, but for the last merges. */
  #aggregate(values: unknown[]): Promise<Outcome> {
    const { formula, extent, workerPool: { size } } = this.#work;
    return this.#outcome({
      type: "aggregate",
      name: formula.aggregate ? "aggregate" : null,
      combine: "combine",
      values,
      extent,
      helpers: size - 1,
    });
  }

  #outcome(task: Parameters<typeof outcomeOf>[1]): Promise<Outcome> {
    return outcomeOf(this.#work, task, this.#owned);
  }

  async #save(outcome: Outcome): Promise<Computed> {
    const work = this.#work;
    if (outcome.type === "lazy") {
      work.extend();
      return { saved: await saveMapped(work, outcome.name, outcome.args) };
    }
    if (outcome.type === "table") {
      const saved = await saveTable(work, (add) => this.#owned.write(outcome.groups, add));
      return { saved };
    }
    work.assertUnchanged();
    const saved = await work.loader.text(work.place, outcome.text);
    return { saved, text: outcome.text };
  }
}
