/** Parts of a syntax tree as the small language of `plain_module.ts` allows them. */
import type { AnyNode, Expression, MemberExpression, Pattern, Property } from "acorn";
import { BUILT_IN, READABLE } from "./plain_words.ts";

/** A construct outside the language. */
export class Foreign extends Error {}

/** Whether a specifier is a path from its module. */
export function isRelative(specifier: unknown): boolean {
  return typeof specifier === "string" && /^\.\.?\//.test(specifier);
}

/** Whether an expression makes a function. */
export function isFunction(node: Expression): boolean {
  return node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression";
}

/** A member of a literal with a fixed name and a value: no method, no accessor, no prototype. */
export function plainProperty(property: Property | { type: "SpreadElement" }): Property {
  if (property.type !== "Property" || property.kind !== "init" || property.method) {
    throw new Foreign();
  }
  if (property.computed || keyOf(property.key as Expression) === "__proto__") throw new Foreign();
  return property;
}

/** Fixed name of a member of a literal or a pattern. */
export function keyOf(key: Expression): string {
  if (key.type === "Identifier") return key.name;
  if (key.type === "Literal") return String(key.value);
  throw new Foreign();
}

/** Name by which a member is read, where it is not computed. */
export function nameOf({ property }: MemberExpression): string {
  if (property.type !== "Identifier") throw new Foreign();
  return property.name;
}

/** A member that built-in objects have must be known to be harmless; others are the data's. */
export function assertReadable(name: string): void {
  if (BUILT_IN.has(name) && !READABLE.has(name)) throw new Foreign();
}

/** Names that a declaration of the outermost level declares. */
export function declaredNames(node: AnyNode): string[] {
  if (node.type === "FunctionDeclaration") return [node.id!.name];
  if (node.type !== "VariableDeclaration") throw new Foreign();
  return node.declarations.flatMap(({ id }) => namesIn(id));
}

/** Names that a pattern binds. */
export function namesIn(node: Pattern): string[] {
  switch (node.type) {
    case "Identifier":
      return [node.name];
    case "ObjectPattern":
      return node.properties.flatMap((property) => {
        if (property.type === "RestElement" || property.computed) throw new Foreign();
        return namesIn(property.value);
      });
    case "ArrayPattern":
      return node.elements.flatMap((element) => element ? namesIn(element) : []);
    case "AssignmentPattern":
      return namesIn(node.left);
    case "RestElement":
      return namesIn(node.argument);
    default:
      throw new Foreign();
  }
}
