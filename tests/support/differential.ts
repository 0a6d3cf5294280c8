/** Formulas of jobs whose answers are known: `tests/support/peers/differential` makes up what they are asked. */

/** What a job is asked. */
export type Asked =
  & { int64: "number" | "bigint" }
  & (
    | { kind: "values"; names: string[]; raw: string[]; codes: string[] }
    | { kind: "filter"; filter: string }
    | { kind: "keep"; names: string[] }
    | { kind: "groupBy"; keys: string[] }
    | { kind: "interval"; name: string; every: string }
    | { kind: "overlap"; name: string; before: number; after: number }
  );

export function formulaOf(asked: Asked): string {
  const int64 = asked.int64 === "bigint" ? `export const int64 = "bigint";\n` : "";
  return int64 + text(asked);
}

function text(asked: Asked): string {
  switch (asked.kind) {
    case "values":
      return valuesFormula(asked);
    case "filter":
      return `export const filter = ${asked.filter};
export const chunk = ({ row }) => Array.from(row);
export const combine = (a, b) => a.concat(b);`;
    case "keep":
      return `export const keep = ${JSON.stringify(asked.names)};
export const map = ({ row }) => ({ twice: Float64Array.from(row, (value) => 2 * value) });`;
    case "groupBy":
      return `import { groupBy } from "measuring/groups";
export const { chunk, combine, aggregate } = groupBy(${
        JSON.stringify(asked.keys)
      }).count().sum("row", "sum_row");`;
    case "interval":
      return `import { groupBy, interval } from "measuring/groups";
export const { chunk, combine, aggregate } = groupBy(interval("${asked.name}", ${asked.every})).count().sum("row", "sum_row");`;
    case "overlap": {
      const { name, before, after } = asked;
      return `export const keep = ["row"];
export const overlap = { before: ${before}, after: ${after} };
export function map({ ${name}: values }) {
  const sum = new Float64Array(values.length);
  for (let row = 0; row < sum.length; row++) {
    const to = Math.min(sum.length - 1, row + ${after});
    let total = 0;
    for (let k = Math.max(0, row - ${before}); k <= to; k++) total += values[k];
    sum[row] = total;
  }
  return { sum };
}`;
    }
  }
}

/** Tells all values of columns as texts that have all of them: floats as their bytes. */
function valuesFormula({ names, raw, codes }: Asked & { kind: "values" }): string {
  return `
const view = new DataView(new ArrayBuffer(8));
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
function tell(value) {
  switch (typeof value) {
    case "number":
      view.setFloat64(0, value);
      return value === value ? view.getBigUint64(0).toString(16).padStart(16, "0") : "NaN";
    case "bigint":
      return value + "n";
    case "string":
      return "'" + value;
    case "boolean":
      return String(Number(value));
    case "undefined":
      return "undefined";
  }
  if (value === null) return null;
  if (value instanceof Date) return "Date " + value.getTime();
  if (value instanceof Uint8Array) return "x" + hex(value);
  if (Array.isArray(value)) return value.map(tell);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tell(item)]));
}
/** What tell says of doubles, at once. */
function floats(values) {
  const bits = new BigUint64Array(values.slice().buffer);
  return Array.from(values, (value, row) => value === value ? bits[row].toString(16).padStart(16, "0") : "NaN");
}
/** A null is null in an array, NaN in a typed one. */
function told(values, there) {
  if (values instanceof Float64Array && !there) return floats(values);
  return Array.from(values, (value, row) => {
    if (!there || there[row]) return value === null ? "null without being null" : tell(value);
    return value === null || value !== value ? null : "null that is " + tell(value);
  });
}
function tried(name, of) {
  try {
    return of();
  } catch (error) {
    if (error.message.includes('"' + name + '"')) return "refused";
    throw error;
  }
}
export function chunk(chunk) {
  const found = {};
  for (const name of ${JSON.stringify(names)}) {
    found[name] = { values: tried(name, () => told(chunk[name], chunk.validity(name))) };
  }
  for (const name of ${JSON.stringify(raw)}) {
    found[name].raw = tried(name, () => {
      const { values, ...of } = chunk.raw(name);
      const there = chunk.validity(name);
      const texts = Array.from(values, (value, row) => there && !there[row] ? null : String(value));
      const { unit, utc, scale, precision } = of;
      return { is: unit === undefined ? [scale, precision] : [unit, utc], values: texts };
    });
  }
  for (const name of ${JSON.stringify(codes)}) {
    const { codes, dictionary } = chunk.codes(name);
    found[name].codes = Array.from(codes, (code) => dictionary[code] === null ? null : "'" + dictionary[code]);
  }
  return found;
}
function joined(a, b) {
  if (a === "refused" || b === "refused") return "refused";
  if (Array.isArray(a)) return a.concat(b);
  const found = {};
  for (const key of Object.keys(a)) {
    if (key === "is") {
      if (String(a.is) !== String(b.is)) throw new Error("partitions differ");
      found.is = a.is;
    } else found[key] = joined(a[key], b[key]);
  }
  return found;
}
export const combine = joined;`;
}
