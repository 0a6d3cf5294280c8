/**
 * JSON with every digit. What JSON has no form for keeps its meaning: NaN and the infinities
 * become the strings "NaN", "Infinity" and "-Infinity"; -0 stays -0; bigints are written digit
 * for digit; typed arrays, sets and iterables of maps become arrays and objects; dates ISO strings;
 * `undefined` is null in arrays and left out of objects, as in `JSON.stringify`.
 *
 * @throws TypeError for functions, symbols and values that contain themselves.
 */
export function toJson(value: unknown): string {
  return write(value, new Set()) ?? "null";
}

function write(value: unknown, above: Set<object>): string | undefined {
  switch (typeof value) {
    case "undefined":
      return undefined;
    case "number":
      if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
      return `"${value}"`;
    case "bigint":
      return String(value);
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "object":
      return value === null ? "null" : writeObject(value, above);
    default:
      throw new TypeError(`a ${typeof value} has no form in JSON`);
  }
}

function writeObject(value: object, above: Set<object>): string {
  if (above.has(value)) throw new TypeError("the result contains itself");
  if (value instanceof Date) return JSON.stringify(value);
  above.add(value);
  const text = isList(value)
    ? `[${Array.from(value, (item) => write(item, above) ?? "null").join(",")}]`
    : `{${members(value, above).join(",")}}`;
  above.delete(value);
  return text;
}

function isList(value: object): value is Iterable<unknown> {
  return Array.isArray(value) || value instanceof Set ||
    ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function members(value: object, above: Set<object>): string[] {
  const texts: string[] = [];
  for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
    const text = write(item, above);
    if (text !== undefined) texts.push(`${JSON.stringify(String(key))}:${text}`);
  }
  return texts;
}
