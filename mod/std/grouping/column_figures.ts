/** What is kept of a column, over chunks that follow each other. */
import { type Field, FigureRecords } from "../../kernel/figure_records.ts";
import { sumsByGroup } from "../../kernel/group_kernel.ts";
import { partDoubles, type PartedDoubles } from "../../kernel/parted.ts";
import { exactColumn } from "#marks";
import type { ExactColumn } from "./exact_values.ts";
import { asNumbers } from "./group_columns.ts";
import { type Digests, HeldDigests } from "./held_digests.ts";
import { type Held, HeldValues } from "./held_values.ts";
import type { CodedRuns } from "./key_coder.ts";
import { type CodedPart, PartsDontFit } from "./parted_coder.ts";
import {
  isSummed,
  joinedNumbers,
  joinedStates,
  mergeStates,
  type Part,
  reordered,
  type Sides,
  sidesOfGrown,
  type State,
  stateOf,
  stateOfAll,
} from "./group_states.ts";
import {
  isTimePart,
  mergeTimes,
  reorderedTimes,
  type TimeState,
  timeStateOf,
} from "./group_times.ts";

/** Figures of a column by groups, which become more and more. */
export class ColumnFigures implements Disposable {
  readonly name: string;
  readonly #wanted: ReadonlySet<Part>;
  #few: State | null = null;
  #many: FigureRecords | null = null;
  #times: TimeState | null = null;
  readonly #held: HeldValues | null;
  readonly #digests: HeldDigests | null;
  /** Values of chunks whose rows are parted, and what is kept of each part's groups. */
  readonly #pieces: PartedDoubles[] = [];
  readonly #parts: State[] = [];
  readonly #rows: Float64Array[] = [];

  /** @param digestBeyond Values of a group beyond which a t-digest is held; `null` where all are. */
  constructor(name: string, wanted: ReadonlySet<Part>, digestBeyond: number | null) {
    this.name = name;
    this.#wanted = wanted;
    const isHeld = wanted.has("values");
    this.#held = isHeld && digestBeyond === null ? new HeldValues() : null;
    this.#digests = isHeld && digestBeyond !== null ? new HeldDigests(digestBeyond) : null;
  }

  /** Values that are held one by one; `null` where none are to be. */
  get held(): { length: number } | null {
    const held = this.#held ?? this.#digests;
    return held && { length: held.count };
  }

  /** The column of a chunk. @throws TypeError for one that can't be computed with. */
  open(chunk: Record<string, unknown>): OpenColumn {
    const { name } = this;
    const values = asNumbers(chunk[name], name, this.#wanted.size === 0);
    const exact = [...this.#wanted].some(isTimePart) ? exactColumn(chunk, name) : null;
    const times = exact?.type.unit === undefined ? null : exact;
    const isNumber = (part: Part) => !times || !isTimePart(part);
    const parts = new Set([...this.#wanted].filter(isNumber));
    const hold = (ids: Int32Array, groups: number) => {
      this.#held?.add(values, ids);
      this.#digests?.add(values, ids, groups);
    };
    return {
      name,
      values,
      isPlain: times === null && !this.#wanted.has("values"),
      addToParts: (parts) => {
        if (times || this.#wanted.has("values")) throw new PartsDontFit();
        this.#pieces.push(partDoubles(values, parts));
      },
      addToAll: (ids) => {
        this.#addState(stateOfAll(values, parts), 1);
        this.#addTimes(times, ids, 1);
        hold(ids, 1);
        return Float64Array.of(values.length);
      },
      addRuns: (runs, groups) => this.#addSome(statesOfRuns(values, runs, parts), groups),
      addToFew: (ids, groups) => {
        const sums = isSummed(parts) ? sumsByGroup(values, ids, groups) : null;
        this.#addState(stateOf(values, ids, groups, parts, sums), groups);
        this.#addTimes(times, ids, groups);
        hold(ids, groups);
        return sums && sums.rows;
      },
      addToMany: (ids, groups) => {
        this.#many ??= new FigureRecords([...parts].filter(isField));
        this.#many.add(values, ids, groups);
        this.#addTimes(times, ids, groups);
        hold(ids, groups);
      },
    };
  }

  /** Adds up the next part's rows. */
  addPart(part: number, { ids, size, order }: CodedPart): void {
    const many = this.#many ??= new FigureRecords([...this.#wanted].filter(isField));
    many.clear();
    let at = 0;
    for (const { values, partStarts } of this.#pieces) {
      const own = values.subarray(partStarts[part], partStarts[part + 1]);
      many.add(own, ids.subarray(at, at += own.length), size);
    }
    const { state, rows } = this.finish(order);
    this.#parts.push(state);
    this.#rows.push(rows!);
  }

  /** What is kept of all parts' groups, and rows of each. */
  finishParts(): { state: State; rows: Float64Array } {
    return { state: joinedStates(this.#parts), rows: joinedNumbers(this.#rows) };
  }

  /** What is kept, by group in an order; also rows of each, where they were added one by one. */
  finish(order: Int32Array): FinishedColumn {
    const times = this.#times && reorderedTimes(this.#times, order);
    const few = this.#few, held = this.#held?.finish(order) ?? null;
    const digests = this.#digests?.finish(order) ?? null;
    const kept = { times, held, digests };
    if (!this.#many) return { state: reordered(few ?? NOTHING, order), ...kept, rows: null };
    const { missing, sum, lost, ...others } = this.#many.figures(order);
    for (let k = 0; k < missing.length; k++) missing[k]! += others.count[k]!;
    const state = isSummed(this.#wanted) ? { ...others, sum, lost } : others;
    const all = few ? mergeStates(...inPlace(few, state, order)) : state;
    return { state: all, ...kept, rows: missing };
  }

  [Symbol.dispose](): void {
    this.#many?.[Symbol.dispose]();
  }

  #addState(state: State, groups: number): void {
    const known = this.#few;
    this.#few = known ? mergeStates(known, state, sidesOfGrown(known.count.length, groups)) : state;
  }

  /** Adds states of some groups, by their number: of all that are new, and of others. */
  #addSome(states: ReadonlyMap<number, State>, groups: number): void {
    const ids = [...states.keys()].sort((a, b) => a - b);
    const some = joinedStates(ids.map((id) => states.get(id)!));
    if (!this.#few) return void (this.#few = some);
    const known = this.#few.count.length;
    const sides = new Uint8Array(groups).fill(1, 0, known).fill(2, known);
    for (const id of ids) if (id < known) sides[id] = 3;
    this.#few = mergeStates(this.#few, some, sides);
  }

  #addTimes(column: ExactColumn | null, ids: Int32Array, groups: number): void {
    if (!column) return;
    const parts = new Set([...this.#wanted].filter(isTimePart));
    const found = timeStateOf(column.read(), column.type, ids, groups, parts);
    const known = this.#times;
    this.#times = known ? mergeTimes(known, found, sidesOfGrown(lengthOf(known), groups)) : found;
  }
}

interface FinishedColumn {
  state: State;
  times: TimeState | null;
  held: Held | null;
  digests: Digests | null;
  rows: Float64Array | null;
}

/** Where one group is that both tables have. */
const BOTH = sidesOfGrown(1, 1);

/** What is kept of rows that come in runs, by their groups' number. */
function statesOfRuns(
  values: Float64Array,
  { codes, ends }: CodedRuns,
  parts: ReadonlySet<Part>,
): Map<number, State> {
  const states = new Map<number, State>();
  codes.forEach((id, run) => {
    const state = stateOfAll(values.subarray(ends[run - 1] ?? 0, ends[run]), parts);
    const before = states.get(id);
    states.set(id, before ? mergeStates(before, state, BOTH) : state);
  });
  return states;
}

function isField(part: Part): part is Field {
  return part !== "sum" && part !== "values";
}

/** The first groups' state in an order of more groups, and where they stand in it. */
function inPlace(few: State, all: State, order: Int32Array): [State, State, Sides] {
  const known = few.count.length;
  const sides = Uint8Array.from(order, (group) => group < known ? 3 : 2);
  return [reordered(few, order.filter((group) => group < known)), all, sides];
}

/** A chunk's column, whose rows can be added. */
export interface OpenColumn {
  name: string;
  values: Float64Array;
  /** To the only group; gives the rows. */
  addToAll(ids: Int32Array): Float64Array;
  /** Rows of groups in runs, none of which is empty, of a plain column. @param groups As many as there are now. */
  addRuns(runs: CodedRuns, groups: number): void;
  /** Summed up by themselves first; gives the rows of each group, where they were counted. */
  addToFew(ids: Int32Array, groups: number): Float64Array | null;
  /** Whether it is all about doubles: neither times are asked for that are whole numbers of their unit, nor all values. */
  isPlain: boolean;
  /** Kept until all rows are there. @throws PartsDontFit where rows may not be parted. */
  addToParts(parts: Int32Array): void;
  /** One by one. */
  addToMany(ids: Int32Array, groups: number): void;
}

const NOTHING: State = { count: new Float64Array(0) };

function lengthOf({ min, max, first, last }: TimeState): number {
  return (min ?? max ?? first ?? last)!.length;
}
