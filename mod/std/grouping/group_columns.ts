/**
 * A column as numbers, NaN for null.
 *
 * @param counted Whether it matters only what is there: then anything counts as a number.
 * @throws TypeError when it holds anything else.
 */
export function asNumbers(values: unknown, name: string, counted = false): Float64Array {
  if (values instanceof Float64Array) return values;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    if (counted) return new Float64Array(values.length);
    throw unfit(name, "bigints; take out `export const int64`, or give another column");
  }
  if (ArrayBuffer.isView(values) && !(values instanceof DataView)) {
    return new Float64Array(values as unknown as ArrayLike<number>);
  }
  if (!Array.isArray(values)) throw unfit(name, values === undefined ? "nothing" : typeof values);
  return Float64Array.from(values, (value: unknown) => {
    if (value === null || value === undefined) return NaN;
    if (typeof value === "number" || typeof value === "boolean") return Number(value);
    if (counted) return 0;
    throw unfit(name, typeof value === "string" ? "text" : `a ${typeof value}`);
  });
}

function unfit(name: string, what: string): TypeError {
  return new TypeError(`column "${name}" can't be computed with: it holds ${what}, not numbers`);
}
