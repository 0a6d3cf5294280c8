// What is compiled to mod/kernel/transform_code.ts: Fourier transforms in memory that threads share. A long one is a
// matrix whose columns, then rows, then bins are taken in shares by whatever threads have time.

import { passes, putColumns, putRows, realBins, realLengths, takeColumns, takeRows } from "./fft";
export { interleave, passes, realBins, realLengths, separate, twiddles } from "./fft";

/** Columns, or rows, of a share: they are transformed side by side. */
const SIDE: u32 = 8;
/** Bins of a share from each of the two ends. */
const BINS: u32 = 1 << 12;

/** What is to be done after rows. */
const NOTHING: u32 = 0, PARTS: u32 = 1, LENGTHS: u32 = 2;

@unmanaged
class Transform {
  /** Shares that nobody has taken; 0 and less where there are none. */
  open: i32;
  /** Shares that are done. */
  done: i32;
  /** Threads that came to help and have gone again, of all transforms in this memory. */
  gone: i32;
  columnShares: i32;
  rowShares: i32;
  shares: i32;
  rows: u32;
  columns: u32;
  rowFactors: usize;
  columnFactors: usize;
  ofRows: usize;
  ofColumns: usize;
  a: usize;
  b: usize;
  coarse: usize;
  fine: usize;
  bits: u32;
  scratch: usize;
  after: u32;
  realCoarse: usize;
  realFine: usize;
  realBits: u32;
  first: usize;
  second: usize;
}

/** In memory that is the kernel's own, behind its constants: these are stored anew by each thread that comes. */
const TRANSFORM: usize = 4096;

// @ts-ignore: decorator
@inline
function transform(): Transform {
  return changetype<Transform>(TRANSFORM);
}

// @ts-ignore: decorator
@inline
function openAt(): usize {
  return TRANSFORM + offsetof<Transform>("open");
}

// @ts-ignore: decorator
@inline
function doneAt(): usize {
  return TRANSFORM + offsetof<Transform>("done");
}

// @ts-ignore: decorator
@inline
function goneAt(): usize {
  return TRANSFORM + offsetof<Transform>("gone");
}

// @ts-ignore: decorator
@inline
function sharesOf(count: u32, each: u32): i32 {
  return <i32>((count + each - 1) / each);
}

/**
 * Describes the transform of a matrix of pairs at `a`; its result will be there, too. `b` has room for as many.
 *
 * @param rowFactors Of `rows`, and `columnFactors` of `columns`, as for `passes`.
 * @param ofRows Powers `exp(-2πik/rows)`, and `ofColumns` those for columns.
 * @param coarse With `fine` and `bits` for `exp(-2πik/(rows·columns))`: see `powerOf`.
 * @param scratch For each thread, as many bytes as `scratchBytes` tells.
 */
export function describe(
  rows: u32,
  columns: u32,
  rowFactors: usize,
  columnFactors: usize,
  ofRows: usize,
  ofColumns: usize,
  a: usize,
  b: usize,
  coarse: usize,
  fine: usize,
  bits: u32,
  scratch: usize,
): void {
  const t = transform();
  t.rows = rows;
  t.columns = columns;
  t.rowFactors = rowFactors;
  t.columnFactors = columnFactors;
  t.ofRows = ofRows;
  t.ofColumns = ofColumns;
  t.a = a;
  t.b = b;
  t.coarse = coarse;
  t.fine = fine;
  t.bits = bits;
  t.scratch = scratch;
  t.columnShares = sharesOf(columns, SIDE);
  t.rowShares = sharesOf(rows, SIDE);
  t.shares = t.columnShares + t.rowShares;
  t.after = NOTHING;
}

/** Has the bins of twice as many real values made of what was described: see `realBins`. */
export function describeBins(coarse: usize, fine: usize, bits: u32, re: usize, im: usize): void {
  describeAfter(PARTS, coarse, fine, bits, re, im);
}

/** Has lengths made: see `realLengths`. */
export function describeLengths(coarse: usize, fine: usize, bits: u32, to: usize): void {
  describeAfter(LENGTHS, coarse, fine, bits, to, 0);
}

function describeAfter(
  after: u32,
  coarse: usize,
  fine: usize,
  bits: u32,
  first: usize,
  second: usize,
): void {
  const t = transform();
  t.after = after;
  t.realCoarse = coarse;
  t.realFine = fine;
  t.realBits = bits;
  t.first = first;
  t.second = second;
  t.shares = t.columnShares + t.rowShares + sharesOf((t.rows * t.columns >> 1) + 1, BINS);
}

/** Lets threads take shares of what was described. */
export function open(): void {
  atomic.store<i32>(doneAt(), 0);
  atomic.store<i32>(openAt(), transform().shares);
}

/**
 * Takes shares until there are none. Where there never were any, or others have them all, it comes back at once:
 * nothing of a description is looked at before a share of it is taken, and none is changed before all are done.
 *
 * @param thread Whose scratch it uses; 0 is that of the one that described the transform.
 * @returns How many it took.
 */
export function work(thread: u32): i32 {
  let taken = 0;
  for (let left = take(); left > 0; left = take()) {
    doShare(transform().shares - left, thread);
    atomic.add<i32>(doneAt(), 1);
    atomic.notify(doneAt(), -1);
    taken++;
  }
  return taken;
}

/** Takes shares as `work` does, for another thread than the one that described the transform. */
export function help(thread: u32): i32 {
  const taken = work(thread);
  atomic.add<i32>(goneAt(), 1);
  return taken;
}

/** How many threads came to help and have gone again. */
export function helped(): i32 {
  return atomic.load<i32>(goneAt());
}

/** How many shares were open. */
// @ts-ignore: decorator
@inline
function take(): i32 {
  return atomic.sub<i32>(openAt(), 1);
}

/** Waits until all shares are done. */
export function finish(): void {
  untilDone(transform().shares);
}

function untilDone(count: i32): void {
  for (;;) {
    const done = atomic.load<i32>(doneAt());
    if (done >= count) return;
    atomic.wait<i32>(doneAt(), done, -1);
  }
}

function doShare(share: i32, thread: u32): void {
  const t = transform();
  if (share < t.columnShares) return doColumns(share * SIDE, thread);
  share -= t.columnShares;
  if (share < t.rowShares) {
    untilDone(t.columnShares);
    return doRows(share * SIDE, thread);
  }
  untilDone(t.columnShares + t.rowShares);
  doBins((share - t.rowShares) * BINS);
}

function doColumns(column: u32, thread: u32): void {
  const t = transform();
  const rows = t.rows, columns = t.columns;
  const side = min(SIDE, columns - column);
  const bytes = scratchBytes(rows, columns);
  const from = t.scratch + <usize>thread * bytes, to = from + (bytes >> 1);
  takeColumns(t.a, rows, columns, column, side, from);
  const z = passes(t.rowFactors, rows, side, from, to, t.ofRows);
  putColumns(z, rows, columns, column, side, t.b, t.coarse, t.fine, t.bits);
}

function doRows(row: u32, thread: u32): void {
  const t = transform();
  const rows = t.rows, columns = t.columns;
  const side = min(SIDE, rows - row);
  const bytes = scratchBytes(rows, columns);
  const from = t.scratch + <usize>thread * bytes, to = from + (bytes >> 1);
  takeRows(t.b, columns, row, side, from);
  const z = passes(t.columnFactors, columns, side, from, to, t.ofColumns);
  putRows(z, rows, columns, row, side, t.a);
}

function doBins(first: u32): void {
  const t = transform();
  const half = t.rows * t.columns, until = first + BINS;
  const coarse = t.realCoarse, fine = t.realFine, bits = t.realBits;
  if (t.after == PARTS) {
    realBins(t.a, half, first, until, coarse, fine, bits, t.first, t.second);
  } else {
    realLengths(t.a, half, first, until, coarse, fine, bits, t.first, <f64>half * 2);
  }
}

/** Bytes that a thread needs for shares of such a matrix: SIDE columns or rows as pairs, twice. */
export function scratchBytes(rows: u32, columns: u32): usize {
  return <usize>max(rows, columns) * SIDE << 5;
}
