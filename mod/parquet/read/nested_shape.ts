/** What a nested column is made of: lists, maps and records, as the annotations of its schema say. */
import type { SchemaElement, SchemaTree } from "hyparquet";
import { Malformed } from "../io/errors.ts";
import { flatType } from "../format/column_type.ts";
import { leavesOf, schemaTree } from "../format/schema_tree.ts";

/** What all parts have. */
interface Part {
  /** Whether it may be null. */
  nullable: boolean;
  /** Definition level from which on it is there. */
  definition: number;
  /** Its leaves: the first among those of the column, and how many there are. */
  first: number;
  leaves: number;
}

/** What repeats: how, and from which definition level on there is an element. */
interface Repeated extends Part {
  repetition: number;
  filled: number;
}

export interface LeafShape extends Part {
  kind: "leaf";
}

export interface ListShape extends Repeated {
  kind: "list";
  element: Shape;
}

export interface MapShape extends Repeated {
  kind: "map";
  key: Shape;
  value: Shape;
}

export interface RecordShape extends Part {
  kind: "record";
  fields: { name: string; shape: Shape }[];
  isVariant: boolean;
}

export type Shape = LeafShape | ListShape | MapShape | RecordShape;

/** Levels of what is above, and the leaves that were met. */
interface Above {
  definition: number;
  repetition: number;
  leaves: { count: number };
}

/**
 * The shape of a nested column. Legacy forms of lists and maps are what LogicalTypes.md ("Backward-compatibility
 * rules") makes of them; a group whose annotation doesn't fit is what it is without it.
 *
 * @throws Malformed for fields that an object can't hold.
 */
export function shapeOf(tree: SchemaTree): Shape {
  return fieldShape(tree, { definition: 0, repetition: 0, leaves: { count: 0 } });
}

/** A field with its own repetition: one that repeats is a list, which is never null. */
function fieldShape(tree: SchemaTree, above: Above): Shape {
  const { repetition_type: repetition } = tree.element;
  if (repetition === "REPEATED") {
    return repeated(above, (inside) => ({ kind: "list", element: valueShape(tree, inside) }));
  }
  const nullable = repetition !== "REQUIRED";
  const definition = above.definition + (nullable ? 1 : 0);
  return { ...valueShape(tree, { ...above, definition }), nullable };
}

/** A value of a field that is there. */
function valueShape(tree: SchemaTree, above: Above): Shape {
  if (tree.element.type) {
    const { definition, leaves } = above;
    return { kind: "leaf", nullable: false, definition, first: leaves.count++, leaves: 1 };
  }
  const inner = tree.children[0];
  if (tree.children.length === 1 && inner?.element.repetition_type === "REPEATED") {
    if (isList(tree)) return listShape(tree, inner, above);
    if (isMap(tree)) {
      const { length } = inner.children;
      if (length === 1) return listShape(tree, inner, above);
      if (length === 2) return mapShape(inner, above);
    }
  }
  return recordShape(tree, above);
}

function isList({ element }: SchemaTree): boolean {
  return element.converted_type === "LIST" || element.logical_type?.type === "LIST";
}

function isMap({ element }: SchemaTree): boolean {
  const { converted_type: converted, logical_type: logical } = element;
  return converted === "MAP" || converted === "MAP_KEY_VALUE" || logical?.type === "MAP";
}

function listShape(list: SchemaTree, inner: SchemaTree, above: Above): Shape {
  return repeated(
    above,
    (inside) => ({ kind: "list", element: elementShape(list, inner, inside) }),
  );
}

/** An element of an annotated list: what repeats, or the one field in it. */
function elementShape(list: SchemaTree, inner: SchemaTree, inside: Above): Shape {
  const [only, second] = inner.children;
  if (!only) return valueShape(inner, inside);
  if (second) return recordShape(inner, inside);
  if (only.element.repetition_type === "REPEATED") {
    // Of two lists in one another, each of two levels, the inner one's elements are what repeats.
    const [first] = only.children;
    const isTwoLevels = !first || first.element.repetition_type === "REPEATED";
    return isList(inner) && isTwoLevels ? fieldShape(only, inside) : valueShape(inner, inside);
  }
  const { name } = inner.element;
  const isElement = name === "array" || name === `${list.element.name}_tuple`;
  return isElement ? recordShape(inner, inside) : fieldShape(only, inside);
}

function mapShape({ children }: SchemaTree, above: Above): Shape {
  return repeated(above, (inside) => ({
    kind: "map",
    key: fieldShape(children[0]!, inside),
    value: fieldShape(children[1]!, inside),
  }));
}

function repeated(
  { definition, repetition, leaves }: Above,
  make: (
    inside: Above,
  ) => Pick<ListShape, "kind" | "element"> | Pick<MapShape, "kind" | "key" | "value">,
): Shape {
  const first = leaves.count;
  const inside = { definition: definition + 1, repetition: repetition + 1, leaves };
  const content = make(inside);
  return {
    ...content,
    nullable: false,
    definition,
    first,
    leaves: leaves.count - first,
    repetition: inside.repetition,
    filled: inside.definition,
  };
}

function recordShape({ element, children }: SchemaTree, above: Above): RecordShape {
  const first = above.leaves.count;
  const names = children.map(({ element }) => element.name);
  const lost = names.find((name, index) => name === "__proto__" || names.indexOf(name) !== index);
  if (lost !== undefined) throw lostName(lost);
  if (names.length === 0) throw new Malformed(`its group "${element.name}" has no fields`);
  const fields = children.map((child, index) => ({
    name: names[index]!,
    shape: fieldShape(child, above),
  }));
  return {
    kind: "record",
    nullable: false,
    definition: above.definition,
    first,
    leaves: above.leaves.count - first,
    fields,
    isVariant: element.logical_type?.type === "VARIANT",
  };
}

/** Names that would be lost among an object's keys. */
export function lostName(name: string): Malformed {
  return new Malformed(`its nested field "${name}" can't be told from others`);
}

/**
 * What a nested column is as a text, whatever its older or newer annotations, the names within its lists and maps, and
 * whether parts of it must be there.
 *
 * @param schema Its elements, its own first.
 * @throws Malformed as {@linkcode shapeOf} does.
 */
export function meaningOf(schema: SchemaElement[]): string {
  const root = schemaTree({ schema: [{ name: "", num_children: 1 }, ...schema] });
  const leaves = leavesOf(root, root).map(({ element }) => {
    const { type: _, ...type } = flatType(element);
    return Object.entries(type).sort();
  });
  return JSON.stringify([formOf(shapeOf(root.children[0]!)), leaves]);
}

function formOf(shape: Shape): unknown {
  switch (shape.kind) {
    case "leaf":
      return null;
    case "list":
      return [formOf(shape.element)];
    case "map":
      return { key: formOf(shape.key), value: formOf(shape.value) };
    case "record": {
      const { fields, isVariant } = shape;
      return { isVariant, fields: fields.map(({ name, shape }) => [name, formOf(shape)]) };
    }
  }
}
