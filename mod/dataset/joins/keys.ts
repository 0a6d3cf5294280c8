import type { Column } from "../../parquet/format/column.ts";
import { NANOSECONDS } from "../../std/grouping/exact_values.ts";
import type { DatasetPartition } from "../dataset.ts";
import type { DatasetReader } from "../reader.ts";

/** A key's value, the same for equal values of columns whose types differ in width or unit. */
export type Key = string | number | bigint;

/** Keys of rows by codes: `keys[codes[row]]`; the code of a null is -1. */
export interface KeyCodes {
  codes: Int32Array;
  keys: Key[];
}

/** The keys of a partition's rows. Of several columns, a key that is null in one of them is null. */
export function readKeys(
  reader: DatasetReader,
  names: readonly string[],
  partition: DatasetPartition,
): KeyCodes {
  const all = names.map((name) => keysOf(reader, name, partition));
  return all.length === 1 ? all[0]! : all.reduce(together);
}

function keysOf(reader: DatasetReader, name: string, partition: DatasetPartition): KeyCodes {
  const column = reader.describe(name);
  if (column.kind === "string") {
    const { codes, dictionary } = reader.codes(name, partition);
    return withoutNull(codes, dictionary);
  }
  const { values, validity } = reader.exact(name, partition);
  const canonical = canonicalOf(column);
  const codes = new Int32Array(values.length), keys: Key[] = [];
  const known = new Map<Key, number>();
  for (let row = 0; row < codes.length; row++) {
    const value = validity && !validity[row] ? null : values[row]!;
    if (value === null) {
      codes[row] = -1;
      continue;
    }
    const key = canonical(value);
    let code = known.get(key);
    if (code === undefined) {
      known.set(key, code = keys.length);
      keys.push(key);
    }
    codes[row] = code;
  }
  return { codes, keys };
}

/** What makes stored values comparable with those of a column of another width or unit. */
function canonicalOf({ unit, clock }: Column): (value: Key) => Key {
  const per = NANOSECONDS[unit ?? clock ?? "ns"];
  return (value) => {
    if (typeof value === "string") return value;
    const whole = per === 1n ? value : BigInt(value) * per;
    if (typeof whole === "number") return whole;
    const number = Number(whole);
    return Number.isSafeInteger(number) ? number : whole;
  };
}

/** Keys of two columns as one. */
function together(a: KeyCodes, b: KeyCodes): KeyCodes {
  const codes = new Int32Array(a.codes.length), keys: Key[] = [];
  const known = new Map<number, number>();
  for (let row = 0; row < codes.length; row++) {
    const one = a.codes[row]!, other = b.codes[row]!;
    if (one < 0 || other < 0) {
      codes[row] = -1;
      continue;
    }
    const pair = one * b.keys.length + other;
    let code = known.get(pair);
    if (code === undefined) {
      known.set(pair, code = keys.length);
      keys.push(JSON.stringify([String(a.keys[one]), String(b.keys[other])]));
    }
    codes[row] = code;
  }
  return { codes, keys };
}

/** Texts by codes, of which one may be that of null. */
function withoutNull(codes: Int32Array, dictionary: (string | null)[]): KeyCodes {
  const none = dictionary.indexOf(null);
  if (none < 0) return { codes, keys: dictionary as string[] };
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    codes[row] = code === none ? -1 : code > none ? code - 1 : code;
  }
  return { codes, keys: dictionary.filter((text) => text !== null) };
}
