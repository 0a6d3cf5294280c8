/** Which declaration a name of a module belongs to: ECMA-262, sections 8.2 and 14. */
import type { AnyNode, Function as FunctionNode, Pattern, Program } from "acorn";
import { fullAncestor } from "acorn-walk";

const BLOCKS: ReadonlySet<string> = new Set([
  "Program",
  "BlockStatement",
  "StaticBlock",
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "SwitchStatement",
]);

/** The names that each part of a module declares. */
export class Scopes {
  readonly #declared = new Map<AnyNode, Set<string>>();
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
    fullAncestor(program, (node, _state, ancestors) => {
      this.#note(node as AnyNode, ancestors as AnyNode[]);
    });
  }

  /**
   * Where a name is declared.
   *
   * @param ancestors From the program down to the name itself.
   * @returns `"module"` for the module's outermost level, `"global"` where nothing declares it.
   */
  of(name: string, ancestors: readonly AnyNode[]): "local" | "module" | "global" {
    for (const node of ancestors.toReversed()) {
      if (!this.#declared.get(node)?.has(name)) continue;
      return node === this.#program ? "module" : "local";
    }
    return "global";
  }

  #note(node: AnyNode, ancestors: AnyNode[]): void {
    const above = ancestors.slice(0, -1);
    switch (node.type) {
      case "VariableDeclaration": {
        const scope = node.kind === "var" ? functionAround(above) : blockAround(above);
        for (const { id } of node.declarations) this.#declare(scope, namesOf(id));
        return;
      }
      case "FunctionDeclaration":
      case "ClassDeclaration":
        if (node.id) this.#declare(blockAround(above), [node.id.name]);
        break;
      case "FunctionExpression":
      case "ClassExpression":
        if (node.id) this.#declare(node, [node.id.name]);
        break;
      case "CatchClause":
        if (node.param) this.#declare(node, namesOf(node.param));
        return;
      case "ImportDeclaration":
        this.#declare(this.#program, node.specifiers.map(({ local }) => local.name));
        return;
    }
    if (isFunction(node)) this.#declare(node, node.params.flatMap(namesOf));
  }

  #declare(scope: AnyNode, names: string[]): void {
    const declared = this.#declared.get(scope) ?? new Set();
    for (const name of names) declared.add(name);
    this.#declared.set(scope, declared);
  }
}

export function isFunction(node: AnyNode): node is FunctionNode & AnyNode {
  return node.type === "FunctionDeclaration" || node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression";
}

/** The names that a pattern binds. */
export function namesOf(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        namesOf(property.type === "RestElement" ? property.argument : property.value)
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => element ? namesOf(element) : []);
    case "AssignmentPattern":
      return namesOf(pattern.left);
    case "RestElement":
      return namesOf(pattern.argument);
    default:
      return [];
  }
}

function blockAround(above: AnyNode[]): AnyNode {
  return above.findLast(({ type }) => BLOCKS.has(type))!;
}

function functionAround(above: AnyNode[]): AnyNode {
  return above.findLast((node) =>
    isFunction(node) || node.type === "StaticBlock" || node.type === "Program"
  )!;
}
