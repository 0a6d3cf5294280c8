/** Typed arrays as they are, whatever their author has made them say of themselves. */

/** A typed array of any kind. */
export type AnyView =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float16Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** A typed array of numbers: doubles, or what a double holds without loss. */
export type NumberArray = Exclude<AnyView, BigInt64Array | BigUint64Array>;

type ViewConstructor = new (buffer: unknown, at?: number, length?: number) => AnyView;

const TYPES = new Map<unknown, ViewConstructor>(
  [
    ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array],
    ...[Uint32Array, Float16Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array],
  ].map((Type) => [Type.name, Type as unknown as ViewConstructor]),
);

const tag = getter(Symbol.toStringTag);
const buffer = getter("buffer");
const offset = getter("byteOffset");
const length = getter("length");

/** What all typed arrays have in common knows what they are; own properties and classes may say something else. */
function getter(name: PropertyKey): (values: unknown) => unknown {
  const { get } = Object.getOwnPropertyDescriptor(
    Object.getPrototypeOf(Int8Array.prototype),
    name,
  )!;
  return Function.prototype.call.bind(get!);
}

/**
 * A view of a typed array's elements that has nothing else of it. Code that puts values into memory of its own must
 * not be told of more than there are: what it had there before would be taken for them.
 *
 * @returns `null` for what is no typed array.
 */
export function viewOf(values: unknown): AnyView | null {
  const Type = TYPES.get(tag(values));
  if (Type === undefined) return null;
  const count = length(values) as number;
  return count === 0 ? new Type(0) : new Type(buffer(values), offset(values) as number, count);
}

/** Whether values are a typed array of numbers. */
export function isArrayOfNumbers(values: unknown): values is NumberArray {
  const view = viewOf(values);
  return view !== null && areNumbers(view);
}

function areNumbers(view: AnyView): view is NumberArray {
  return !(view instanceof BigInt64Array || view instanceof BigUint64Array);
}

/**
 * The same of numbers; other numbers by index, in a new array in which null and undefined are NaN.
 *
 * @throws TypeError that says what is no array, or no number.
 */
export function numbersOf(values: ArrayLike<number>): NumberArray {
  const view = viewOf(values);
  if (view !== null && !areNumbers(view)) {
    throw new TypeError("64-bit integers are no numbers; convert them by Number(…) first");
  }
  return view ?? doublesIn(values);
}

function doublesIn(values: unknown): Float64Array {
  const list = values as { readonly length?: unknown; readonly [index: number]: unknown };
  if (typeof list !== "object" || list === null || typeof list.length !== "number") {
    const given = list === null ? "null" : `of type ${typeof list}`;
    throw new TypeError(`numbers are an array; what was given is ${given}`);
  }
  const doubles = new Float64Array(list.length);
  for (let k = 0; k < doubles.length; k++) {
    const value = list[k];
    if (typeof value === "number") doubles[k] = value;
    else if (value === null || value === undefined) doubles[k] = NaN;
    else if (typeof value === "boolean") doubles[k] = Number(value);
    else throw new TypeError(`the value at index ${k} is no number, but of type ${typeof value}`);
  }
  return doubles;
}

/** The same of doubles; other numbers in a new array. */
export function doublesOf(values: ArrayLike<number>): Float64Array {
  const numbers = numbersOf(values);
  return numbers instanceof Float64Array ? numbers : Float64Array.from(numbers);
}

/** The same of codes. */
export function codesOf(values: ArrayLike<number>): Int32Array {
  const numbers = numbersOf(values);
  return numbers instanceof Int32Array ? numbers : Int32Array.from(numbers);
}
