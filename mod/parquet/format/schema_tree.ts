import type { FileMetaData, SchemaElement, SchemaTree } from "hyparquet";
import { Malformed } from "../io/errors.ts";

/** A leaf of the schema: what a column chunk holds. */
export interface Leaf {
  element: SchemaElement;
  /** From the root to the leaf. */
  path: SchemaTree[];
  maxDefinition: number;
  maxRepetition: number;
}

const trees = new WeakMap<SchemaElement[], SchemaTree>();

/** The same tree for the same schema. @throws Malformed when it is none. */
export function treeOfSchema(schema: SchemaElement[]): SchemaTree {
  let tree = trees.get(schema);
  if (!tree) trees.set(schema, tree = schemaTree({ schema }));
  return tree;
}

const leaves = new WeakMap<SchemaTree, Leaf[]>();

/** The leaves of a whole schema, in the order of the column chunks. */
export function leavesOfTree(root: SchemaTree): Leaf[] {
  let found = leaves.get(root);
  if (!found) leaves.set(root, found = leavesOf(root, root));
  return found;
}

/** The schema's elements as a tree. Paths are unique below one column, names are as stored. */
export function schemaTree({ schema }: Pick<FileMetaData, "schema">): SchemaTree {
  schema.forEach(checkElement);
  const root = subtree(schema, 0, [], 0);
  if (root.count !== schema.length || root.element.type) {
    throw new Malformed("its schema is not a tree");
  }
  return root;
}

/** What a damaged footer may hold instead of names and numbers would do harm later. */
function checkElement(element: SchemaElement): void {
  const { name, repetition_type, num_children, type_length, scale, precision } = element;
  const whole = [num_children, type_length, scale, precision].every((value) =>
    value === undefined || (typeof value === "number" && value >= 0)
  );
  if (typeof name !== "string" || !whole) throw new Malformed("its schema makes no sense");
  if (element.type && !repetition_type) throw new Malformed("its schema makes no sense");
}

function subtree(
  schema: SchemaElement[],
  index: number,
  path: string[],
  depth: number,
): SchemaTree {
  const element = schema[index];
  if (!element || depth > 64) throw new Malformed("its schema is not a tree");
  const children: SchemaTree[] = [];
  const taken = new Set<string>();
  let count = 1;
  for (let child = 0; child < (element.num_children ?? 0); child++) {
    const name = schema[index + count]?.name;
    if (typeof name !== "string") throw new Malformed("its schema is not a tree");
    const part = name.includes(".") || taken.has(name) ? `${child}\u0000` : name;
    taken.add(part);
    const tree = subtree(schema, index + count, [...path, part], depth + 1);
    count += tree.count;
    children.push(tree);
  }
  if (element.type && children.length) throw new Malformed("its schema is not a tree");
  return { element, children, count, path };
}

/** The leaves below a tree, in the order of the column chunks. */
export function leavesOf(root: SchemaTree, tree: SchemaTree): Leaf[] {
  const found: Leaf[] = [];
  const visit = (node: SchemaTree, above: SchemaTree[]) => {
    const path = [...above, node];
    for (const child of node.children) visit(child, path);
    if (!node.element.type) return;
    const repetitions = path.slice(1).map(({ element }) => element.repetition_type);
    found.push({
      element: node.element,
      path,
      maxDefinition: repetitions.filter((repetition) => repetition !== "REQUIRED").length,
      maxRepetition: repetitions.filter((repetition) => repetition === "REPEATED").length,
    });
  };
  visit(tree, tree === root ? [] : [root]);
  return found;
}

/** Whether a column is one value or null a row. */
export function isFlat({ element, children }: SchemaTree): boolean {
  return children.length === 0 && element.type !== undefined &&
    element.repetition_type !== "REPEATED";
}
