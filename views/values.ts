// The values that a column has, as texts, ascending: numbers by their size, texts by their code units, and
// null last.
//
//   params   column, of texts, booleans or integers; most, values that are listed; counted, values that
//            are told from one another at most
//   result   count, of all values; more, whether there are others that weren't counted; values, none
//            where there are more than `most`

import type { Chunk, Context } from "measuring/types";

export const int64 = "bigint";

interface Params {
  column: string;
  most: number;
  counted: number;
}

/** Characters that are kept of all values. */
const LONGEST = 1 << 20;

interface Found {
  values: (string | null)[];
  more: boolean;
  counted: number;
}

export function chunk(chunk: Chunk, { params, schema, rows }: Context<Params>): Found {
  const { column, counted } = params;
  const kind = schema.find(({ name }) => name === column)!.kind;
  if (kind === "string") {
    const { codes, dictionary } = chunk.codes(column);
    const used = new Set<number>();
    for (let row = 0; row < rows; row++) used.add(codes[row]);
    return few(new Set(Array.from(used, (code) => dictionary[code] ?? null)), counted);
  }
  const stored = chunk[column] as ArrayLike<number | bigint | null>;
  const used = new Set<number | bigint | null>();
  for (let row = 0; row < rows && used.size <= counted + 1; row++) used.add(stored[row]);
  return few(new Set(Array.from(used, (value) => textOf(value, kind))), counted);
}

export function combine(a: Found, b: Found): Found {
  const both = few(new Set([...a.values, ...b.values]), a.counted);
  return { ...both, more: both.more || a.more || b.more };
}

export function aggregate(found: Found | null, { params, schema }: Context<Params>) {
  const { values = [], more = false } = found ?? {};
  const kind = schema.find(({ name }) => name === params.column)!.kind;
  const listed = more || values.length > params.most ? [] : values.toSorted(orderOf(kind));
  return { count: values.length, more, values: listed };
}

/** As many as are counted, and no more characters than are kept. */
function few(all: Set<string | null>, counted: number): Found {
  const values: (string | null)[] = [];
  let length = 0;
  for (const value of all) {
    length += value?.length ?? 0;
    if (values.length === counted || length > LONGEST) return { values, more: true, counted };
    values.push(value);
  }
  return { values, more: false, counted };
}

function orderOf(kind: string): (a: string | null, b: string | null) => number {
  const whole = kind !== "string" && kind !== "boolean";
  return (a, b) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const [left, right] = whole ? [BigInt(a), BigInt(b)] : [a, b];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}

function textOf(value: number | bigint | null, kind: string): string | null {
  if (value === null || Number.isNaN(value)) return null;
  return kind === "boolean" ? String(value === 1) : String(value);
}
