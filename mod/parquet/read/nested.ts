/** Nested values from the levels and values of their leaves ("Dremel", as parquet-format's README has it). */
import { Malformed } from "../io/errors.ts";
import {
  type ListShape,
  lostName,
  type MapShape,
  type RecordShape,
  type Shape,
} from "./nested_shape.ts";

/** A leaf of a nested column: a level of each kind for each entry, and the values of those that have one. */
export interface LeafEntries {
  definition: Int32Array;
  repetition: Int32Array;
  values: unknown[];
}

/**
 * Puts the rows of a nested column together: lists are arrays, records and maps are objects, of maps with keys that
 * are no names arrays of `{ key, value }`.
 *
 * @param leaves As the shape counts them.
 * @param variant Decodes the stored form of a VARIANT.
 * @throws Malformed when the leaves' levels contradict one another.
 */
export function assemble(
  shape: Shape,
  leaves: LeafEntries[],
  rows: number,
  variant: (stored: Record<string, unknown>) => unknown,
): unknown[] {
  const assembler = new Assembler(leaves, variant);
  const values: unknown[] = [];
  for (let row = 0; row < rows; row++) values.push(assembler.row(shape));
  assembler.end();
  return values;
}

class Assembler {
  readonly #leaves: LeafEntries[];
  readonly #variant: (stored: Record<string, unknown>) => unknown;
  /** By leaf: its next entry, and its next value. */
  readonly #entry: number[];
  readonly #value: number[];

  constructor(leaves: LeafEntries[], variant: (stored: Record<string, unknown>) => unknown) {
    this.#leaves = leaves;
    this.#variant = variant;
    this.#entry = leaves.map(() => 0);
    this.#value = leaves.map(() => 0);
  }

  row(shape: Shape): unknown {
    this.#leaves.forEach(({ repetition }, leaf) => {
      if (repetition[this.#entry[leaf]!] !== 0) throw contradiction();
    });
    return this.#read(shape);
  }

  /** Sees to it that nothing is left. */
  end(): void {
    this.#leaves.forEach(({ repetition }, leaf) => {
      if (repetition.length !== this.#entry[leaf]) throw contradiction();
    });
  }

  #read(shape: Shape): unknown {
    if (shape.nullable && !this.#reaches(shape, shape.definition)) {
      this.#pass(shape);
      return null;
    }
    switch (shape.kind) {
      case "leaf":
        this.#entry[shape.first]!++;
        return this.#leaves[shape.first]!.values[this.#value[shape.first]!++];
      case "list":
        return this.#list(shape);
      case "map":
        return this.#map(shape);
      case "record":
        return this.#record(shape);
    }
  }

  #list(shape: ListShape): unknown[] {
    const list: unknown[] = [];
    if (this.#isEmpty(shape)) return list;
    do list.push(this.#read(shape.element)); while (this.#goesOn(shape));
    return list;
  }

  #map(shape: MapShape): unknown {
    const pairs: { key: unknown; value: unknown }[] = [];
    if (!this.#isEmpty(shape)) {
      do pairs.push({ key: this.#read(shape.key), value: this.#read(shape.value) }); while (
        this.#goesOn(shape)
      );
    }
    if (shape.key.kind !== "leaf") return pairs;
    const map: Record<string, unknown> = {};
    for (const { key, value } of pairs) map[nameOf(key)] = value;
    return map;
  }

  #record({ fields, isVariant }: RecordShape): unknown {
    const record: Record<string, unknown> = {};
    for (const { name, shape } of fields) record[name] = this.#read(shape);
    return isVariant ? this.#variant(record) ?? null : record;
  }

  #isEmpty(shape: ListShape | MapShape): boolean {
    if (this.#reaches(shape, shape.filled)) return false;
    this.#pass(shape);
    return true;
  }

  /** Whether the next entries are defined up to a level, which all leaves must agree about. */
  #reaches({ first, leaves }: Shape, level: number): boolean {
    const reached = this.#leaves[first]!.definition[this.#entry[first]!]! >= level;
    for (let leaf = first + 1; leaf < first + leaves; leaf++) {
      const { definition } = this.#leaves[leaf]!;
      if (definition[this.#entry[leaf]!]! >= level !== reached) throw contradiction();
    }
    return reached;
  }

  /** Whether another element follows. */
  #goesOn({ first, leaves, repetition: level, filled }: ListShape | MapShape): boolean {
    const goesOn = this.#leaves[first]!.repetition[this.#entry[first]!] === level;
    for (let leaf = first; leaf < first + leaves; leaf++) {
      const { definition, repetition } = this.#leaves[leaf]!;
      const at = this.#entry[leaf]!;
      const next = repetition[at] ?? 0;
      if (next > level || next === level !== goesOn) throw contradiction();
      if (goesOn && definition[at]! < filled) throw contradiction();
    }
    return goesOn;
  }

  /** Steps over the entries that stand for null or nothing. */
  #pass({ first, leaves }: Shape): void {
    for (let leaf = first; leaf < first + leaves; leaf++) this.#entry[leaf]!++;
  }
}

/** The name in an object that a map's key becomes. */
function nameOf(key: unknown): string {
  if (key === null) throw new Malformed("a key of its map is null");
  const isTime = key instanceof Date && !Number.isNaN(key.getTime());
  const name = isTime ? key.toISOString() : String(key);
  if (name === "__proto__") throw lostName(name);
  return name;
}

function contradiction(): Malformed {
  return new Malformed("its nested values make no sense");
}
