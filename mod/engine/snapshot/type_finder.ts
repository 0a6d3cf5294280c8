import {
  type ArrowFunctionExpression,
  type LabeledStatement,
  type Node,
  type TokenType,
  tokTypes as tt,
} from "acorn";
import { TypeParser } from "./type_parser.ts";

/** What a line may go on with after `as T`: with all else, blanks could change what the line means. */
const ENDS: readonly TokenType[] = [
  tt.parenR,
  tt.bracketR,
  tt.braceR,
  tt.comma,
  tt.semi,
  tt.eof,
];

/** How strongly `as` binds: as `<` does. */
const AS_PRECEDENCE = 7;

const DECLARES_TYPE = /^(export\s+)?(type|interface)[ \t]+[A-Za-z_$]/;
const IMPORTS_TYPE = /^import\s+type\s+(?:\{|(?!from\b)[A-Za-z_$])/;
const TYPE_SPECIFIER = /^type\s+(?!as\b)[A-Za-z_$]/;
/** Text after `>` with which it closes the types of a call, where `<` came before. */
const CALLS = /^[^\S\n]*(?:[(`{[\n/]|(?:as|satisfies)\b)/;
/** What after `(a)` may be the end of `?:` or a type of a result. */
const ARROW_OR_TYPE = /^:\s*(?:[({[]|[\w$]+\s*=>)/;
/** What may stand where blanks are put: one column each. */
const PRINTABLE = /^[\t\r\n -~]*$/;

/** Finds the types in a module, where they are of the usual kinds; tells of all else as of a syntax error. */
export class TypeFinder extends TypeParser {
  /** Where types stand, in the order of the text. */
  readonly found: [start: number, end: number][] = [];
  /** Ends of what stands before `as` and `!`. */
  readonly #operands: number[] = [];
  #inPattern = false;
  /** Whether a parameter in the innermost parentheses has a type. */
  #typed = false;
  /** Whether the statement, or one before it that no semicolon ends, has compared with `<`. */
  #less = false;

  override parseIdent(liberal?: boolean): Node {
    if (!liberal && this.isContextual("await")) this.unexpected();
    return super.parseIdent(liberal);
  }

  /** The parts of a pattern have no types of their own. */
  override parseBindingAtom(): Node {
    const part = this.#inPattern;
    this.#inPattern = true;
    const atom = super.parseBindingAtom();
    this.#inPattern = part;
    if (!part && this.#annotation() && (this.isContextual("of") || this.type === tt._in)) {
      this.unexpected();
    }
    return atom;
  }

  override parseParenItem(item: Node): Node {
    if (this.#annotation()) this.#typed = true;
    return item;
  }

  override parseParenAndDistinguishExpression(canBeArrow: boolean, forInit: unknown): Node {
    const outer = this.#typed;
    const { start } = this;
    this.#typed = false;
    const node = super.parseParenAndDistinguishExpression(canBeArrow, forInit);
    if (node.type === "ArrowFunctionExpression" && node.start === start) {
      this.#assertParameters(node as ArrowFunctionExpression);
    } else if (this.#typed) this.unexpected();
    this.#typed = outer;
    return node;
  }

  /** After `(a)` a colon may be that of `?:`; after `()` and `(a: T)` it can't. */
  override shouldParseArrow(items: Node[]): boolean {
    if (this.type !== tt.colon || !(this.#typed || items.length === 0)) {
      if (ARROW_OR_TYPE.test(this.input.slice(this.start))) this.unexpected();
      return super.shouldParseArrow(items);
    }
    const from = this.lastTokEnd;
    this.#annotation();
    if (this.type !== tt.arrow || this.input.slice(from, this.start).includes("\n")) {
      this.unexpected();
    }
    return true;
  }

  override parseFunctionBody(node: Node, arrow: boolean, method: boolean, forInit: unknown): void {
    if (!arrow && this.#annotation() && this.type !== tt.braceL) this.unexpected();
    const typed = this.#typed;
    super.parseFunctionBody(node, arrow, method, forInit);
    this.#typed = typed;
  }

  override parseExprOp(
    left: Node,
    start: number,
    loc: unknown,
    least: number,
    forInit: unknown,
  ): Node {
    if (this.isLess()) this.#less = true;
    else if (this.#less && this.#maybeCloses()) this.unexpected();
    while (least < AS_PRECEDENCE && this.#isAs()) {
      this.#operands.push(this.lastTokEnd);
      this.#erase(() => {
        this.next();
        if (!this.eat(tt._const)) this.skipType();
      });
      if (!ENDS.includes(this.type) && !this.#isAs()) this.unexpected();
    }
    return super.parseExprOp(left, start, loc, least, forInit);
  }

  override parseSubscript(
    base: Node,
    start: number,
    loc: unknown,
    noCalls: boolean,
    ...more: unknown[]
  ): Node {
    if (this.type === tt.prefix && this.value === "!" && !this.isOnNewLine()) {
      if (noCalls) this.unexpected();
      this.exprAllowed = false;
      this.#operands.push(this.lastTokEnd);
      this.#erase(() => this.next());
    }
    if (noCalls && this.isLess()) {
      this.#erase(() => this.skipTypeArguments());
      if (this.type !== tt.parenL) this.unexpected();
    }
    return super.parseSubscript(base, start, loc, noCalls, ...more);
  }

  override parseImportSpecifier(): Node {
    if (!TYPE_SPECIFIER.test(this.input.slice(this.start))) return super.parseImportSpecifier();
    const from = this.start;
    this.next();
    const node = super.parseImportSpecifier();
    this.#blank(from, this.type === tt.comma ? this.end : this.lastTokEnd);
    return node;
  }

  override parseStatement(context: unknown, topLevel: boolean, exported: unknown): Node {
    if (";{}".includes(this.input.charAt(this.lastTokEnd - 1))) this.#less = false;
    const erased = this.type === tt.name || this.type === tt._export || this.type === tt._import
      ? this.#typeStatement(topLevel)
      : null;
    const node = erased ?? super.parseStatement(context, topLevel, exported);
    // A label is parsed as an expression first.
    if (node.type === "LabeledStatement" && this.#isOperand((node as LabeledStatement).label)) {
      this.unexpected();
    }
    return node;
  }

  /** Parameters are parsed as expressions first: none may have what belongs to expressions only. */
  #assertParameters({ start, body }: ArrowFunctionExpression): void {
    if (this.#operands.some((at) => at > start && at < body.start)) this.unexpected();
  }

  #isOperand({ end }: Node): boolean {
    return this.#operands.includes(end);
  }

  /** Steps over a statement that is a type, where one begins. */
  #typeStatement(topLevel: boolean): Node | null {
    const ahead = this.input.slice(this.start, this.start + 200);
    const imports = IMPORTS_TYPE.test(ahead);
    if (!imports && !DECLARES_TYPE.test(ahead)) return null;
    if (!topLevel) this.unexpected();
    const node = this.startNode();
    this.#erase(() => {
      if (imports) this.#skipImport();
      else this.#skipDeclaration();
    });
    // What comes before it must not go on with what comes after.
    if (this.type !== tt.name && this.type !== tt.eof && !this.type.keyword) this.unexpected();
    return this.finishNode(node, "EmptyStatement");
  }

  #skipImport(): void {
    this.next();
    this.next();
    if (!this.eat(tt.name)) this.#skipImported();
    if (!this.isContextual("from")) this.unexpected();
    this.next();
    this.expect(tt.string);
    this.#endStatement();
  }

  #skipImported(): void {
    this.expect(tt.braceL);
    while (this.type !== tt.braceR) {
      this.expect(tt.name);
      if (this.eatContextual("as")) this.expect(tt.name);
      if (!this.eat(tt.comma)) break;
    }
    this.expect(tt.braceR);
  }

  #skipDeclaration(): void {
    this.eat(tt._export);
    const alias = this.isContextual("type");
    this.next();
    this.expect(tt.name);
    if (!alias) return this.skipMembers();
    this.expect(tt.eq);
    this.skipType();
    this.#endStatement();
  }

  #endStatement(): void {
    if (this.eat(tt.semi) || this.type === tt.eof) return;
    if (!this.isOnNewLine()) this.unexpected();
  }

  #isAs(): boolean {
    return (this.isContextual("as") || this.isContextual("satisfies")) &&
      /^[ \t]*$/.test(this.input.slice(this.lastTokEnd, this.start));
  }

  #maybeCloses(): boolean {
    const closes = this.type === tt.bitShift || this.type === tt.relational;
    return closes && String(this.value).startsWith(">") && CALLS.test(this.input.slice(this.end));
  }

  /** A type after a colon, where one stands. */
  #annotation(): boolean {
    if (this.type !== tt.colon) return false;
    this.#erase(() => {
      this.next();
      this.skipType();
    });
    return true;
  }

  /** Blanks what is stepped over. */
  #erase(skip: () => void): void {
    const from = this.start;
    skip();
    this.#blank(from, this.lastTokEnd);
  }

  #blank(from: number, to: number): void {
    if (!PRINTABLE.test(this.input.slice(from, to))) this.unexpected();
    this.found.push([from, to]);
  }
}
