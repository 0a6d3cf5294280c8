// Some rows, as they are stored: each value as a text, or null.
//
//   result   count: how many there are; rows: for each row a text a column, in the order of the file
//
// Integers, decimals and times have all digits. NaN is `NaN`, bytes are hexadecimal, lists and records are
// JSON. What is longer than 300 characters is cut, with `…` at its end.

import type { Chunk, ColumnDescription, Context, RawDecimals } from "measuring/types";

export const int64 = "bigint";

const LONGEST = 300;

type Cell = string | null;
type Write = (row: number) => Cell;

export function chunk(chunk: Chunk, { schema, rows }: Context): Cell[][] {
  const columns = schema.map((column) => writerOf(chunk, column));
  return Array.from({ length: rows }, (_, row) => columns.map((write) => cut(write(row))));
}

export const combine = (a: Cell[][], b: Cell[][]) => [...a, ...b];

/** The number beside the rows makes that no table, but a value. */
export const aggregate = (rows: Cell[][] | null) => ({
  count: rows?.length ?? 0,
  rows: rows ?? [],
});

function writerOf(chunk: Chunk, { name, kind, type }: ColumnDescription): Write {
  if (kind === "timestamp" || kind === "date") return times(chunk, name);
  if (kind === "decimal") return decimals(chunk, name);
  const values = chunk[name] as ArrayLike<unknown>;
  const validity = ArrayBuffer.isView(values) ? chunk.validity(name) : null;
  return (row) => {
    const value = values[row];
    if (value === null || value === undefined || validity !== null && validity[row] === 0) {
      return null;
    }
    if (kind === "boolean") return value ? "true" : "false";
    if (kind === "time") return timeOfDay(BigInt(value as number), type);
    if (typeof value === "number" && values instanceof Float32Array) return single(value);
    return plain(value);
  };
}

/** ISO 8601 with the digits of the column's unit, and a `Z` where it is in UTC. */
function times(chunk: Chunk, name: string): Write {
  const { values, unit, utc } = chunk.raw(name);
  const validity = chunk.validity(name);
  if (unit === "day") {
    return (row) => validity?.[row] === 0 ? null : dateOf(Number(values[row]) * 86_400_000);
  }
  const digits = { ms: 3, us: 6, ns: 9 }[unit];
  const second = 10n ** BigInt(digits);
  return (row) => {
    if (validity?.[row] === 0) return null;
    const value = BigInt(values[row]!);
    const part = (value % second + second) % second;
    const whole = Number((value - part) / second) * 1000;
    const date = new Date(whole);
    if (Number.isNaN(date.getTime())) return String(value);
    const at = date.toISOString().slice(0, -5);
    return `${at}.${String(part).padStart(digits, "0")}${utc ? "Z" : ""}`;
  };
}

function dateOf(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? String(milliseconds) : date.toISOString().split("T")[0]!;
}

function decimals(chunk: Chunk, name: string): Write {
  const { values, scale } = chunk.raw<RawDecimals>(name);
  const validity = ArrayBuffer.isView(values) ? chunk.validity(name) : null;
  return (row) => {
    const value = values[row];
    if (value === null || value === undefined || validity?.[row] === 0) return null;
    const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
    const at = digits.length - scale;
    const text = scale === 0 ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`;
    return value < 0n ? `-${text}` : text;
  };
}

/** A count since midnight in the unit of `TIME(us, UTC)`. */
function timeOfDay(count: bigint, type: string): string {
  const digits = type.includes("ns") ? 9 : type.includes("us") ? 6 : 3;
  const second = 10n ** BigInt(digits), seconds = Number(count / second);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two);
  return `${clock.join(":")}.${String(count % second).padStart(digits, "0")}`;
}

/** The fewest digits that are read back as the same number of single precision. */
function single(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(value);
}

function plain(value: unknown): string {
  if (value instanceof Uint8Array) return Array.from(value, hex).join("");
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null) return String(value);
  return JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint") return String(part);
    return part instanceof Uint8Array ? Array.from(part, hex).join("") : part;
  });
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function cut(text: Cell): Cell {
  return text === null || text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
