import { tokTypes as tt } from "acorn";
import { ParserInternals } from "./acorn_internals.ts";

const GREATER = 62;

/** Words that a type may begin with before another type. */
const BEFORE_TYPE = ["keyof", "readonly"];
/** Types that have no parts and take no other types. */
const WHOLE = [
  "any",
  "bigint",
  "boolean",
  "never",
  "number",
  "object",
  "string",
  "symbol",
  "undefined",
  "unknown",
];
/** Words that begin, or go on with, types that are not parsed. */
const NO_TYPE = ["infer", "unique", "asserts", "abstract", "is"];

/** Parses the types that formulas are usually written with; `unexpected` tells of others. */
export class TypeParser extends ParserInternals {
  #depth = 0;

  /** In types each `>` closes one list. */
  override readToken_lt_gt(code: number): void {
    if (this.#depth > 0 && code === GREATER) return this.finishOp(tt.relational, 1);
    super.readToken_lt_gt(code);
  }

  /** Steps over a type that begins here. */
  protected skipType(): void {
    this.#depth++;
    this.#skipUnion();
    this.#depth--;
  }

  /** Steps over a list of types in `<` and `>`. */
  protected skipTypeArguments(): void {
    this.#depth++;
    do {
      this.next();
      this.#skipUnion();
    } while (this.type === tt.comma);
    if (!this.#isOperator(">")) this.unexpected();
    this.#depth--;
    this.next();
  }

  /** Steps over the members of an object type, with its braces. */
  protected skipMembers(): void {
    this.#depth++;
    this.expect(tt.braceL);
    while (this.type !== tt.braceR) this.#skipMember();
    this.#depth--;
    this.next();
  }

  protected isLess(): boolean {
    return this.#isOperator("<");
  }

  /** Whether this token begins a line. */
  protected isOnNewLine(): boolean {
    return this.input.slice(this.lastTokEnd, this.start).includes("\n");
  }

  #isOperator(text: string): boolean {
    return this.type === tt.relational && this.value === text;
  }

  #skipUnion(): void {
    if (this.type === tt.bitwiseOR || this.type === tt.bitwiseAND) this.next();
    do this.#skipOperand(); while (this.eat(tt.bitwiseOR) || this.eat(tt.bitwiseAND));
  }

  #skipOperand(): void {
    while (BEFORE_TYPE.some((word) => this.isContextual(word))) this.next();
    const called = this.#skipPrimary();
    while (!called && this.type === tt.bracketL && !this.isOnNewLine()) {
      this.next();
      if (this.type !== tt.bracketR) this.#skipUnion();
      this.expect(tt.bracketR);
    }
  }

  /** Steps over a type without operators; says whether it was that of a function, whose end is that of its result. */
  #skipPrimary(): boolean {
    switch (this.type) {
      case tt.name:
        this.#skipName();
        return false;
      case tt._typeof:
        this.next();
        this.#skipName();
        return false;
      case tt._void:
      case tt._null:
      case tt._true:
      case tt._false:
      case tt.string:
      case tt.num:
        this.next();
        return false;
      case tt.braceL:
        this.skipMembers();
        return false;
      case tt.bracketL:
        this.#skipTuple();
        return false;
      case tt.parenL:
        return this.#skipParenthesis();
    }
    return this.unexpected();
  }

  #skipName(): void {
    if (this.type !== tt.name || NO_TYPE.includes(String(this.value))) this.unexpected();
    const whole = WHOLE.includes(String(this.value));
    this.next();
    if (whole) {
      if (this.type === tt.dot || this.isLess()) this.unexpected();
      return;
    }
    while (this.eat(tt.dot)) this.expect(tt.name);
    if (this.isLess() && !this.isOnNewLine()) this.skipTypeArguments();
  }

  #skipTuple(): void {
    this.next();
    while (this.type !== tt.bracketR) {
      this.#skipUnion();
      if (!this.eat(tt.comma)) break;
    }
    this.expect(tt.bracketR);
  }

  /** A type in parentheses, or one of a function; says which. */
  #skipParenthesis(): boolean {
    this.next();
    const named = this.type === tt.name && /^\s*\??\s*:/.test(this.input.slice(this.end));
    if (!named && this.type !== tt.parenR && this.type !== tt.ellipsis) {
      this.#skipUnion();
      this.expect(tt.parenR);
      return false;
    }
    while (this.type !== tt.parenR) {
      this.eat(tt.ellipsis);
      this.expect(tt.name);
      this.#skipAnnotation();
      if (!this.eat(tt.comma)) break;
    }
    this.expect(tt.parenR);
    this.expect(tt.arrow);
    this.#skipUnion();
    return true;
  }

  #skipAnnotation(): void {
    this.eat(tt.question);
    this.expect(tt.colon);
    this.#skipUnion();
  }

  #skipMember(): void {
    if (this.isContextual("readonly") && /^\s*[\w$[]/.test(this.input.slice(this.end))) this.next();
    if (this.eat(tt.bracketL)) {
      this.expect(tt.name);
      this.expect(tt.colon);
      this.expect(tt.name);
      this.expect(tt.bracketR);
      if (this.type !== tt.colon) this.unexpected();
    } else if (this.type === tt.name || this.type === tt.string) this.next();
    else this.unexpected();
    this.#skipAnnotation();
    if (this.eat(tt.semi) || this.eat(tt.comma)) return;
    if (this.type !== tt.braceR && !this.isOnNewLine()) this.unexpected();
  }
}
