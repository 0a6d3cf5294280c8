/**
 * What the library and the worker that runs a formula know together of its arrays. There must be one of this module:
 * it is imported as `#marks`.
 */
import { compareNumbers } from "./coding.ts";
import {
  type ExactColumn,
  type ExactType,
  fitsIn64Bits,
  type Marked,
  millisecondsOf,
  NANOSECONDS,
  type StoredTable,
} from "./exact_values.ts";

/** What groups chunks that follow each other: more of them at once are less work. */
export interface ChunkGrouper extends Disposable {
  add(chunk: Record<string, unknown>, context: unknown): void;
  /** Whether there are so many groups that a table of their own for further chunks would be more work. */
  readonly isWorthMore: boolean;
  /** Whether all chunks are to be added again to one that is opened otherwise. */
  readonly isGivenUp: boolean;
  finish(): unknown;
}

/** The functions of a group-by that belong together. */
interface Grouping {
  chunk: unknown;
  combine: unknown;
  aggregate: unknown;
}

/** @param mayPart Whether rows may be kept until all are there, which is less work for many groups. */
export type OpenGrouper = (mayPart: boolean) => ChunkGrouper;

/** How a group-by is done without its functions, where nobody else sees what they return. */
interface Shortcuts {
  open: OpenGrouper;
  /** What `aggregate` makes of groups, as it is stored. */
  store(total: never): StoredTable;
}

const groupings = new WeakMap<object, Grouping & Shortcuts>();

const combines = new WeakSet<object>();

/** Says how the chunks of a group-by are grouped that follow each other, and what becomes of the groups. */
export function markGrouping(functions: Grouping, shortcuts: Shortcuts): void {
  groupings.set(functions.chunk as object, { ...functions, ...shortcuts });
  combines.add(functions.combine as object);
}

/** Whether a function merges for a group-by: nobody else holds what it returns, nor what it is given. */
export function isCombineOfGroups(value: unknown): boolean {
  return combines.has(value as object);
}

/** Opens what groups chunks that follow each other as these functions would; `null` where they are not of a group-by. */
export function grouperOf({ chunk, combine }: Omit<Grouping, "aggregate">): OpenGrouper | null {
  const known = groupings.get(chunk as object);
  return known && known.combine === combine ? known.open : null;
}

/** What stores the groups of a group-by all of whose functions are the library's; `null` for any other. */
export function storeOf({ chunk, combine, aggregate }: Grouping): Shortcuts["store"] | null {
  const known = groupings.get(chunk as object);
  const isWhole = known && known.combine === combine && known.aggregate === aggregate;
  return isWhole ? known.store : null;
}

/** Under which a chunk of the service's has a function that gives its columns, by name, without loss. */
export const EXACT: unique symbol = Symbol("exact");

/** A column of a chunk without loss; `null` where it is none of the service's, or its array is all there is. */
export function exactColumn(chunk: object, name: string): ExactColumn | null {
  const columns = (chunk as { [EXACT]?: (name: string) => ExactColumn | null })[EXACT];
  return columns ? columns(name) : null;
}

/** Columns that functions of the library read of a chunk. */
const reading = new WeakMap<object, readonly string[]>();

/** Says what columns a function reads of a chunk. */
export function readsColumns<T extends object>(read: T, columns: readonly string[]): T {
  reading.set(read, columns);
  return read;
}

/** The columns that a function of the library reads of a chunk; `undefined` of any other. */
export function columnsOfFunction(read: object): readonly string[] | undefined {
  return reading.get(read);
}

/** How the columns of a chunk become rows. */
export interface Unpivoting {
  /** Columns whose values become rows; `null` for all that aren't kept. */
  columns: readonly string[] | null;
  /** Columns that are repeated beside each value. */
  keep: readonly string[];
  /** Name of the column that says which column a value is from. */
  name: string;
  /** Name of the column of values. */
  value: string;
}

const unpivoted = new WeakMap<object, { chunk: object; how: Unpivoting }>();

/** Stands for the long table of a chunk until that is written. Whoever looks into it is told so. */
export function standForUnpivoted(chunk: object, how: Unpivoting): object {
  const table = {
    get unpivot(): never {
      throw new TypeError(
        "what unpivot gives stands for a table that is made when it is written; return it from map as it is",
      );
    },
  };
  unpivoted.set(table, { chunk, how });
  return Object.freeze(table);
}

/** What a value stands for as the long table of a chunk; `undefined` of any other. */
export function unpivotedOf(value: unknown): { chunk: object; how: Unpivoting } | undefined {
  return unpivoted.get(value as object);
}

const marked = new WeakMap<object, Marked>();

/** Says what an array stands for. */
export function mark<T extends object>(array: T, of: Marked): T {
  marked.set(array, of);
  return array;
}

/** What an array stands for, if all its elements are still what it was made with. */
export function markOf(array: ArrayLike<unknown> & object): Marked | null {
  const known = marked.get(array);
  if (!known || known.values.length !== array.length) return null;
  for (let row = 0; row < array.length; row++) {
    if (!isSame(array[row], known.shown(row))) return null;
  }
  return known;
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") return compareNumbers(a, b) === 0;
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, at) => byte === b[at]);
  }
  return a === b;
}

/**
 * Times as a formula sees them: milliseconds since 1970, NaN for null. Returned as a column of a result they are the
 * times that they stand for, in a coarser unit where 64 bits of their own can't hold one of them and that loses
 * nothing: INT96 has nanoseconds of any year.
 *
 * @param given Whole numbers of the type's unit.
 */
export function shownTimes(given: readonly (bigint | null)[], type: ExactType): Float64Array {
  const { times, unit } = fitting(given, type.unit ?? "ms");
  const values = new Float64Array(times.length);
  times.forEach((time, row) => values[row] = time === null ? NaN : millisecondsOf(time, unit));
  const made = values.slice();
  const shown = (row: number) => made[row];
  const validity = Uint8Array.from(times, (time) => time === null ? 0 : 1);
  return mark(values, { type: { ...type, unit }, values: times, validity, shown });
}

type Unit = keyof typeof NANOSECONDS;

function fitting(
  times: readonly (bigint | null)[],
  unit: Unit,
): { times: readonly (bigint | null)[]; unit: Unit } {
  const fits = (all: readonly (bigint | null)[]) =>
    all.every((time) => time === null || fitsIn64Bits(time));
  if (fits(times)) return { times, unit };
  for (const coarser of ["us", "ms"] as const) {
    const factor = NANOSECONDS[coarser] / NANOSECONDS[unit];
    if (factor < 2n || times.some((time) => time !== null && time % factor !== 0n)) continue;
    const fewer = times.map((time) => time === null ? null : time / factor);
    if (fits(fewer)) return { times: fewer, unit: coarser };
  }
  return { times, unit };
}
