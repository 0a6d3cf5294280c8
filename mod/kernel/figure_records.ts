/** Figures of many groups, in a kernel's memory: rows are added where their group is. */
import { FREE, giveKernel, type Kernel, type RecordLoop, takeKernel } from "#kernel";

/** Rows that are looked at together. */
const BLOCK = 1 << 13;
const EMPTY = FREE;
const IDS = EMPTY + 128;
const VALUES = IDS + 4 * BLOCK;
/** Records that are taken out together, and doubles of a record at most. */
const TAKEN = 1 << 10, MOST_FIELDS = 16;
const FOUND = VALUES + 8 * BLOCK;
const RECORDS = FOUND + 8 * TAKEN * MOST_FIELDS;

/** Doubles of a record that are always there: sum, its rounding errors, values, rows without one. */
const ALWAYS = ["sum", "lost", "count", "missing"] as const;

/** What may be asked for beside sums: bytes, what an empty record has, and how a row is added. */
const FIELDS = {
  squares: { bytes: 32, empty: 0, loop: "addDeviations" },
  min: { bytes: 8, empty: Infinity, loop: "addLeast" },
  max: { bytes: 8, empty: -Infinity, loop: "addMost" },
  first: { bytes: 8, empty: NaN, loop: "addFirst" },
  last: { bytes: 8, empty: NaN, loop: "addLast" },
} as const;

export type Field = keyof typeof FIELDS;

/** Figures of a column by group. */
export interface Figures {
  /** Values that are not NaN. */
  count: Float64Array<ArrayBuffer>;
  sum: Float64Array<ArrayBuffer>;
  /** Rounding errors of `sum`. */
  lost: Float64Array<ArrayBuffer>;
  /** Rows without a value. */
  missing: Float64Array<ArrayBuffer>;
  /** Squared deviations from the mean. */
  squares?: Float64Array<ArrayBuffer>;
  min?: Float64Array<ArrayBuffer>;
  max?: Float64Array<ArrayBuffer>;
  first?: Float64Array<ArrayBuffer>;
  last?: Float64Array<ArrayBuffer>;
}

/** Figures of a column, by ids of groups that become more and more. */
export class FigureRecords implements Disposable {
  readonly #kernel: Kernel = takeKernel();
  readonly #fields: { name: Field; at: number; add: RecordLoop }[] = [];
  readonly #stride: number;
  #groups = 0;

  constructor(fields: Iterable<Field>) {
    const { code } = this.#kernel;
    let at = 8 * ALWAYS.length;
    this.#kernel.reserve(RECORDS);
    const empty = new Float64Array(this.#kernel.bytes.buffer, EMPTY, 16).fill(0);
    for (const name of fields) {
      const { bytes, empty: value, loop } = FIELDS[name];
      empty[at / 8] = value;
      this.#fields.push({ name, at, add: code[loop] });
      at += bytes;
    }
    this.#stride = at;
  }

  /** Adds rows; ids are below `groups`. */
  add(values: Float64Array, ids: Int32Array, groups: number): void {
    this.#open(groups);
    const { code, bytes: { buffer } } = this.#kernel;
    for (let from = 0; from < ids.length; from += BLOCK) {
      const count = Math.min(BLOCK, ids.length - from);
      new Int32Array(buffer, IDS, count).set(ids.subarray(from, from + count));
      new Float64Array(buffer, VALUES, count).set(values.subarray(from, from + count));
      code.addToRecords(VALUES, IDS, count, RECORDS, this.#stride);
      for (const { at, add } of this.#fields) add(VALUES, IDS, count, RECORDS, this.#stride, at);
    }
  }

  /** Figures of groups in an order of their ids. */
  figures(order: Int32Array): Figures {
    const { code, bytes: { buffer } } = this.#kernel;
    const fields = this.#taken().map(([name, at]) =>
      [name, at, new Float64Array(order.length)] as const
    );
    for (let from = 0; from < order.length; from += TAKEN) {
      const block = order.subarray(from, from + TAKEN), { length } = block;
      new Int32Array(buffer, IDS, length).set(block);
      code.takeRecords(RECORDS, this.#stride, IDS, length, FOUND, 8 * TAKEN);
      for (const [, at, values] of fields) {
        values.set(new Float64Array(buffer, FOUND + TAKEN * at, length), from);
      }
    }
    return Object.fromEntries(fields.map(([name, , values]) => [name, values])) as
      & Figures
      & Record<string, Float64Array<ArrayBuffer>>;
  }

  /** All groups are empty again. */
  clear(): void {
    this.#groups = 0;
  }

  /** What is told of a record, and where it is. */
  #taken(): [keyof Figures, number][] {
    return [
      ...ALWAYS.map((name, k): [keyof Figures, number] => [name, 8 * k]),
      ...this.#fields.map(({ name, at }): [keyof Figures, number] => [
        name,
        name === "squares" ? at + 24 : at,
      ]),
    ];
  }

  [Symbol.dispose](): void {
    giveKernel(this.#kernel);
  }

  #open(groups: number): void {
    if (groups <= this.#groups) return;
    this.#kernel.reserve(RECORDS + groups * this.#stride);
    this.#kernel.code.openRecords(RECORDS, this.#groups, groups, this.#stride, EMPTY);
    this.#groups = groups;
  }
}
