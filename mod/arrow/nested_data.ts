/** Nested columns in the memory layout of Arrow, from the levels and values of their leaves. */
import type { Data } from "apache-arrow";
import { UnfitValue } from "../parquet/io/errors.ts";
import type { Shape } from "../parquet/read/nested_shape.ts";
import type { NestedLeaf, NestedRows } from "../parquet/write/output_column.ts";
import type { ArrowColumn } from "./column_types.ts";
import { nestedType } from "./fields.ts";
import { leafData, nullsOf, type StoredLeaf } from "./leaf_data.ts";
import type { Arrow } from "./library.ts";

/**
 * Puts the rows of a nested column together.
 *
 * @param rowStart Row of the first one, for messages.
 * @throws UnfitValue as {@linkcode leafData} does, and for a key of a map that is null.
 */
export function nestedData(
  arrow: Arrow,
  { name, types, shape }: ArrowColumn,
  { leaves }: NestedRows,
  rowStart: number,
): Data {
  return new NestedBuilder(arrow, name, types, leaves, rowStart).part(shape!, {
    repetition: 0,
    definition: 0,
  });
}

/** Levels of what repeats around a part: entries that reach both stand for one value of it, or for its null. */
interface Around {
  repetition: number;
  definition: number;
}

class NestedBuilder {
  readonly #arrow: Arrow;
  readonly #column: string;
  readonly #types: ArrowColumn["types"];
  readonly #leaves: NestedLeaf[];
  readonly #rowStart: number;

  constructor(
    arrow: Arrow,
    column: string,
    types: ArrowColumn["types"],
    leaves: NestedLeaf[],
    rowStart: number,
  ) {
    this.#arrow = arrow;
    this.#column = column;
    this.#types = types;
    this.#leaves = leaves;
    this.#rowStart = rowStart;
  }

  part(shape: Shape, around: Around): Data {
    // All leaves of a part agree about what is there of it: the first one tells.
    const leaf = this.#leaves[shape.first]!;
    const entries = slots(leaf, around);
    const validity = shape.nullable ? reached(leaf, entries, shape.definition) : null;
    const length = entries.length;
    const type = nestedType(this.#arrow, shape, this.#types);
    const made = (more: object) =>
      this.#arrow.makeData({ type, length, ...nullsOf(validity), ...more } as never) as Data;
    switch (shape.kind) {
      case "leaf": {
        const rowOf = (place: number) => this.#rowOf(leaf, entries[place]!);
        const stored = spread(leaf, length, reached(leaf, entries, leaf.maxDefinition));
        const type = this.#types[shape.first]!;
        return leafData(this.#arrow, this.#column, type, shape.nullable, stored, rowOf);
      }
      case "record":
        return made({ children: shape.fields.map(({ shape }) => this.part(shape, around)) });
      case "list": {
        const inside = { repetition: shape.repetition, definition: shape.filled };
        const valueOffsets = offsets(leaf, entries, inside);
        return made({ valueOffsets, child: this.part(shape.element, inside) });
      }
      case "map": {
        const inside = { repetition: shape.repetition, definition: shape.filled };
        const valueOffsets = offsets(leaf, entries, inside);
        this.#assertKeys(shape.key, inside);
        const key = this.part({ ...shape.key, nullable: false }, inside);
        const value = this.part(shape.value, inside);
        const { type: pair } = type.children[0]!;
        const child = this.#arrow.makeData(
          { type: pair, length: key.length, nullCount: 0, children: [key, value] } as never,
        );
        return made({ valueOffsets, child });
      }
    }
  }

  #assertKeys(key: Shape, inside: Around): void {
    if (!key.nullable) return;
    const leaf = this.#leaves[key.first]!;
    const entries = slots(leaf, inside);
    const none = reached(leaf, entries, key.definition).indexOf(0);
    if (none < 0) return;
    throw new UnfitValue(
      "a key of its map is null, which Arrow has no maps for; name an Output that ends in .parquet",
      { column: this.#column, row: this.#rowOf(leaf, entries[none]!) },
    );
  }

  #rowOf({ repetition }: NestedLeaf, entry: number): number {
    let row = -1;
    for (let k = 0; k <= entry; k++) if (repetition[k] === 0) row++;
    return this.#rowStart + row;
  }
}

/** The entries of a leaf that stand for values of a part, or nulls, by their index. */
function slots({ definition, repetition }: NestedLeaf, around: Around): Int32Array {
  const found = new Int32Array(definition.length);
  let count = 0;
  for (let k = 0; k < definition.length; k++) {
    if (repetition[k]! <= around.repetition && definition[k]! >= around.definition) {
      found[count++] = k;
    }
  }
  return found.subarray(0, count);
}

/** 1 for each of these entries that is defined up to a level, 0 for others. */
function reached({ definition }: NestedLeaf, entries: Int32Array, level: number): Uint8Array {
  const found = new Uint8Array(entries.length);
  for (let k = 0; k < found.length; k++) found[k] = definition[entries[k]!]! >= level ? 1 : 0;
  return found;
}

/** Where the elements of each list begin, and where those of the last one end. */
function offsets(
  { definition, repetition }: NestedLeaf,
  lists: Int32Array,
  { repetition: level, definition: filled }: Around,
): Int32Array {
  const starts = new Int32Array(lists.length + 1);
  let elements = 0;
  for (let k = 0; k < lists.length; k++) {
    const end = k + 1 < lists.length ? lists[k + 1]! : definition.length;
    for (let entry = lists[k]!; entry < end; entry++) {
      // Between two lists may stand empty ones of a list around them, which are of neither.
      if (repetition[entry]! <= level && definition[entry]! >= filled) elements++;
    }
    starts[k + 1] = elements;
  }
  return starts;
}

/** Values that are there, at the places that they have among the nulls. */
function spread(leaf: NestedLeaf, length: number, validity: Uint8Array): StoredLeaf {
  const { values } = leaf;
  if (Array.isArray(values)) {
    const starts = new Int32Array(length + 1);
    let at = 0;
    for (let place = 0, k = 0; place < length; place++) {
      if (validity[place]) at += values[k++]!.length;
      starts[place + 1] = at;
    }
    const bytes = new Uint8Array(at);
    let end = 0;
    for (const value of values) {
      bytes.set(value, end);
      end += value.length;
    }
    return { length, validity, values: { starts, bytes } };
  }
  const present = values as Int32Array;
  const all = new (present.constructor as Int32ArrayConstructor)(length);
  for (let place = 0, k = 0; place < length; place++) {
    if (validity[place]) all[place] = present[k++]!;
  }
  return { length, validity, values: all };
}
