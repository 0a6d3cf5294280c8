import { ServiceError } from "../../common/errors.ts";
import type { DatasetPartition } from "../dataset.ts";
import { type Instant, known, type KnownInstants, readInstants } from "./instants.ts";
import { type Key, type KeyCodes, readKeys } from "./keys.ts";
import { Pieces } from "./pieces.ts";
import type { TableBlocks } from "./table_blocks.ts";

/** A block of a table as the sweep goes over it: its rows with an instant, in their order. */
export interface SortedBlock extends KnownInstants {
  /** The first row of the block in the table. */
  start: number;
  /** Keys of all of its rows; `null` where the join has none. */
  keys: KeyCodes | null;
}

/** The first and the last row of each key in a block. */
export interface KeySummary {
  codes: Map<Key, number>;
  /** Rows of the table, and their instants: the first ones and the last ones. */
  rows: [first: Float64Array, last: Float64Array];
  instants: [first: Instant[], last: Instant[]];
}

/** Keys in summaries that are kept at most, all together. */
const MOST_KEPT = 1 << 20;

/** A table whose rows rise in a column, block by block. */
export class SortedTable {
  readonly #table: TableBlocks;
  readonly #name: string;
  readonly #input: string;
  readonly #by: readonly string[];
  readonly #summaries = new Map<number, KeySummary>();
  #kept = 0;
  #survey: Survey | null = null;

  constructor(table: TableBlocks, input: string, name: string, by: readonly string[]) {
    this.#table = table;
    this.#input = input;
    this.#name = name;
    this.#by = by;
  }

  /** Whether doubles hold all instants. @throws ServiceError `FORMULA_FAILED` where rows don't rise */
  get isOfDoubles(): boolean {
    return this.#surveyed.isOfDoubles;
  }

  /**
   * Blocks that have instants, with their first and last ones.
   *
   * @throws ServiceError `FORMULA_FAILED` where rows don't rise
   */
  bounds(asBigints: boolean): BlockBounds[] {
    return asBigints ? this.#surveyed.bigints() : this.#surveyed.doubles;
  }

  /** A block of the table. */
  block(block: number, asBigints: boolean): SortedBlock {
    const read = (partition: DatasetPartition): SortedBlock => {
      const found = readInstants(this.#table.reader, this.#name, partition);
      return {
        ...known(found, asBigints),
        start: partition.rowStart,
        keys: this.#by.length === 0 ? null : readKeys(this.#table.reader, this.#by, partition),
      };
    };
    return this.#table.of(block, asBigints ? "rows by bigints" : "rows by doubles", read);
  }

  /** The first and last rows of keys in a block. */
  summary(block: number, asBigints: boolean): KeySummary {
    const found = this.#summaries.get(block);
    if (found) return found;
    const made = summaryOf(this.block(block, asBigints));
    // Doubles and bigints are never both asked for where the summary is kept.
    if (asBigints === !this.isOfDoubles && this.#kept + made.codes.size <= MOST_KEPT) {
      this.#summaries.set(block, made);
      this.#kept += made.codes.size;
    }
    return made;
  }

  get #surveyed(): Survey {
    return this.#survey ??= this.#look();
  }

  /** Goes over all rows once: whether they rise is known then, and where each block lies. */
  #look(): Survey {
    const { blocks, reader } = this.#table;
    const pieces = new Pieces();
    const doubles: BlockBounds[] = [];
    let isOfDoubles = true;
    let last: Instant | null = null;
    const look = (asBigints: boolean): BlockBounds[] => {
      const bounds: BlockBounds[] = [];
      last = null;
      blocks.forEach((partition, block) => {
        if (partition.rows === 0) return;
        const found = readInstants(reader, this.#name, partition, pieces);
        if (!asBigints && found.doubles === null) isOfDoubles = false;
        if (!asBigints && !isOfDoubles) return;
        const { instants, rows, count } = known(found, asBigints);
        if (count === 0) return;
        const rising = instants as ArrayLike<Instant>;
        let before = last ?? rising[0]!;
        for (let at = 0; at < count; at++) {
          const instant = rising[at]!;
          if (instant < before) throw this.#unsorted(partition.rowStart + (rows ? rows[at]! : at));
          before = instant;
        }
        last = before;
        bounds.push({ block, first: rising[0]!, last: before });
      });
      return bounds;
    };
    doubles.push(...look(false));
    if (isOfDoubles) {
      let bigints: BlockBounds[] | null = null;
      return { isOfDoubles, doubles, bigints: () => bigints ??= look(true) };
    }
    const bigints = look(true);
    return { isOfDoubles, doubles: [], bigints: () => bigints };
  }

  #unsorted(row: number): ServiceError {
    return new ServiceError(
      "FORMULA_FAILED",
      `Inputs.${this.#input}: ${
        this.#table.placeOf(row)
      }: "${this.#name}" is before that of a row above; a table that is joined by match must be sorted by it, over all of its files in their order`,
    );
  }
}

/** The first and the last instant of a block. */
export interface BlockBounds {
  block: number;
  first: Instant;
  last: Instant;
}

interface Survey {
  isOfDoubles: boolean;
  doubles: BlockBounds[];
  bigints: () => BlockBounds[];
}

function summaryOf({ instants, rows, count, start, keys }: SortedBlock): KeySummary {
  const { codes, keys: all } = keys!;
  const rising = instants as ArrayLike<Instant>;
  const firstRows = new Float64Array(all.length).fill(-1), lastRows = firstRows.slice();
  const firsts = new Array<Instant>(all.length).fill(0), lasts = firsts.slice();
  for (let at = 0; at < count; at++) {
    const row = rows ? rows[at]! : at, code = codes[row]!;
    if (code < 0) continue;
    if (firstRows[code]! < 0) {
      firstRows[code] = start + row;
      firsts[code] = rising[at]!;
    }
    lastRows[code] = start + row;
    lasts[code] = rising[at]!;
  }
  const known = all.map((key, code): [Key, number] => [key, code])
    .filter(([, code]) => firstRows[code]! >= 0);
  return { codes: new Map(known), rows: [firstRows, lastRows], instants: [firsts, lasts] };
}
