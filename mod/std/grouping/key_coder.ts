/** Codes of one key's values, over chunks that follow each other. */
import { doublesOfWholes, NumberCoder, type NumberRange } from "../../kernel/number_coder.ts";
import { isArrayOfNumbers, type NumberArray } from "../../kernel/views.ts";
import { isNoCalendar } from "../calendar/zone.ts";
import { type ByteStrings, TextCoder } from "../../kernel/text_coder.ts";
import { exactColumn } from "#marks";
import { EXACT_KINDS } from "./exact_keys.ts";
import type { ExactColumn, ExactType, ExactValues } from "./exact_values.ts";
import { asNumbers } from "./group_columns.ts";
import {
  type Interval,
  numbersOfCounts,
  numbersOfTimes,
  numbersOfWholes,
} from "./group_intervals.ts";
import {
  commonType,
  type Described,
  type Key,
  type KeyColumn,
  type KeyType,
  numberType,
} from "./group_keys.ts";
import { areLong, type IntervalRuns, numbersOfRuns } from "./interval_runs.ts";
import type { Codes } from "../types.ts";
import { taken } from "./group_states.ts";
import {
  type CodedPart,
  PartedNumberCoder,
  PartedTextCoder,
  PartsDontFit,
} from "./parted_coder.ts";
import { placesOf } from "./sole_texts.ts";
import { STRINGS, stringsOfKind, stringsOfNumbers, stringsOfTexts } from "./key_texts.ts";

/** Kinds of columns that may hold numbers beyond 2^53. */
const WHOLES: ReadonlySet<string> = new Set(["int64", "uint64"]);

/** Rows that follow each other and have the same code. */
export interface CodedRuns {
  codes: Int32Array;
  /** The row behind the last one of each run. */
  ends: Int32Array;
}

/** Gives values of a key codes, from 0 on in the order in which they first occur; null has one, too. */
export class KeyCoder implements Disposable {
  readonly #key: Key;
  #type: KeyType | null = null;
  #numbers: NumberCoder | null = null;
  #texts: TextCoder | null = null;
  /** What takes the place of both where rows are parted by this key: codes are parts then. */
  #parted: PartedTextCoder | PartedNumberCoder | null = null;
  /** Codes of texts that came as such. */
  readonly #known = new Map<string | null, number>();

  constructor(key: Key) {
    this.#key = key;
  }

  /** Distinct values so far. */
  get size(): number {
    return this.#texts?.size ?? this.#numbers?.size ?? 0;
  }

  /**
   * Codes of a chunk's rows.
   *
   * @throws TypeError for a column that is no key, or holds texts after numbers.
   */
  code(chunk: Record<string, unknown>, context?: Described): Int32Array {
    const runs = this.runs(chunk, context);
    return runs ? repeated(runs.codes, runs.ends) : this.#codeRows(chunk, context);
  }

  /** The same for rows that come in runs; `null` where they don't, or are parted. */
  runs(chunk: Record<string, unknown>, context?: Described): CodedRuns | null {
    const key = this.#key;
    if (this.#parted) return null;
    const runs = exactColumn(chunk, typeof key === "string" ? key : key.column)?.runs?.();
    return runs ? { codes: this.#codeRows(runs.chunk, context), ends: runs.ends } : null;
  }

  #codeRows(chunk: Record<string, unknown>, context: Described | undefined): Int32Array {
    const key = this.#key;
    if (typeof key !== "string") return this.#codeNamed(chunk, key);
    const exact = exactColumn(chunk, key);
    if (exact && STRINGS.has(exact.type.kind)) return this.#codeStrings(exact);
    if (exact && EXACT_KINDS.has(exact.type.kind)) {
      return this.#codeWholes(exact.read(), exact.type);
    }
    const values = exact ? chunk[key] : textsOfCodes(chunk, key, context) ?? chunk[key];
    if (Array.isArray(values) && this.#areTexts(values)) return this.#codeTexts(values);
    return this.#codeNumbers(values, key, exact, context);
  }

  /** Whether values are looked up by their hashes, so that parts of them are nearer to each other. */
  get isHashed(): boolean {
    return this.#texts !== null || this.#numbers?.isHashed === true;
  }

  /** Where whole numbers with a place in a table lie, if they come in no order. */
  get scattered(): NumberRange | null {
    return this.#numbers?.scattered ?? null;
  }

  /** From now on gives rows their part; what was coded before is forgotten. */
  part(): void {
    this.#parted = this.#texts ? new PartedTextCoder() : new PartedNumberCoder(this.scattered);
    this.#texts?.[Symbol.dispose]();
    this.#numbers?.[Symbol.dispose]();
    this.#texts = this.#numbers = null;
    this.#known.clear();
  }

  /** Codes the rows of the next part. */
  codePart(part: number): CodedPart {
    return this.#parted!.codePart(part);
  }

  /** The values of all parts, and their order where they are not in it. */
  finishParts(): { order: Int32Array | null; key: KeyColumn } {
    const type = this.#type ?? "Float64Array", parted = this.#parted!;
    if (parted instanceof PartedNumberCoder) {
      const { values, order } = parted.finish();
      return { order, key: { type, values: order ? taken(values, order) : values } };
    }
    const { texts, groups, order } = parted.finish();
    return { order, key: { type, values: placesOf(texts, groups), texts } };
  }

  /** The values in order, null last, and the codes in this order. */
  finish(): { order: Int32Array; key: KeyColumn } {
    const type = this.#type ?? "Float64Array";
    if (this.#texts) {
      const { texts, order } = this.#texts.finish();
      return { order, key: { type, values: placesOf(texts, order.length), texts } };
    }
    this.#numbers ??= new NumberCoder();
    const order = this.#numbers.order();
    return { order, key: { type, values: taken(this.#numbers.values(), order) } };
  }

  [Symbol.dispose](): void {
    this.#numbers?.[Symbol.dispose]();
    this.#texts?.[Symbol.dispose]();
    this.#parted?.[Symbol.dispose]();
  }

  /** Whether the key's values are byte strings. */
  get #areStrings(): boolean {
    return this.#texts !== null || this.#parted instanceof PartedTextCoder;
  }

  /** The same; an error about a time names its column. */
  #codeNamed(chunk: Record<string, unknown>, interval: Interval): Int32Array {
    try {
      return this.#codeIntervals(chunk, interval);
    } catch (error) {
      if (!isNoCalendar(error)) throw error;
      throw new RangeError(
        `column "${interval.column}": ${error.message}; leave such times out by a filter`,
      );
    }
  }

  /** Times by the number of their interval. */
  #codeIntervals(chunk: Record<string, unknown>, interval: Interval): Int32Array {
    const { column, unit } = interval;
    const exact = exactColumn(chunk, column);
    if (exact?.type.unit !== undefined) {
      return this.#codeRuns(numbersOfTimes(exact.read(), exact.type, interval), exact.type);
    }
    if (exact && unit === null) throw noTime(column, exact.type);
    const wholes = exact && WHOLES.has(exact.type.kind) ? exact.read() : null;
    const counts = wholes
      ? asDoubles(wholes.values, wholes.validity)
      : asNumbers(chunk[column], column);
    if (counts) return this.#number(numbersOfCounts(counts, interval), "Float64Array");
    return this.#codeRuns(numbersOfWholes(wholes!, interval), exact!.type);
  }

  /** Numbers of intervals, each run of rows at once where runs are long. */
  #codeRuns(given: IntervalRuns | (bigint | null)[], type: ExactType): Int32Array {
    if (Array.isArray(given)) return this.#codeWholes({ values: given, validity: null }, type);
    if (this.#parted || !areLong(given)) {
      return this.#codeWholes({ values: numbersOfRuns(given), validity: null }, type);
    }
    return repeated(this.#codeWholes({ values: given.numbers, validity: null }, type), given.ends);
  }

  /** Texts and other byte strings as they lie in the file. */
  #codeStrings({ type, codes }: ExactColumn): Int32Array {
    this.#claim(type.kind === "string" ? "text" : type);
    return codes!(
      this.#strings(),
      (values) => stringsOfKind(values, type.kind),
    );
  }

  #strings(): TextCoder | PartedTextCoder {
    if (this.#parted instanceof PartedNumberCoder) throw new PartsDontFit();
    return this.#parted ?? (this.#texts ??= new TextCoder());
  }

  /** Whether values are texts; nulls are what came before. */
  #areTexts(values: readonly unknown[]): boolean {
    const isNull = (value: unknown) => value === null || value === undefined;
    return values.some((value) => typeof value === "string") ||
      (this.#type === "text" && values.every(isNull));
  }

  /** Texts as a formula sees them. */
  #codeTexts(values: readonly unknown[]): Int32Array {
    this.#claim("text");
    const coder = this.#strings();
    if (this.#parted) {
      return coded(
        coder,
        stringsOfTexts(values.map((text) => (text ?? null) as string | null)),
      );
    }
    if (this.#numbers?.size) coder.code(stringsOfTexts([null]), new Int32Array(1), 0);
    const found = new Set<string | null>();
    for (const value of values as (string | null | undefined)[]) {
      if (!this.#known.has(value ?? null)) found.add(value ?? null);
    }
    const texts = [...found], codes = new Int32Array(texts.length);
    coder.code(stringsOfTexts(texts), codes, 0);
    texts.forEach((text, k) => this.#known.set(text, codes[k]!));
    return Int32Array.from(values, (value) => this.#known.get((value ?? null) as string | null)!);
  }

  /** Whole numbers: as doubles, as long as these hold them all. */
  #codeWholes({ values, validity }: ExactValues, type: ExactType): Int32Array {
    if (!this.#areStrings) {
      const isPlain = values instanceof Int32Array && !validity;
      const numbers = isPlain ? values : asDoubles(values, validity);
      if (numbers) return this.#number(numbers, type);
    }
    return this.#inBytes(stringsOfNumbers(values, validity, type), type);
  }

  #codeNumbers(
    values: unknown,
    name: string,
    exact: ExactColumn | null,
    context: Described | undefined,
  ): Int32Array {
    const type = typeOfNumbers(values, exact, kindOf(name, context) === "boolean");
    const numbers = isArrayOfNumbers(values) ? values : asNumbers(values, name);
    if (!exact?.type.kind.startsWith("float")) return this.#number(numbers, type);
    // A null is not the same as NaN.
    const validity = exact.read().validity;
    if (!this.#areStrings && !validity?.includes(0)) return this.#number(numbers, type);
    return this.#inBytes(stringsOfNumbers(numbers, validity, exact.type), exact.type);
  }

  #number(numbers: NumberArray, type: KeyType): Int32Array {
    this.#claim(type);
    const codes = new Int32Array(numbers.length);
    if (this.#parted) {
      if (this.#areStrings) throw new PartsDontFit();
      (this.#parted as PartedNumberCoder).code(new Float64Array(numbers), codes);
      return codes;
    }
    (this.#numbers ??= new NumberCoder()).code(numbers, codes);
    return codes;
  }

  /** Numbers that a double can't hold. */
  #inBytes(strings: ByteStrings, type: ExactType): Int32Array {
    this.#claim(type);
    if (this.#parted) return coded(this.#strings(), strings);
    if (!this.#texts) {
      this.#texts = new TextCoder();
      const known = this.#numbers?.values() ?? new Float64Array(0);
      this.#texts.code(stringsOfNumbers(known, null, type), new Int32Array(known.length), 0);
    }
    return coded(this.#texts, strings);
  }

  /** Whether there is nothing but nulls. */
  #isNothing(): boolean {
    return this.size <= 1 && !this.#areStrings && !this.#parted &&
      Boolean(this.#numbers?.values().every(Number.isNaN));
  }

  #claim(type: KeyType): void {
    const known = this.#type;
    if (known === null || (known !== "text" && type === "text" && this.#isNothing())) {
      this.#type = type;
    } else this.#type = commonType(known, type);
  }
}

function coded(coder: TextCoder | PartedTextCoder, strings: ByteStrings): Int32Array {
  const codes = new Int32Array(strings.starts.length);
  coder.code(strings, codes, 0);
  return codes;
}

/** A code for each row, of a code for each run of them. */
function repeated(codes: Int32Array, ends: Int32Array): Int32Array {
  const all = new Int32Array(ends.at(-1)!);
  let from = 0;
  codes.forEach((code, run) => {
    all.fill(code, from, ends[run]);
    from = ends[run]!;
  });
  return all;
}

/** What numbers are given back as: integers beside nulls come as doubles, and are integers again. */
function typeOfNumbers(values: unknown, exact: ExactColumn | null, isBoolean: boolean): KeyType {
  if (exact && /^u?int/.test(exact.type.kind) && values instanceof Float64Array) return exact.type;
  if (exact?.type.type === "FLOAT16") return exact.type;
  const booleans = Array.isArray(values) && values.some((value) => typeof value === "boolean");
  return isBoolean || booleans ? "boolean" : numberType(values);
}

/** Texts of a chunk that has codes of them. */
function textsOfCodes(
  chunk: Record<string, unknown>,
  key: string,
  context?: Described,
): (string | null)[] | null {
  if (kindOf(key, context) !== "string" || typeof chunk.codes !== "function") return null;
  const { codes, dictionary } = chunk.codes(key) as Codes;
  return Array.from(codes, (code) => dictionary[code] ?? null);
}

function kindOf(key: string, context?: Described): string | undefined {
  return context?.schema.find(({ name }) => name === key)?.kind;
}

function noTime(column: string, { kind, type }: ExactType): TypeError {
  const isNumber = /^(u?int|float|decimal)/.test(kind);
  return new TypeError(
    `column "${column}" is ${type}, no time; take a column of times${
      isNumber ? `, or say what its numbers count since 1970, such as { unit: "ms" }` : ""
    }`,
  );
}

/** Whole numbers as doubles, NaN for null; `null` where a double can't hold one of them. */
function asDoubles(
  values: ExactValues["values"],
  validity: Uint8Array | null,
): Float64Array | null {
  if (values instanceof Float64Array && !validity) return values;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const wholes = doublesOfWholes(values);
    if (wholes && validity) {
      for (let row = 0; row < wholes.length; row++) if (validity[row] === 0) wholes[row] = NaN;
    }
    return wholes;
  }
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < numbers.length; row++) {
    const value = values[row] ?? null;
    const number = numbers[row] = value === null || (validity && validity[row] === 0)
      ? NaN
      : Number(value);
    if (number > Number.MAX_SAFE_INTEGER || number < Number.MIN_SAFE_INTEGER) return null;
  }
  return numbers;
}
