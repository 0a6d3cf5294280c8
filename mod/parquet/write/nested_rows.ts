/** Rows of nested columns as they are stored, to be written elsewhere. */
import type { SchemaElement } from "hyparquet";
import type { ParquetFile } from "../read/parquet_file.ts";
import { noValues, storedValues } from "../read/stored_values.ts";
import type { ParquetReader } from "../read/parquet_reader.ts";
import type { NestedLeaf, NestedRows } from "./output_column.ts";
import type { Partition } from "../read/partition.ts";
import type { Column } from "../format/column.ts";
import { type Leaf, leavesOf, schemaTree } from "../format/schema_tree.ts";

/**
 * Reads a nested column's part of a partition: levels and stored values of each of its leaves.
 *
 * @throws As {@linkcode readColumn} does.
 */
export function readNestedRows(
  reader: ParquetReader,
  name: string,
  partition: Partition,
): NestedRows {
  const column = reader.column(name);
  const leaves = Array.from(
    { length: column.leaves },
    (_, k) => readLeaf(reader, column, column.leaf + k, partition),
  );
  return { schema: schemaOf(reader.file, column), leaves };
}

/** The elements of a column, its own first. */
export function schemaOf(
  { schema }: Pick<ParquetFile, "schema">,
  { element }: Column,
): SchemaElement[] {
  let end = element;
  for (let open = 1; open > 0; open--) open += schema[end++]!.num_children ?? 0;
  return schema.slice(element, end);
}

/**
 * The elements that nested columns of one meaning can be written as together: what may be null in one may be.
 *
 * @param schemas Elements of each, their own first.
 * @returns `null` where they are stored in different ways: lists of two and of three levels, decimals of other sizes.
 */
export function unitedSchema(schemas: SchemaElement[][]): SchemaElement[] | null {
  const [first, ...others] = schemas as [SchemaElement[], ...SchemaElement[][]];
  const isAlike = (a: SchemaElement, b: SchemaElement | undefined) =>
    b !== undefined && a.type === b.type && a.type_length === b.type_length &&
    a.num_children === b.num_children &&
    (a.repetition_type === "REPEATED") === (b.repetition_type === "REPEATED");
  for (const other of others) {
    const same = other.length === first.length &&
      first.every((element, at) => isAlike(element, other[at]));
    if (!same) return null;
  }
  return first.map((element, at) =>
    schemas.some((schema) => schema[at]!.repetition_type === "OPTIONAL")
      ? { ...element, repetition_type: "OPTIONAL" }
      : element
  );
}

/** Rows of several parts, one behind the other, as what they are united to. */
export function joinedRows(schema: SchemaElement[], parts: NestedRows[]): NestedRows {
  if (parts.length === 0) return nullRows(schema, 0);
  const leaves = leavesOfSchema(schema);
  const all = parts.map((part) => part.schema === schema ? part : rowsAs(part, leaves));
  return {
    schema,
    leaves: leaves.map((_, k) => joinedLeaf(all.map(({ leaves }) => leaves[k]!))),
  };
}

/** Rows that are null, of a column that can be. */
export function nullRows(schema: SchemaElement[], rows: number): NestedRows {
  const leaves = leavesOfSchema(schema).map((leaf): NestedLeaf => ({
    ...levelsOf(leaf),
    definition: new Int32Array(rows),
    repetition: new Int32Array(rows),
    values: noValues(leaf.element),
    levelStarts: Int32Array.from({ length: rows + 1 }, (_, row) => row),
    valueStarts: new Int32Array(rows + 1),
  }));
  return { schema, leaves };
}

/** The leaves of a column by its elements. */
function leavesOfSchema(schema: SchemaElement[]): Leaf[] {
  const root = schemaTree({ schema: [{ name: "", num_children: 1 }, ...schema] });
  return leavesOf(root, root);
}

function levelsOf({ path, maxDefinition, maxRepetition }: Leaf) {
  const names = path.slice(1).map(({ element }) => element.name);
  return { path: names, maxDefinition, maxRepetition };
}

/** Rows with the levels that they have where more of them may be null. */
function rowsAs({ schema, leaves }: NestedRows, to: Leaf[]): NestedRows {
  const own = leavesOfSchema(schema);
  return {
    schema,
    leaves: leaves.map((leaf, k) => {
      const levels = levelMap(own[k]!, to[k]!);
      return {
        ...leaf,
        ...levelsOf(to[k]!),
        definition: leaf.definition.map((level) => levels[level]!),
      };
    }),
  };
}

/** For each definition level of a leaf that of another one on the same way: what is there is there in both. */
function levelMap(from: Leaf, to: Leaf): number[] {
  const levels = [0];
  let level = 0;
  from.path.slice(1).forEach(({ element }, at) => {
    if (to.path[at + 1]!.element.repetition_type !== "REQUIRED") level++;
    if (element.repetition_type !== "REQUIRED") levels.push(level);
    else levels[levels.length - 1] = level;
  });
  return levels;
}

function joinedLeaf(parts: NestedLeaf[]): NestedLeaf {
  const [first] = parts as [NestedLeaf];
  return {
    ...first,
    definition: joined(parts.map(({ definition }) => definition), Int32Array),
    repetition: joined(parts.map(({ repetition }) => repetition), Int32Array),
    values: joinedValues(parts.map(({ values }) => values)),
    levelStarts: joinedStarts(parts.map(({ levelStarts }) => levelStarts)),
    valueStarts: joinedStarts(parts.map(({ valueStarts }) => valueStarts)),
  };
}

function joined<T extends ArrayBufferView & ArrayLike<unknown>>(
  parts: T[],
  Type: new (length: number) => T,
): T {
  const all = new Type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    (all as unknown as Int32Array).set(part as never, at);
    at += part.length;
  }
  return all;
}

function joinedValues(parts: NestedLeaf["values"][]): NestedLeaf["values"] {
  if (parts.every(Array.isArray)) return parts.flat(1);
  const [first] = parts as Int32Array[];
  return joined(parts as Int32Array[], first!.constructor as Int32ArrayConstructor);
}

function joinedStarts(parts: Int32Array[]): Int32Array {
  const all = [0];
  for (const starts of parts) {
    const before = all.at(-1)!;
    for (let row = 1; row < starts.length; row++) all.push(before + starts[row]!);
  }
  return Int32Array.from(all);
}

function readLeaf(
  reader: ParquetReader,
  column: Column,
  index: number,
  { slices }: Partition,
): NestedLeaf {
  const leaf = reader.leaf(index);
  const definition: number[] = [], repetition: number[] = [];
  const values: NestedLeaf["values"][] = [noValues(leaf.element)];
  const levelStarts: number[] = [], valueStarts: number[] = [];
  let count = 0;
  for (const slice of slices) {
    if (slice.from === slice.to) continue;
    reader.placed(column, slice.rowGroup, () => {
      reader.visitNested(index, slice, {
        page(page, dictionary, from, to) {
          const { definition: levels, repetition: repeated } = page.levels!;
          let first = 0, k = 0;
          for (let i = 0; i < to; i++) {
            if (i === from) first = k;
            const present = levels[i] === leaf.maxDefinition;
            if (i >= from) {
              if (repeated[i] === 0) {
                levelStarts.push(definition.length);
                valueStarts.push(count + k - first);
              }
              definition.push(levels[i]!);
              repetition.push(repeated[i]!);
            }
            if (present) k++;
          }
          values.push(someOf(storedValues(page, leaf.element, dictionary), first, k));
          count += k - first;
        },
      });
    });
  }
  return {
    path: leaf.path.slice(1).map(({ element }) => element.name),
    maxDefinition: leaf.maxDefinition,
    maxRepetition: leaf.maxRepetition,
    definition: Int32Array.from(definition),
    repetition: Int32Array.from(repetition),
    values: joinedValues(values),
    levelStarts: Int32Array.from([...levelStarts, definition.length]),
    valueStarts: Int32Array.from([...valueStarts, count]),
  };
}

function someOf(values: NestedLeaf["values"], from: number, to: number): NestedLeaf["values"] {
  return Array.isArray(values) ? values.slice(from, to) : (values as Int32Array).subarray(from, to);
}
