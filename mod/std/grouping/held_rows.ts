/** Rows of groups that are kept whole and in order, for a function of one's own. */
import { exactColumn, mark } from "#marks";
import { type ExactType, type ExactValues, millisecondsOf } from "./exact_values.ts";
import { asNumbers } from "./group_columns.ts";
import type { TimeState } from "./group_times.ts";
import { byGroup, type GroupedRows } from "./held_values.ts";

/**
 * A column's rows, group by group, in the order of the file: numbers, NaN for null; or times, which are whole numbers
 * of their unit, as upper and lower halves.
 */
export type HeldColumn = Float64Array[];

const HALF = 2 ** 32;

/** Keeps a column's rows, over chunks that follow each other. */
export class HeldRows {
  readonly name: string;
  readonly #pieces: GroupedRows[] = [];
  #type: ExactType | null = null;
  #count = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Numbers that are held. */
  get length(): number {
    return this.#count;
  }

  /** Of times, what they are; with no figure of them. */
  get times(): TimeState | null {
    return this.#type && { type: this.#type };
  }

  /** The column of a chunk. @throws TypeError for one that can't be computed with. */
  open(chunk: Record<string, unknown>): HeldColumn {
    const exact = exactColumn(chunk, this.name);
    if (exact?.type.unit === undefined) return [asNumbers(chunk[this.name], this.name).slice()];
    this.#type = exact.type;
    return halvesOf(exact.read());
  }

  /** Adds a chunk's rows. */
  add(columns: HeldColumn, ids: Int32Array): void {
    this.#pieces.push({ columns, ids });
    this.#count += columns.length * ids.length;
  }

  /** All of them, by group in an order of their ids. */
  finish(order: Int32Array): HeldColumn {
    return byGroup(this.#pieces, order, this.#type ? 2 : 1);
  }
}

function halvesOf({ values, validity }: ExactValues): HeldColumn {
  const high = new Float64Array(values.length), low = new Float64Array(values.length);
  const words = values instanceof BigInt64Array
    ? new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
    : null;
  for (let row = 0; row < high.length; row++) {
    const value = words ? 0 : values[row] ?? null;
    if (value === null || validity?.[row] === 0) high[row] = NaN;
    else if (words) {
      high[row] = words[2 * row + 1]!;
      low[row] = words[2 * row]! >>> 0;
    } else if (typeof value === "number") {
      high[row] = Math.floor(value / HALF);
      low[row] = value - high[row]! * HALF;
    } else {
      const whole = BigInt(value);
      high[row] = Number(whole >> 32n);
      low[row] = Number(whole & 0xffffffffn);
    }
  }
  return [high, low];
}

/** Rows of a group as a function is given them: an array of its own; times in milliseconds, which are times still. */
export function rowsOfGroup(
  held: HeldColumn,
  from: number,
  to: number,
  type: ExactType | null,
): Float64Array {
  const [high, low] = held.map((values) => values.slice(from, to));
  if (!type || !low) return high!;
  const shown = new Float64Array(to - from), made = shown.slice();
  for (let row = 0; row < shown.length; row++) {
    shown[row] = made[row] = shownTime(high!, low, row, type);
  }
  return mark(shown, { type, ...timesOf(high!, low), shown: (row) => made[row] });
}

/** A time in milliseconds; NaN for null. */
function shownTime(high: Float64Array, low: Float64Array, row: number, type: ExactType): number {
  const time = high[row]! * HALF + low[row]!;
  if (time !== time) return NaN;
  if (Number.isSafeInteger(time) && type.unit !== "day") return time / PER_MS[type.unit!];
  return millisecondsOf(wholeOf(high, low, row), type.unit!);
}

const PER_MS = { ms: 1, us: 1e3, ns: 1e6, day: NaN } as const;

function wholeOf(high: Float64Array, low: Float64Array, row: number): bigint {
  return BigInt(high[row]!) * 0x100000000n + BigInt(low[row]!);
}

/** Times as whole numbers: of 64 bits, where these hold them all. */
function timesOf(high: Float64Array, low: Float64Array): ExactValues {
  const times = new BigInt64Array(high.length), words = new Int32Array(times.buffer);
  const validity = new Uint8Array(high.length);
  for (let row = 0; row < high.length; row++) {
    const upper = high[row]!;
    if (upper !== upper) continue;
    if (upper !== (upper | 0)) return { values: longTimes(high, low), validity: null };
    words[2 * row] = low[row]!;
    words[2 * row + 1] = upper;
    validity[row] = 1;
  }
  return { values: times, validity };
}

function longTimes(high: Float64Array, low: Float64Array): (bigint | null)[] {
  return Array.from(high, (upper, row) => upper === upper ? wholeOf(high, low, row) : null);
}
