import type { SchemaElement } from "hyparquet";
import type { Column } from "./column.ts";
import { typeOf } from "./column_type.ts";
import { isFlat, leavesOf, treeOfSchema } from "./schema_tree.ts";

const known = new WeakMap<SchemaElement[], { nulls: boolean[]; columns: Column[] }>();

/**
 * The columns of a file. Files whose schema is one object, and that have nulls in the same columns, share them.
 *
 * @param nulls By leaf: whether there may be a null.
 */
export function columnsOf(schema: SchemaElement[], nulls: boolean[]): Column[] {
  const last = known.get(schema);
  if (last && last.nulls.every((hasNulls, leaf) => hasNulls === nulls[leaf])) return last.columns;
  const columns = newColumns(schema, nulls);
  known.set(schema, { nulls, columns });
  return columns;
}

function newColumns(schema: SchemaElement[], nulls: boolean[]): Column[] {
  const root = treeOfSchema(schema);
  const names = new Set<string>();
  const columns: Column[] = [];
  let leaf = 0;
  let element = 1;
  for (const tree of root.children) {
    const count = leavesOf(root, tree).length;
    const flat = isFlat(tree);
    const nullable = tree.element.repetition_type !== "REQUIRED";
    columns.push({
      name: uniqueName(tree.element.name, names),
      ...typeOf(tree),
      nullable,
      hasNulls: nullable && (!flat || nulls[leaf]!),
      element,
      leaf,
      leaves: count,
    });
    leaf += count;
    element += tree.count;
  }
  return columns;
}

function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let count = 1; taken.has(unique); count++) unique = `${name}_${count}`;
  taken.add(unique);
  return unique;
}
