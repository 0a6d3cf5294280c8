import type { FrameRequest, LazyTable, Outcome, TableResult } from "../formula/messages.ts";
import type { JobPlan, JobProgress } from "../job.ts";
import type { Dataset, Loader, SavedResult } from "../loader.ts";
import type { EncodedRowGroup } from "../parquet/encode.ts";
import type { Crew } from "./crew.ts";
import { gatherColumn } from "./gather.ts";
import { inOrder, mergePairwise } from "./order.ts";
import type { WorkerReady } from "./worker.ts";

/** What a computation came to: the saved result and, where it is not columns, its JSON text. */
export interface Computed {
  saved: SavedResult;
  text?: string;
}

/** One formula at work on one dataset: hands tasks to the crew and saves what comes back. */
export class Computation {
  readonly #plan: JobPlan;
  readonly #loader: Loader;
  readonly #dataset: Dataset;
  readonly #crew: Crew;
  readonly #formula: WorkerReady;
  readonly #onProgress: (progress: JobProgress) => void;
  readonly #progress: JobProgress;

  /** @param formula What the workers found the formula to be. */
  constructor(
    plan: JobPlan,
    loader: Loader,
    dataset: Dataset,
    crew: Crew,
    formula: WorkerReady,
    onProgress: (progress: JobProgress) => void,
  ) {
    this.#plan = plan;
    this.#loader = loader;
    this.#dataset = dataset;
    this.#crew = crew;
    this.#formula = formula;
    this.#onProgress = onProgress;
    const total = formula.kind === "main" ? 1 : dataset.partitions.length;
    this.#progress = { done: 0, total, rowsDone: 0, rows: dataset.file.rows };
  }

  /** Computes and saves. Rejects with a `ServiceError`; nothing of the result is left then. */
  async run(): Promise<Computed> {
    const { kind } = this.#formula;
    if (kind === "map") return { saved: await this.#saveRows("map", []) };
    const outcome = await (kind === "main" ? this.#main() : this.#reduce());
    if (outcome.type === "lazy") return { saved: await this.#saveLazy(outcome) };
    if (outcome.type === "table") return { saved: await this.#saveGroups(outcome.groups) };
    this.#loader.assertUnchanged(this.#dataset);
    return { saved: this.#loader.text(this.#plan, outcome.text), text: outcome.text };
  }

  /** Answers what `main` asks of its frame. */
  async answer(request: FrameRequest): Promise<unknown> {
    const { partitions, file } = this.#dataset;
    if (request.type === "reduction") {
      this.#progress.total += partitions.length;
      return await this.#reduction(request.chunk, request.combine, request.args);
    }
    return await Promise.all(request.names.map((column) => {
      this.#progress.total += partitions.length;
      return gatherColumn(file, partitions, column, this.#formula.int64, async (index, target) => {
        const task = { type: "column", column, partition: index, target } as const;
        const { value } = await this.#crew.run(task);
        this.#advance(index);
        return value;
      });
    }));
  }

  async #main(): Promise<Outcome> {
    const { value } = await this.#crew.runBeside({ type: "main" });
    return value as Outcome;
  }

  async #reduce(): Promise<Outcome> {
    const total = await this.#reduction("chunk", "combine", []);
    const name = this.#formula.aggregate ? "aggregate" : null;
    const { value } = await this.#crew.run({ type: "aggregate", name, value: total });
    return value as Outcome;
  }

  #reduction(chunk: string, combine: string, args: unknown[]): Promise<unknown> {
    return mergePairwise(
      this.#dataset.partitions.length,
      async (partition) => {
        const { value } = await this.#crew.run({ type: "value", name: chunk, partition, args });
        this.#advance(partition);
        return value;
      },
      async (left, right) => {
        return (await this.#crew.run({ type: "combine", name: combine, left, right }, true)).value;
      },
    );
  }

  #saveLazy({ name, args }: LazyTable): Promise<SavedResult> {
    this.#progress.total += this.#dataset.partitions.length;
    return this.#saveRows(name, args);
  }

  /** Maps every partition; the row groups go to the file in the dataset's order. */
  #saveRows(name: string, args: unknown[]): Promise<SavedResult> {
    return this.#save((append) =>
      inOrder(
        this.#dataset.partitions.length,
        3 * this.#crew.size,
        (partition) => this.#crew.run({ type: "rows", name, partition, args }),
        ({ value }, partition) => {
          for (const group of (value as TableResult).groups) append(group);
          this.#advance(partition);
        },
      )
    );
  }

  #saveGroups(groups: EncodedRowGroup[]): Promise<SavedResult> {
    return this.#save((append) => groups.forEach(append));
  }

  async #save(
    fill: (append: (group: EncodedRowGroup) => void) => void | Promise<void>,
  ): Promise<SavedResult> {
    const table = this.#loader.table(this.#plan);
    try {
      await fill((group) => table.append(group));
      this.#loader.assertUnchanged(this.#dataset);
      return table.commit();
    } catch (thrown) {
      table.abort();
      throw thrown;
    }
  }

  #advance(partition: number): void {
    const progress = this.#progress;
    progress.done++;
    if (this.#formula.kind !== "main") {
      progress.rowsDone += this.#dataset.partitions[partition]!.rows;
    }
    this.#onProgress({ ...progress });
  }
}
