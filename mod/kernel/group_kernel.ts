/** Loops over the rows of groups, block by block in a kernel's memory. */
import { ARRAY, FREE, Kernel, type KernelCode, kernelOf } from "#kernel";
import { codesOf, doublesOf } from "./views.ts";

/** Rows that are looked at together. */
const BLOCK = 1 << 13;
const IDS = FREE;
const VALUES = IDS + 4 * BLOCK;
/** Groups whose values are summed up in fixed point at most, and doubles for each: kernel/fixed.ts. */
const MOST_FIXED = 1 << 12;
const FIXED = 8;
const kernel = new Kernel();
/** Behind blocks of rows: kernel/fixed.ts. */
const STATES = kernel.code.SUMS.value;

function* blocks(
  ids: Int32Array,
  into = kernel,
): Generator<{ from: number; count: number }> {
  for (let from = 0; from < ids.length; from += BLOCK) {
    const count = Math.min(BLOCK, ids.length - from);
    new Int32Array(into.bytes.buffer, IDS, count).set(ids.subarray(from, from + count));
    yield { from, count };
  }
}

/**
 * Looks codes up in a table: `output[row] = table[codes[row]]`.
 *
 * @returns Whether all codes are in the table.
 */
export function mapCodes(codes: Int32Array, table: Int32Array, output: Int32Array): boolean {
  kernel.reserve(STATES + table.byteLength);
  new Int32Array(kernel.bytes.buffer, STATES, table.length).set(table);
  for (const { from, count } of blocks(codesOf(codes))) {
    const mapped = kernel.code.mapCodes(IDS, count, STATES, table.length, VALUES);
    if (mapped < count) return false;
    output.set(new Int32Array(kernel.bytes.buffer, VALUES, count), from);
  }
  return true;
}

/** Rows of each group; ids must be below `groups`. */
export function rowsByGroup(ids: Int32Array, groups: number): Float64Array {
  const rows = states(kernel, groups);
  for (const { count } of blocks(codesOf(ids))) kernel.code.addRows(IDS, count, STATES);
  return rows().slice();
}

/** What sums of groups come to: by group. */
export interface GroupSums {
  /** Values that are not NaN. */
  count: Float64Array;
  sum: Float64Array;
  /** Rounding errors of `sum`. */
  lost: Float64Array;
  /** Rows, with a value or without. */
  rows: Float64Array;
}

/**
 * Sums up each group's values that are not NaN; `null` where an id is not below `groups`.
 *
 * @throws RangeError when there are not as many ids as values.
 */
export function sumsByGroup(
  numbers: Float64Array,
  codes: Int32Array,
  groups: number,
): GroupSums | null {
  const values = doublesOf(numbers), ids = codesOf(codes);
  if (ids.length !== values.length) {
    throw new RangeError(`there are ${values.length} values, but groups of ${ids.length}`);
  }
  const found: GroupSums = {
    count: new Float64Array(groups),
    sum: new Float64Array(groups),
    lost: new Float64Array(groups),
    rows: new Float64Array(groups),
  };
  const fixed = groups <= MOST_FIXED;
  const sums = fixed ? FIXED * groups : 0;
  const size = sums + 4 * groups;
  // Where the values lie in a kernel's memory, the ids are brought there.
  const own = STATES + 8 * size <= ARRAY ? kernelOf(values) : null;
  const { code } = own ?? kernel;
  const all = states(own ?? kernel, size);
  const statesAt = STATES + 8 * sums;
  if (fixed) code.openSums();
  for (const { from, count } of blocks(ids, own ?? kernel)) {
    const at = own ? values.byteOffset + 8 * from : VALUES;
    if (!own) {
      const block = values.subarray(from, from + count);
      new Float64Array(kernel.bytes.buffer, VALUES, count).set(block);
    }
    if (!code.areBelow(IDS, count, groups)) return null;
    if (fixed) code.addToSums(at, IDS, count, statesAt, groups);
    else code.addValues(at, IDS, count, statesAt);
  }
  if (fixed) code.closeSums(statesAt, groups);
  const state = all().subarray(sums);
  for (let id = 0; id < groups; id++) {
    found.sum[id] = state[4 * id]!;
    found.lost[id] = state[4 * id + 1]!;
    found.count[id] = state[4 * id + 2]!;
    found.rows[id] = found.count[id]! + state[4 * id + 3]!;
  }
  return found;
}

/**
 * Pairs of doubles that a loop of the kernel makes of the rows of each group.
 *
 * @throws RangeError when there are not as many ids as values, or one is not below `groups`.
 */
function pairsByGroup(
  numbers: Float64Array,
  codes: Int32Array,
  first: ArrayLike<number>,
  groups: number,
  start: number,
  loop: (code: FigureCode, values: number, count: number, first: number, pairs: number) => void,
): Float64Array {
  const values = doublesOf(numbers), ids = codesOf(codes);
  if (ids.length !== values.length) throw new RangeError("there are not as many groups as values");
  const own = STATES + 24 * groups <= ARRAY ? kernelOf(values) : null;
  const into = own ?? kernel;
  const all = states(into, 3 * groups);
  all().set(first);
  all().fill(start, groups);
  const code = into.code as FigureCode;
  for (const { from, count } of blocks(ids, into)) {
    const at = own ? values.byteOffset + 8 * from : VALUES;
    if (!own) {
      const block = values.subarray(from, from + count);
      new Float64Array(kernel.bytes.buffer, VALUES, count).set(block);
    }
    if (!code.areBelow(IDS, count, groups)) throw new RangeError("there is no such group");
    loop(code, at, count, STATES, STATES + 8 * groups);
  }
  return all().slice(groups);
}

/** What else kernel/groups.ts exports. */
interface FigureCode extends KernelCode {
  addSquares(values: number, ids: number, count: number, means: number, sums: number): void;
  addExtents(values: number, ids: number, count: number, extents: number): void;
}

/** Squared deviations from the means of groups, and the deviations, in turn; as {@linkcode pairsByGroup} has it. */
export function squaresByGroup(
  values: Float64Array,
  ids: Int32Array,
  means: Float64Array,
): Float64Array {
  return pairsByGroup(values, ids, means, means.length, 0, (code, at, count, first, pairs) => {
    code.addSquares(at, IDS, count, first, pairs);
  });
}

/** The least value of each group, and the greatest with its sign changed, in turn; Infinity where there is none. */
export function extentsByGroup(
  values: Float64Array,
  ids: Int32Array,
  groups: number,
): Float64Array {
  return pairsByGroup(values, ids, [], groups, Infinity, (code, at, count, _first, pairs) => {
    code.addExtents(at, IDS, count, pairs);
  });
}

/** Room for so many doubles, all 0. */
function states(of: Kernel, count: number): () => Float64Array {
  of.reserve(STATES + 8 * count);
  const view = () => new Float64Array(of.bytes.buffer, STATES, count);
  view().fill(0);
  return view;
}
