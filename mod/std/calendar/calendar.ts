/** Intervals of a zone's wall-clock time as instants, through all changes of its clocks. */
import { type Cell, DAY, greatestDivisor, type Grid, SECOND } from "./grid.ts";
import type { Stretch, Zone } from "./zone.ts";

/** Instants in nanoseconds, from the first to before the last, whose intervals are told at once. */
export interface Span {
  from: bigint;
  to: bigint;
  /** The first instant of their interval, or of the first one. */
  start: bigint;
  /** Of several intervals, how long each is; 0 where all instants are of one. */
  length: bigint;
}

/** No clock is set back or forward by more, and none is further ahead. */
const FARTHEST = 2n * DAY;

/**
 * Which interval an instant belongs to. That is the one which its clock shows. What a clock shows twice, as it is set
 * back, is one interval, longer by what comes twice: a day of 25 hours. Only an interval that comes twice in full is
 * two: an hour of the night in which summer time ends. An interval is known by its first instant.
 */
export class Calendar {
  readonly #zone: Zone;
  readonly #grid: Grid;
  /** All intervals begin at multiples of it; clocks are set in whole seconds. */
  readonly step: bigint;

  constructor(zone: Zone, grid: Grid) {
    this.#zone = zone;
    this.#grid = grid;
    this.step = greatestDivisor(SECOND, grid.grain);
  }

  /**
   * The instants around one that are of its interval, or of intervals of equal length.
   *
   * @throws RangeError for an instant that has no calendar.
   */
  spanAt(time: bigint): Span {
    const here = this.#zone.at(time);
    const cell = this.#grid.cellOf(time + here.ahead);
    const { from, to } = shownIn(here, cell)!;
    const isWhole = showsAll(here, cell);
    const even = isWhole && this.#grid.length > 0n ? this.#evenAround(here, cell) : null;
    return even ?? { from, to, start: this.#startOf(cell, here, isWhole), length: 0n };
  }

  /**
   * First instants of all intervals from one to another, in steps and in order.
   *
   * @param most Of them; where there are more, one more than that is given.
   */
  startsBetween(first: number, last: number, most: number): Float64Array {
    const starts: number[] = [];
    const end = BigInt(last) * this.step;
    for (let time = BigInt(first) * this.step; time <= end && starts.length <= most;) {
      const { to, start, length } = this.spanAt(time);
      const by = Number(length / this.step), until = Number(to / this.step);
      let at = Number(start / this.step);
      if (by > 0) at += Math.floor((Number(time / this.step) - at) / by) * by;
      do {
        starts.push(at);
        at += by;
      } while (by > 0 && at < until && at <= last && starts.length <= most);
      time = to;
    }
    // An interval that comes in two parts was found twice.
    return Float64Array.from(starts).sort().filter((start, k, all) => start !== all[k - 1]);
  }

  /** The first instant of an interval that the clock shows, in part or in full, in a stretch. */
  #startOf(cell: Cell, here: Stretch, isWhole: boolean): bigint {
    const shown = this.#showing(cell);
    const isTwice = shown.filter((stretch) => showsAll(stretch, cell)).length > 1;
    if (isTwice && isWhole) return cell.from - here.ahead;
    const first = shown.find((stretch) => !isTwice || !showsAll(stretch, cell))!;
    return shownIn(first, cell)!.from;
  }

  /** The stretches in which a clock shows something of an interval; of a long one, the first. */
  #showing(cell: Cell): Stretch[] {
    const shown: Stretch[] = [], isLong = cell.to - cell.from > FARTHEST;
    let stretch: Stretch | null = this.#zone.from(cell.from - FARTHEST);
    for (; stretch && stretch.from < cell.to + FARTHEST; stretch = this.#zone.after(stretch)) {
      if (!shownIn(stretch, cell)) continue;
      shown.push(stretch);
      if (isLong) break;
    }
    return shown;
  }

  /** Intervals of equal length around one that are shown in full, once or several times; `null` where it isn't so. */
  #evenAround(here: Stretch, cell: Cell): Span | null {
    const { ahead } = here;
    let low = here.from + ahead, high = here.to + ahead;
    let stretch: Stretch | null = this.#zone.from(here.from - FARTHEST);
    // What a clock shows when it is set, before and after, in this stretch and in those near to it.
    for (; stretch && stretch.from < here.to + FARTHEST; stretch = this.#zone.after(stretch)) {
      for (const edge of [stretch.from + stretch.ahead, stretch.to + stretch.ahead]) {
        if (edge > cell.from && edge < cell.to) return null;
        if (edge <= cell.from && edge > low) low = edge;
        if (edge >= cell.to && edge < high) high = edge;
      }
    }
    const first = this.#grid.cellOf(low);
    const from = (first.from < low ? first.to : first.from) - ahead;
    return {
      from,
      to: this.#grid.cellOf(high).from - ahead,
      start: from,
      length: this.#grid.length,
    };
  }
}

/** When a clock shows something of an interval in a stretch; `null` where it doesn't. */
function shownIn({ from, to, ahead }: Stretch, cell: Cell): { from: bigint; to: bigint } | null {
  const first = cell.from - ahead > from ? cell.from - ahead : from;
  const last = cell.to - ahead < to ? cell.to - ahead : to;
  return first < last ? { from: first, to: last } : null;
}

/** Whether a clock shows all of an interval in a stretch. */
function showsAll({ from, to, ahead }: Stretch, cell: Cell): boolean {
  return cell.from - ahead >= from && cell.to - ahead <= to;
}
