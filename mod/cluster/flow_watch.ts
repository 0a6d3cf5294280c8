import type { LogLine } from "../job/log_line.ts";
import type { JobProgress } from "../job/request.ts";
import { groupOf } from "./redis_keys.ts";
import type { ParentData, TaskProgress, TaskResult } from "./task_messages.ts";

/** Who is told of a flow. */
interface FlowListener {
  onProgress?: (progress: JobProgress) => void;
  onLog?: (lines: LogLine[]) => void;
}

/** How far a flow is, put together of what is told of its parts, in whatever order and however often. */
export class FlowWatch {
  readonly #listener: FlowListener;
  readonly #data: ParentData;
  /** Partitions and rows of each part that are done, and lines that were passed on. */
  readonly #done: Int32Array;
  readonly #rows: Float64Array;
  readonly #lines: Int32Array;
  #told = 0;
  #changed = Promise.withResolvers<void>();

  constructor(data: ParentData, listener: FlowListener) {
    this.#data = data;
    this.#listener = listener;
    this.#done = new Int32Array(data.groups);
    this.#rows = new Float64Array(data.groups);
    this.#lines = new Int32Array(data.groups);
  }

  /** A part is further. */
  advance(task: string, { done, rows, at, lines }: TaskProgress): void {
    const group = groupOf(task);
    if (!(group < this.#data.groups)) return;
    this.#note(group, Math.min(done, this.#sizeOf(group)), rows);
    this.#print(group, at, lines);
  }

  /** A part is done. */
  complete(task: string, { rows, report }: TaskResult): void {
    const group = groupOf(task);
    if (!(group < this.#data.groups)) return;
    this.#note(group, this.#sizeOf(group), rows);
    this.#print(group, 0, report.log);
  }

  /** Has whoever waits for the flow look at it. */
  stir(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Settles when the flow is to be looked at, or after some milliseconds. */
  async stirred(milliseconds: number, ends: AbortSignal): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, milliseconds);
    const ended = () => late.resolve();
    ends.addEventListener("abort", ended, { once: true });
    if (ends.aborted) late.resolve();
    await Promise.race([this.#changed.promise, late.promise]);
    ends.removeEventListener("abort", ended);
    clearTimeout(timer);
  }

  /** Partitions of a part. */
  #sizeOf(group: number): number {
    const { partitions, each } = this.#data;
    return Math.min(each, partitions - group * each);
  }

  #note(group: number, done: number, rows: number): void {
    if (!(done >= this.#done[group]!)) return;
    this.#done[group] = done;
    this.#rows[group] = rows;
    const sum = this.#done.reduce((sum, one) => sum + one, 0);
    if (sum < this.#told) return;
    this.#told = sum;
    this.#listener.onProgress?.({
      done: sum,
      total: this.#data.partitions,
      rowsDone: this.#rows.reduce((sum, one) => sum + one, 0),
      rows: this.#data.rows,
    });
  }

  /** Passes on what was not passed on yet; a part that is computed again prints the same again. */
  #print(group: number, at: number, lines: LogLine[]): void {
    const known = this.#lines[group]!;
    if (at > known || at + lines.length <= known) return;
    this.#listener.onLog?.(lines.slice(known - at));
    this.#lines[group] = at + lines.length;
  }
}
