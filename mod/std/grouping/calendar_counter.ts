/** Intervals of a calendar for many rows: what is found for one of them is kept for all others. */
import type { Calendar } from "../calendar/calendar.ts";
import { floorDivided } from "../calendar/grid.ts";
import { endOfNulls, endWithin, type IntervalRuns, RunCollector } from "./interval_runs.ts";

/** Times in a row, in their own unit, whose intervals are told at once: all differences are exact in doubles. */
interface Piece {
  /** The two words of the first time. */
  high: number;
  low: number;
  /** Times in it. */
  size: number;
  /** The number of its interval, or of the first one. */
  number: number;
  /** Of several intervals, how long each is, by how many times the first began before, and their numbers' difference. */
  length: number;
  before: number;
  by: number;
}

/** Pieces don't go beyond a block of so many times; a power of two. */
const BLOCK_BITS = 51n, BLOCK = 1n << BLOCK_BITS;

/** Pieces that are kept at most. */
const MOST_PIECES = 1 << 16;

/** Finds the intervals of times in one unit. */
export class CalendarCounter {
  readonly #calendar: Calendar;
  /** Nanoseconds. */
  readonly #unit: bigint;
  /** In rising order, and where about they begin. */
  #pieces: Piece[] = [];
  #begins: number[] = [];

  constructor(calendar: Calendar, unit: bigint) {
    this.#calendar = calendar;
    this.#unit = unit;
  }

  /**
   * The intervals of times, in runs; `null` where a double can't hold a number.
   *
   * @throws RangeError for a time that has no calendar.
   */
  count(times: BigInt64Array, validity: Uint8Array | null): IntervalRuns | null {
    const words = new Int32Array(times.buffer, times.byteOffset, 2 * times.length);
    const runs = new RunCollector(times.length);
    let piece = NOTHING;
    for (let row = 0; row < times.length;) {
      if (validity && validity[row] === 0) {
        row = endOfNulls(validity, row);
        runs.add(NaN, row);
        continue;
      }
      const high = words[2 * row + 1]!, low = words[2 * row]! >>> 0;
      let apart = (high - piece.high) * 4294967296 + (low - piece.low);
      if (!(apart >= 0 && apart < piece.size)) {
        piece = this.#pieceOf(high, low);
        if (!Number.isSafeInteger(piece.number)) return null;
        apart = (high - piece.high) * 4294967296 + (low - piece.low);
      }
      let from = 0, to = piece.size, { number } = piece;
      if (piece.length > 0) {
        const since = apart + piece.before, { length } = piece;
        let steps = Math.floor(since / length);
        if (steps * length > since) steps--;
        from = Math.max(0, steps * length - piece.before);
        to = Math.min(piece.size, (steps + 1) * length - piece.before);
        number += steps * piece.by;
      }
      row = endWithin(words, validity, row + 1, piece.high, piece.low, from, to);
      runs.add(number, row);
    }
    return runs.runs();
  }

  /** Times that 64 bits can't hold, or intervals that doubles can't count. */
  countFar(times: Iterable<bigint>, validity: Uint8Array | null): (bigint | null)[] {
    const unit = this.#unit, { step } = this.#calendar;
    let from = 0n, to = 0n, number = 0n;
    return Array.from(times, (time, row) => {
      if (validity && validity[row] === 0) return null;
      const instant = time * unit;
      if (!(from <= instant && instant < to)) {
        ({ from, to, number } = one(this.#calendar.spanAt(instant), instant, step));
      }
      return number;
    });
  }

  #pieceOf(high: number, low: number): Piece {
    const place = this.#placeOf(high * 4294967296 + low);
    // A double is near to where a piece begins, but not always exactly there.
    for (let k = place - 1; k <= place + 1; k++) {
      const piece = this.#pieces[k];
      if (!piece) continue;
      const apart = (high - piece.high) * 4294967296 + (low - piece.low);
      if (apart >= 0 && apart < piece.size) return piece;
    }
    const { piece, isKept } = this.#find((BigInt(high) << 32n) + BigInt(low));
    if (!isKept || !Number.isSafeInteger(piece.number)) return piece;
    if (this.#pieces.length >= MOST_PIECES) {
      this.#pieces = [];
      this.#begins = [];
    }
    const begin = piece.high * 4294967296 + piece.low;
    let at = this.#placeOf(begin);
    while (at > 0 && isBehind(this.#pieces[at - 1]!, piece)) at--;
    while (at < this.#pieces.length && isBehind(piece, this.#pieces[at]!)) at++;
    this.#pieces.splice(at, 0, piece);
    this.#begins.splice(at, 0, begin);
    return piece;
  }

  /** The number of pieces that begin at a time or before it, about. */
  #placeOf(time: number): number {
    let low = 0, high = this.#begins.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#begins[middle]! <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A piece with a time, and whether it is worth keeping. */
  #find(time: bigint): { piece: Piece; isKept: boolean } {
    const unit = this.#unit, { step } = this.#calendar;
    const instant = time * unit, span = this.#calendar.spanAt(instant);
    const { start, length } = span;
    const isEven = length > 0n && length % unit === 0n && start % unit === 0n &&
      length / unit < BLOCK;
    const all = isEven ? span : one(span, instant, step);
    const block = (time >> BLOCK_BITS) << BLOCK_BITS;
    const first = upwards(all.from, unit), last = upwards(all.to, unit);
    const from = first > block ? first : block, end = block + BLOCK, to = last < end ? last : end;
    const skipped = isEven ? floorDivided(from * unit - start, length) : 0n;
    const begin = start + skipped * length;
    const number = "number" in all ? all.number : begin / step;
    const most = isEven ? number + ((to - from) * unit / step + length / step) : number;
    const piece = {
      high: Number(from >> 32n),
      low: Number(from & 0xffffffffn),
      size: Number(to - from),
      // Where one of the numbers isn't safe, none is used.
      number: Number.isSafeInteger(Number(most)) ? Number(number) : NaN,
      length: isEven ? Number(length / unit) : 0,
      before: isEven ? Number(from - begin / unit) : 0,
      by: isEven ? Number(length / step) : 0,
    };
    return { piece, isKept: isEven || length === 0n };
  }
}

const NOTHING: Piece = { high: 0, low: 0, size: 0, number: NaN, length: 0, before: 0, by: 0 };

function isBehind(a: Piece, b: Piece): boolean {
  return a.high > b.high || (a.high === b.high && a.low > b.low);
}

/** The one interval of a span that an instant lies in. */
function one(
  { from, to, start, length }: ReturnType<Calendar["spanAt"]>,
  instant: bigint,
  step: bigint,
): { from: bigint; to: bigint; number: bigint } {
  if (length === 0n) return { from, to, number: start / step };
  const begin = start + floorDivided(instant - start, length) * length;
  return { from: begin, to: begin + length, number: begin / step };
}

/** The first time of a unit at an instant or behind it. */
function upwards(instant: bigint, unit: bigint): bigint {
  return -floorDivided(-instant, unit);
}
