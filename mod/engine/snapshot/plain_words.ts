/** The names and operators of the small language of `plain_module.ts`, and why each is harmless. */
import { MEMBERS } from "../../formula/realm/permits.ts";

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}

/** Exports that are given a chunk. */
export const GIVEN_CHUNKS: ReadonlySet<string> = words("map chunk");

/** Constructors of fresh arrays: of a length, or as a copy; the language reaches no buffer to make a view of. */
export const ARRAYS: ReadonlySet<string> = words(
  "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array " +
    "Float16Array Float32Array Float64Array BigInt64Array BigUint64Array Array",
);

/** Errors hold a text. */
export const ERRORS: ReadonlySet<string> = words("Error TypeError RangeError");

/** Functions that give primitives and keep nothing. */
export const FREE_FUNCTIONS: ReadonlySet<string> = words(
  "Number String Boolean BigInt isNaN isFinite parseFloat parseInt",
);
export const FREE_VALUES: ReadonlySet<string> = words("undefined NaN Infinity");

/** Static functions of globals, beside all of `Math`: they give primitives, or arrays of what they were given. */
export const STATIC: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["Number", words("isFinite isInteger isNaN isSafeInteger parseFloat parseInt")],
  ["Date", words("UTC")],
  ["Array", words("from of isArray")],
  ["String", words("fromCharCode fromCodePoint")],
]);

/** Methods that change nothing and keep nothing, whatever of the realm they are called on. */
export const READING: ReadonlySet<string> = words(
  "map forEach reduce reduceRight filter some every find findIndex findLast findLastIndex flatMap " +
    "at includes indexOf lastIndexOf join slice subarray concat toSorted toReversed keys values entries " +
    "toString toFixed toPrecision charAt charCodeAt codePointAt startsWith endsWith padStart padEnd " +
    "trim trimStart trimEnd toUpperCase toLowerCase split repeat substring localeCompare " +
    "raw seconds validity codes log",
);

/** Methods that change the array they are called on, for fresh ones. */
export const WRITING: ReadonlySet<string> = words("fill set sort reverse copyWithin push pop");

/** Members of built-in objects that are numbers, texts or methods; others lead to memory or to constructors. */
export const READABLE: ReadonlySet<string> = words(
  "length size name message value values keys entries at with index description sign unit " +
    "year month day hour minute second years months days hours minutes seconds source global " +
    "host hash port search scale offset",
);

/** Every member that built-in objects inherit: the realm has no others. */
export const BUILT_IN: ReadonlySet<string> = new Set(
  [...MEMBERS].flatMap(([owner, members]) =>
    owner.endsWith(".prototype") || owner.startsWith("%") ? [...members] : []
  ),
);

/** Operators that give numbers or big integers. */
export const ARITHMETIC: ReadonlySet<string> = words("- * / % ** | & ^ << >> >>>");
export const COMPARING: ReadonlySet<string> = words("+ == != === !== < <= > >=");

/** Whether an operator gives a primitive and looks for nothing in an object. */
export function isComputing(operator: string): boolean {
  return ARITHMETIC.has(operator) || COMPARING.has(operator);
}
