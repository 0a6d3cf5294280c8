import type { Instant } from "./instants.ts";
import type { Key, KeyCodes } from "./keys.ts";
import type { Pieces } from "./pieces.ts";
import type { BlockBounds, SortedBlock, SortedTable } from "./sorted_table.ts";

/** Rows of the data that a table's rows are looked for. */
export interface SoughtRows {
  /** How many rows the data has. */
  rows: number;
  /** Instants by row. */
  instants: ArrayLike<Instant>;
  /** Rows with an instant and a key, by their instants. */
  order: Int32Array;
  /** Keys by row; `null` where the join has none. */
  keys: KeyCodes | null;
  asBigints: boolean;
}

/** For each row of the data the row of the table, or -1, and its instant; valid until the next sweep to the same side. */
export interface FoundRows {
  rows: Float64Array;
  instants: Instant[] | Float64Array;
}

/** Where a sweep is: a place in the list of blocks, and a row in that block. */
interface Place {
  at: number;
  index: number;
}

/**
 * For each row of the data the nearest row of a table on one side with the same key: the last one that is not later
 * (`step` 1), or the first one that is not earlier (`step` -1). Of rows of one instant, it is the last or the first of the table.
 * One pass over the part of the table that lies beside the data, and what is needed of the rows before it.
 */
export function sweep(
  table: SortedTable,
  sought: SoughtRows,
  step: 1 | -1,
  tolerance: Instant | null,
  pieces: Pieces,
): FoundRows {
  return new Sweep(table, sought, step, tolerance).found(pieces);
}

class Sweep {
  readonly #table: SortedTable;
  readonly #sought: SoughtRows;
  readonly #step: 1 | -1;
  readonly #tolerance: Instant | null;
  readonly #bounds: readonly BlockBounds[];
  /** The last row that was passed of each key, and its instant. */
  readonly #passed: Float64Array;
  readonly #passedAt: Instant[];
  /** Codes of the data's keys. */
  readonly #codes: Map<Key, number> | null;

  constructor(
    table: SortedTable,
    sought: SoughtRows,
    step: 1 | -1,
    tolerance: Instant | null,
  ) {
    this.#table = table;
    this.#sought = sought;
    this.#step = step;
    this.#tolerance = tolerance;
    this.#bounds = table.bounds(sought.asBigints);
    const { keys } = sought;
    const count = keys ? keys.keys.length : 1;
    this.#passed = new Float64Array(count).fill(-1);
    this.#passedAt = new Array<Instant>(count).fill(0);
    this.#codes = keys && new Map(keys.keys.map((key, code) => [key, code]));
  }

  found(pieces: Pieces): FoundRows {
    const { rows, order, instants, keys, asBigints } = this.#sought;
    const step = this.#step, count = order.length;
    const side = step > 0 ? "before" : "after";
    const found: FoundRows = {
      rows: pieces.take(`rows ${side}`, Float64Array, rows).fill(-1),
      instants: asBigints
        ? new Array<Instant>(rows)
        : pieces.take(`instants ${side}`, Float64Array, rows),
    };
    if (count === 0 || this.#bounds.length === 0) return found;
    const start = step > 0 ? 0 : count - 1;
    const place = this.#seek(instants[order[start]!]!);
    this.#lookBack(place, instants[order[start]!]!);
    if (keys === null) this.#passAll(place, start, found);
    else this.#passByKeys(place, start, keys, found);
    return found;
  }

  /** Goes on from a place, where there are no keys. */
  #passAll({ at, index }: Place, start: number, found: FoundRows): void {
    const { order, instants } = this.#sought;
    const step = this.#step, tolerance = this.#tolerance ?? Infinity;
    const { rows, instants: foundAt } = found;
    let other = this.#passed[0]!, otherAt = this.#passedAt[0]!;
    let block = this.#block(at);
    for (let k = start; k >= 0 && k < order.length; k += step) {
      const row = order[k]!, instant = instants[row]!;
      while (block !== null) {
        const rising = block.instants as ArrayLike<Instant>, end = step > 0 ? block.count : -1;
        const from = index;
        if (step > 0) { while (index < end && rising[index]! <= instant) index++; }
        else while (index > end && rising[index]! >= instant) index--;
        if (index !== from) {
          const last = index - step;
          other = block.start + (block.rows ? block.rows[last]! : last);
          otherAt = rising[last]!;
        }
        if (index !== end) break;
        at += step;
        block = this.#block(at);
        index = block === null || step > 0 ? 0 : block.count - 1;
      }
      if (other < 0) continue;
      if ((step > 0 ? instant - otherAt : otherAt - instant) > tolerance) continue;
      rows[row] = other;
      foundAt[row] = otherAt;
    }
  }

  /** The same with keys. */
  #passByKeys({ at, index }: Place, start: number, keys: KeyCodes, found: FoundRows): void {
    const { order, instants } = this.#sought;
    const step = this.#step, count = order.length;
    const passed = this.#passed, passedAt = this.#passedAt, { codes } = keys;
    let block = this.#block(at), own = this.#codesIn(block);
    for (let k = start; k >= 0 && k < count; k += step) {
      const row = order[k]!, instant = instants[row]!;
      while (block !== null) {
        const { instants: rising, rows: rowsOf, keys: keysOf, start: first } = block;
        const end = step > 0 ? block.count : -1;
        while (index !== end) {
          const next = (rising as ArrayLike<Instant>)[index]!;
          if (step > 0 ? next > instant : next < instant) break;
          const other = rowsOf ? rowsOf[index]! : index;
          const code = codeIn(own!, keysOf!.codes[other]!);
          if (code >= 0) {
            passed[code] = first + other;
            passedAt[code] = next;
          }
          index += step;
        }
        if (index !== end) break;
        at += step;
        block = this.#block(at);
        own = this.#codesIn(block);
        index = block === null || step > 0 ? 0 : block.count - 1;
      }
      const code = codes[row]!, other = passed[code]!;
      if (other < 0) continue;
      const distance = step > 0 ? instant - passedAt[code]! : passedAt[code]! - instant;
      if (this.#tolerance !== null && distance > this.#tolerance) continue;
      found.rows[row] = other;
      found.instants[row] = passedAt[code]!;
    }
  }

  /** The first row of the table that is later than an instant; with a step back the last one that is earlier. */
  #seek(instant: Instant): Place {
    const bounds = this.#bounds;
    if (this.#step > 0) {
      const at = firstOf(bounds.length, (k) => bounds[k]!.last > instant);
      const block = this.#block(at);
      const index = block ? firstOf(block.count, (k) => instantIn(block, k) > instant) : 0;
      return { at, index };
    }
    const at = firstOf(bounds.length, (k) => bounds[k]!.first >= instant) - 1;
    const block = this.#block(at);
    const index = block ? firstOf(block.count, (k) => instantIn(block, k) >= instant) - 1 : 0;
    return { at, index };
  }

  /** Finds for each key the row that was passed last before a place. */
  #lookBack({ at, index }: Place, instant: Instant): void {
    const step = this.#step;
    let wanted = this.#codes?.size ?? 1;
    const block = this.#block(at);
    if (block !== null) {
      const own = this.#codesIn(block);
      const end = step > 0 ? -1 : block.count;
      for (let k = index - step; k !== end && wanted > 0; k -= step) {
        const row = block.rows ? block.rows[k]! : k;
        if (this.#isFar(instantIn(block, k), instant)) return;
        const code = own === null ? 0 : codeIn(own, block.keys!.codes[row]!);
        if (code >= 0 && this.#pass(code, block.start + row, instantIn(block, k))) wanted--;
      }
    }
    for (let k = at - step; wanted > 0 && k >= 0 && k < this.#bounds.length; k -= step) {
      const { block, first, last } = this.#bounds[k]!;
      if (this.#isFar(step > 0 ? last : first, instant)) return;
      wanted -= this.#codes === null ? this.#passEdge(k) : this.#passKeys(block, this.#codes);
    }
  }

  /** Without keys, the nearest row of a block is the one. */
  #passEdge(at: number): number {
    const block = this.#block(at)!;
    const k = this.#step > 0 ? block.count - 1 : 0;
    const row = block.rows ? block.rows[k]! : k;
    this.#pass(0, block.start + row, instantIn(block, k));
    return 1;
  }

  /** The nearest rows of a block of all keys that are still wanted. @returns How many were found */
  #passKeys(block: number, wanted: Map<Key, number>): number {
    const { codes, rows, instants } = this.#table.summary(block, this.#sought.asBigints);
    const side = this.#step > 0 ? 1 : 0;
    let found = 0;
    const [few, many] = wanted.size < codes.size ? [wanted, codes] : [codes, wanted];
    for (const key of few.keys()) {
      if (!many.has(key)) continue;
      const own = codes.get(key)!;
      if (this.#pass(wanted.get(key)!, rows[side][own]!, instants[side][own]!)) found++;
    }
    return found;
  }

  /** Notes a row, where none of its key is known. @returns Whether that was so */
  #pass(code: number, row: number, instant: Instant): boolean {
    if (this.#passed[code]! >= 0) return false;
    this.#passed[code] = row;
    this.#passedAt[code] = instant;
    return true;
  }

  #isFar(row: Instant, instant: Instant): boolean {
    if (this.#tolerance === null) return false;
    return (this.#step > 0 ? instant - row : row - instant) > this.#tolerance;
  }

  #block(at: number): SortedBlock | null {
    const bounds = this.#bounds[at];
    return bounds ? this.#table.block(bounds.block, this.#sought.asBigints) : null;
  }

  /** The data's codes of a block's keys; -1 for keys that the data doesn't have. */
  #codesIn(block: SortedBlock | null): Int32Array | null {
    const codes = this.#codes;
    if (codes === null || block === null) return null;
    return Int32Array.from(block.keys!.keys, (key) => codes.get(key) ?? -1);
  }
}

function codeIn(own: Int32Array, code: number): number {
  return code < 0 ? -1 : own[code]!;
}

function instantIn({ instants }: SortedBlock, index: number): Instant {
  return (instants as ArrayLike<Instant>)[index]!;
}

/** The first of so many that fits, where all behind one that does fit, too. */
function firstOf(count: number, fits: (index: number) => boolean): number {
  let from = 0, to = count;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (fits(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
