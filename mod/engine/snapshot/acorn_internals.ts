/** What acorn's parser offers its plugins, as far as it is used here. */
import { type Node, type Options, Parser, type TokenType } from "acorn";

/** Internals of acorn's parser; its own types name only what is public. */
export interface Internals {
  readonly input: string;
  readonly type: TokenType & { isAssign?: boolean; keyword?: string };
  readonly value: unknown;
  readonly start: number;
  readonly end: number;
  readonly lastTokEnd: number;
  /** Whether an expression may begin with the next token: then `/` begins a regular expression. */
  exprAllowed: boolean;
  parse(): Node;
  next(): void;
  eat(type: TokenType): boolean;
  expect(type: TokenType): void;
  eatContextual(name: string): boolean;
  isContextual(name: string): boolean;
  unexpected(): never;
  startNode(): Node;
  finishNode(node: Node, type: string): Node;
  finishOp(type: TokenType, size: number): void;
  parseIdent(liberal?: boolean): Node;
  parseBindingAtom(): Node;
  parseParenItem(item: Node): Node;
  parseParenAndDistinguishExpression(canBeArrow: boolean, forInit: unknown): Node;
  shouldParseArrow(items: Node[]): boolean;
  parseFunctionBody(node: Node, arrow: boolean, method: boolean, forInit: unknown): void;
  parseExprOp(left: Node, start: number, loc: unknown, least: number, forInit: unknown): Node;
  parseSubscript(
    base: Node,
    start: number,
    loc: unknown,
    noCalls: boolean,
    ...more: unknown[]
  ): Node;
  parseImportSpecifier(): Node;
  parseStatement(context: unknown, topLevel: boolean, exported: unknown): Node;
  readToken_lt_gt(code: number): void;
}

/** Acorn's parser, to be extended. */
export const ParserInternals: new (options: Options, input: string) => Internals =
  Parser as unknown as new (options: Options, input: string) => Internals;
