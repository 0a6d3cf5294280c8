/** Groups of chunks that follow each other. */
import { rowsByGroup } from "../../kernel/group_kernel.ts";
import { FigureRecords } from "../../kernel/figure_records.ts";
import { ColumnFigures, type OpenColumn } from "./column_figures.ts";
import type { Described, Key, KeyColumn } from "./group_keys.ts";
import type { Groups } from "./group_partials.ts";
import { type Part, sidesOfGrown } from "./group_states.ts";
import { mergeColumn } from "../../kernel/merge_kernel.ts";
import { RowCoder } from "./row_coder.ts";

/** Groups of which a chunk's rows are summed up by themselves at most; of more, each row is added to its group. */
const FEW = 4096;
/** Groups up to which more chunks are added to a table: more would take too much memory. */
const MOST = 3 * 2 ** 19;

/** Groups chunks that follow each other, and sums up their columns by group. */
export class Grouper implements Disposable {
  readonly #coder: RowCoder | null;
  readonly #columns: ColumnFigures[];
  readonly #rows = new RowCounts();
  #isMany = false;

  /**
   * @param keys Without one, all rows are one group.
   * @param parts What is to be kept of each column.
   */
  constructor(keys: readonly Key[], parts: ReadonlyMap<string, ReadonlySet<Part>>) {
    this.#coder = keys.length ? new RowCoder(keys) : null;
    this.#columns = [...parts].map(([name, wanted]) => new ColumnFigures(name, wanted));
  }

  /**
   * Adds a chunk's rows.
   *
   * @throws TypeError for a column that can't be computed with; RangeError for columns of unequal lengths.
   */
  add(chunk: Record<string, unknown>, context?: Described): void {
    const columns = this.#columns.map((column) => column.open(chunk));
    const ids = this.#coder?.code(chunk, context) ??
      new Int32Array(columns[0]?.values.length ?? rowsWithout(context));
    for (const { name, values } of columns) {
      if (values.length === ids.length) continue;
      throw new RangeError(`column "${name}" has ${values.length} rows, others ${ids.length}`);
    }
    const groups = this.#coder?.size ?? 1;
    this.#isMany ||= groups > FEW;
    if (this.#isMany) return this.#addToMany(columns, ids, groups);
    const rows = columns.map((column) =>
      this.#coder ? column.addToFew(ids, groups) : column.addToAll(ids)
    );
    this.#rows.addToFew(rows.find((each) => each !== null) ?? rowsByGroup(ids, groups), groups);
  }

  /** Rows are counted with the values of a column, where there is one. */
  #addToMany(columns: readonly OpenColumn[], ids: Int32Array, groups: number): void {
    for (const column of columns) column.addToMany(ids, groups);
    if (columns.length === 0) this.#rows.addToMany(ids, groups);
  }

  get isWorthMore(): boolean {
    return this.#isMany && this.#coder!.size <= MOST;
  }

  /** All of them, in the order of their keys. */
  finish(): Groups {
    const one = { keys: [] as KeyColumn[], order: new Int32Array(1) };
    const { keys, order } = this.#coder?.finish() ?? one;
    const states: Groups["states"] = {}, times: Groups["times"] = {};
    let counted: Float64Array | null = null;
    for (const column of this.#columns) {
      const { state, times: found, rows } = column.finish(order);
      states[column.name] = state;
      if (found) times[column.name] = found;
      counted ??= rows;
    }
    return { keys, rows: this.#rows.finish(order, counted), states, times };
  }

  [Symbol.dispose](): void {
    this.#coder?.[Symbol.dispose]();
    this.#rows[Symbol.dispose]();
    for (const column of this.#columns) column[Symbol.dispose]();
  }
}

/** Rows of each group. */
class RowCounts implements Disposable {
  #few: Float64Array = new Float64Array(0);
  #many: FigureRecords | null = null;

  addToFew(rows: Float64Array, groups: number): void {
    const sides = sidesOfGrown(this.#few.length, groups);
    this.#few = mergeColumn("add", sides, [this.#few], [rows]);
  }

  addToMany(ids: Int32Array, groups: number): void {
    this.#many ??= new FigureRecords([]);
    this.#many.add(new Float64Array(ids.length), ids, groups);
  }

  /** @param counted Rows that were added one by one, where they were counted with a column. */
  finish(order: Int32Array, counted: Float64Array | null): Float64Array {
    const rows = counted ?? this.#many?.figures(order).count ?? new Float64Array(order.length);
    if (this.#few.length === 0) return rows;
    for (let k = 0; k < rows.length; k++) rows[k]! += this.#few[order[k]!] ?? 0;
    return rows;
  }

  [Symbol.dispose](): void {
    this.#many?.[Symbol.dispose]();
  }
}

/** Rows where neither a key nor a column tells. */
function rowsWithout(context?: Described): number {
  const { rows } = (context ?? {}) as { rows?: number };
  if (rows !== undefined) return rows;
  throw new TypeError("groupBy([]).count() needs the context beside the chunk");
}
