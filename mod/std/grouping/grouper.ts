/** Groups of chunks that follow each other. */
import { rowsByGroup } from "../../kernel/group_kernel.ts";
import { FigureRecords } from "../../kernel/figure_records.ts";
import { ColumnFigures, type OpenColumn } from "./column_figures.ts";
import type { Described, Key, KeyColumn } from "./group_keys.ts";
import type { Groups } from "./group_partials.ts";
import { HeldRows } from "./held_rows.ts";
import { assertHeld, MOST_VALUES } from "./held_values.ts";
import { joinedNumbers, type Part, reordered, sidesOfGrown, taken } from "./group_states.ts";
import { PartsDontFit } from "./parted_coder.ts";
import { PARTS } from "../../kernel/parted.ts";
import { mergeColumn } from "../../kernel/merge_kernel.ts";
import { distinctOf, RowCoder } from "./row_coder.ts";

/** Groups of which a chunk's rows are summed up by themselves at most; of more, each row is added to its group. */
const FEW = 4096;
/** Groups up to which more chunks are added to a table: more would take too much memory. */
const MOST = 3 * 2 ** 19;
/** Bytes of parted rows up to which more are added, and bytes of a key, about. */
const MOST_PARTED = 2 ** 27, KEY_BYTES = 20;

/** How rows are grouped. */
export interface GrouperOptions {
  /** Whether many groups may be added up part by part, when all rows are there. */
  mayPart?: boolean;
  /** Values that may be held. */
  mostValues?: number;
  /** Values of a group beyond which a t-digest of them is held; `null` where all are. */
  digestBeyond?: number | null;
  /** Columns whose rows are held, whole and in order. */
  ordered?: readonly string[];
}

/** Rows that are parted. */
interface Parting {
  isOpen: boolean;
  rows: number;
  bytes: number;
  /** Groups of the whole dataset, as the first chunk lets expect. */
  groups: number;
}

/** Groups chunks that follow each other, and sums up their columns by group. */
export class Grouper implements Disposable {
  readonly #coder: RowCoder | null;
  readonly #columns: ColumnFigures[];
  readonly #ordered: HeldRows[];
  readonly #rows = new RowCounts();
  #isMany = false;
  /** Whether rows are parted by their keys; `null` where they are not to be. */
  #parted: Parting | null;
  #isGivenUp = false;
  #chunks = 0;
  readonly #mostValues: number;

  /**
   * @param keys Without one, all rows are one group.
   * @param parts What is to be kept of each column.
   */
  constructor(
    keys: readonly Key[],
    parts: ReadonlyMap<string, ReadonlySet<Part>>,
    { mayPart = false, mostValues = MOST_VALUES, digestBeyond = null, ordered = [] }:
      GrouperOptions = {},
  ) {
    this.#mostValues = mostValues;
    this.#ordered = ordered.map((name) => new HeldRows(name));
    this.#parted = mayPart && keys.length > 0 && ordered.length === 0
      ? { isOpen: false, rows: 0, bytes: 0, groups: 0 }
      : null;
    this.#coder = keys.length ? new RowCoder(keys) : null;
    this.#columns = [...parts].map(([name, wanted]) =>
      new ColumnFigures(name, wanted, digestBeyond)
    );
  }

  /**
   * Adds a chunk's rows.
   *
   * @throws TypeError for a column that can't be computed with; RangeError for columns of unequal lengths, and for more
   * values than may be held.
   */
  add(chunk: Record<string, unknown>, context?: Described): void {
    if (this.#isGivenUp) return;
    const columns = this.#columns.map((column) => column.open(chunk));
    if (this.#parted?.isOpen) return this.#addToParts(columns, chunk, context);
    const ordered = this.#ordered.map((rows) => ({ rows, own: rows.open(chunk) }));
    const lengths = [
      ...columns.map(({ name, values: { length } }) => ({ name, length })),
      ...ordered.map(({ rows: { name }, own }) => ({ name, length: own[0]!.length })),
    ];
    if (this.#addRuns(columns, lengths, chunk, context)) return;
    const ids = this.#idsOf(lengths, chunk, context);
    const groups = this.#coder?.size ?? 1;
    if (
      groups > FEW && this.#chunks === 0 && this.#parted && columns.every((one) => one.isPlain)
    ) {
      const all = distinctOf(groups, ids.length);
      if (this.#coder!.paysToPart(all)) {
        this.#coder!.part(ids.length);
        this.#isMany = this.#parted.isOpen = true;
        this.#parted.groups = all;
        return this.#addToParts(columns, chunk, context);
      }
    }
    this.#chunks++;
    this.#isMany ||= groups > FEW;
    if (this.#isMany) this.#addToMany(columns, ids, groups);
    else this.#addToFew(columns, ids, groups);
    for (const { rows, own } of ordered) rows.add(own, ids);
    const held = this.#columns.flatMap(({ name, held }) => held ? [{ name, ...held }] : []);
    assertHeld([...held, ...this.#ordered], this.#mostValues);
  }

  /** Rows are counted with the values of a column whose sums are wanted, where there is one. */
  #addToFew(columns: readonly OpenColumn[], ids: Int32Array, groups: number): void {
    const rows = columns.map((column) =>
      this.#coder ? column.addToFew(ids, groups) : column.addToAll(ids)
    );
    this.#rows.addToFew(rows.find((each) => each !== null) ?? rowsByGroup(ids, groups), groups);
  }

  /** Adds rows of few groups that come in runs, each of them at once; gives whether they do. */
  #addRuns(
    columns: readonly OpenColumn[],
    lengths: readonly ColumnLength[],
    chunk: Record<string, unknown>,
    context?: Described,
  ): boolean {
    const isFit = !this.#isMany && this.#ordered.length === 0 &&
      columns.every(({ isPlain }) => isPlain);
    const runs = isFit ? this.#coder?.runs(chunk, context) : null;
    const groups = this.#coder?.size ?? 0;
    if (!runs || groups > FEW) return false;
    const { codes, ends } = runs, rows = new Float64Array(groups);
    assertLengths(lengths, ends.at(-1)!);
    for (const column of columns) column.addRuns(runs, groups);
    codes.forEach((id, run) => rows[id]! += ends[run]! - (ends[run - 1] ?? 0));
    this.#rows.addToFew(rows, groups);
    this.#chunks++;
    return true;
  }

  /** Groups of rows, or their parts. */
  #idsOf(
    columns: readonly ColumnLength[],
    chunk: Record<string, unknown>,
    context?: Described,
  ): Int32Array {
    const ids = this.#coder?.code(chunk, context) ??
      new Int32Array(columns[0]?.length ?? rowsWithout(context));
    assertLengths(columns, ids.length);
    return ids;
  }

  #addToParts(
    columns: readonly OpenColumn[],
    chunk: Record<string, unknown>,
    context?: Described,
  ): void {
    try {
      const lengths = columns.map(({ name, values: { length } }) => ({ name, length }));
      const parts = this.#idsOf(lengths, chunk, context), parted = this.#parted!;
      for (const column of columns) column.addToParts(parts);
      parted.rows += parts.length;
      parted.bytes += parts.length * (KEY_BYTES + 8 * columns.length);
    } catch (thrown) {
      if (!(thrown instanceof PartsDontFit)) throw thrown;
      this.#isGivenUp = true;
    }
  }

  /** Whether the rows are to be added again to one that doesn't part them. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** Rows are counted with the values of a column, where there is one. */
  #addToMany(columns: readonly OpenColumn[], ids: Int32Array, groups: number): void {
    for (const column of columns) column.addToMany(ids, groups);
    if (columns.length === 0) this.#rows.addToMany(ids, groups);
  }

  get isWorthMore(): boolean {
    const parted = this.#parted?.isOpen ? this.#parted : null;
    if (!parted) return this.#isMany && this.#coder!.size <= MOST;
    const { groups, rows, bytes } = parted;
    return groups * -Math.expm1(-rows / groups) <= MOST && bytes <= MOST_PARTED;
  }

  /** All of them, in the order of their keys. */
  finish(): Groups {
    const none = { states: {}, times: {}, held: {}, digests: {}, ordered: {} };
    if (this.#isGivenUp) return { keys: [], rows: new Float64Array(0), ...none };
    if (this.#parted?.isOpen) return this.#finishParts();
    const one = { keys: [] as KeyColumn[], order: new Int32Array(1) };
    const { keys, order } = this.#coder?.finish() ?? one;
    const states: Groups["states"] = {}, times: Groups["times"] = {}, held: Groups["held"] = {};
    const digests: Groups["digests"] = {};
    let counted: Float64Array | null = null;
    for (const column of this.#columns) {
      const { state, times: found, held: values, digests: points, rows } = column.finish(order);
      states[column.name] = state;
      if (found) times[column.name] = found;
      if (values) held[column.name] = values;
      if (points) digests[column.name] = points;
      counted ??= rows;
    }
    const ordered: Groups["ordered"] = {};
    for (const column of this.#ordered) {
      const { name, times: type } = column;
      ordered[name] = column.finish(order);
      if (type) times[name] ??= type;
    }
    return { keys, rows: this.#rows.finish(order, counted), states, times, held, digests, ordered };
  }

  #finishParts(): Groups {
    const coder = this.#coder!, counted: Float64Array[] = [];
    for (let part = 0; part < PARTS; part++) {
      const coded = coder.codePart(part);
      for (const column of this.#columns) column.addPart(part, coded);
      if (this.#columns.length > 0) continue;
      counted.push(taken(rowsByGroup(coded.ids, coded.size), coded.order));
    }
    const { keys, order } = coder.finishParts();
    const inOrder = (values: Float64Array) => order ? taken(values, order) : values;
    const states: Groups["states"] = {};
    let rows: Float64Array | null = counted.length ? joinedNumbers(counted) : null;
    for (const column of this.#columns) {
      const found = column.finishParts();
      states[column.name] = order ? reordered(found.state, order) : found.state;
      rows ??= found.rows;
    }
    return { keys, rows: inOrder(rows!), states, times: {}, held: {}, digests: {}, ordered: {} };
  }

  [Symbol.dispose](): void {
    this.#coder?.[Symbol.dispose]();
    this.#rows[Symbol.dispose]();
    for (const column of this.#columns) column[Symbol.dispose]();
  }
}

interface ColumnLength {
  name: string;
  length: number;
}

function assertLengths(columns: readonly ColumnLength[], rows: number): void {
  for (const { name, length } of columns) {
    if (length === rows) continue;
    throw new RangeError(`column "${name}" has ${length} rows, others ${rows}`);
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
