/** What can be said of an expression's value before it is computed. */
import type { Expression } from "acorn";
import type { Scopes } from "./plain_scopes.ts";
import { nameOf } from "./plain_syntax.ts";
import { ARITHMETIC, ARRAYS, FREE_VALUES, isComputing } from "./plain_words.ts";

/** Tells values by their expressions, with the names that are known where they stand. */
export class Values {
  readonly #scopes: Scopes;

  constructor(scopes: Scopes) {
    this.#scopes = scopes;
  }

  /** Whether this is a number, a text or a truth value, and the same whenever it is computed. */
  isPrimitive(node: Expression): boolean {
    switch (node.type) {
      case "Literal":
        return !("regex" in node && node.regex);
      case "UnaryExpression":
        return node.operator !== "delete" && this.isPrimitive(node.argument);
      case "BinaryExpression":
        return node.left.type !== "PrivateIdentifier" && this.isPrimitive(node.left) &&
          this.isPrimitive(node.right) && isComputing(node.operator);
      case "TemplateLiteral":
        return node.expressions.every((one) => this.isPrimitive(one));
      case "Identifier":
        return FREE_VALUES.has(node.name) && !this.#scopes.isDeclared(node.name);
      case "MemberExpression":
        return this.#scopes.isGlobal(node.object, "Math") && !node.computed &&
          nameOf(node) !== "random";
      case "CallExpression": {
        const { callee } = node;
        if (callee.type !== "MemberExpression" || callee.computed) return false;
        const known = this.#scopes.isGlobal(callee.object, "Math")
          ? nameOf(callee) !== "random"
          : this.#scopes.isGlobal(callee.object, "Date") && nameOf(callee) === "UTC";
        return known &&
          node.arguments.every((one) => one.type !== "SpreadElement" && this.isPrimitive(one));
      }
      default:
        return false;
    }
  }

  /** Whether this makes a new array. */
  isFresh(node: Expression): boolean {
    if (node.type === "ArrayExpression") return true;
    return node.type === "NewExpression" && node.callee.type === "Identifier" &&
      ARRAYS.has(node.callee.name);
  }

  /** Whether this is a number whatever runs. */
  isNumber(node: Expression): boolean {
    switch (node.type) {
      case "Literal":
        return typeof node.value === "number";
      case "Identifier":
        return this.#scopes.kindOf(node.name) === "number";
      case "UnaryExpression":
        return node.operator === "+" ||
          ((node.operator === "-" || node.operator === "~") && this.isNumber(node.argument));
      case "UpdateExpression":
        return this.isNumber(node.argument);
      case "BinaryExpression": {
        // One number is enough: big integers don't mix with numbers.
        if (node.left.type === "PrivateIdentifier") return false;
        const left = this.isNumber(node.left), right = this.isNumber(node.right);
        if (node.operator === "+") return left && right;
        return ARITHMETIC.has(node.operator) && (left || right);
      }
      case "ConditionalExpression":
        return this.isNumber(node.consequent) && this.isNumber(node.alternate);
      case "CallExpression":
        return node.callee.type === "MemberExpression" &&
          this.#scopes.isGlobal(node.callee.object, "Math");
      default:
        return false;
    }
  }

  /** Whether this is a number or a big integer whatever runs: as a name of a member, it is that of an element. */
  isNumeric(node: Expression): boolean {
    return this.isNumber(node) || node.type === "UpdateExpression" ||
      (node.type === "UnaryExpression" && (node.operator === "-" || node.operator === "~")) ||
      (node.type === "BinaryExpression" && ARITHMETIC.has(node.operator));
  }
}
