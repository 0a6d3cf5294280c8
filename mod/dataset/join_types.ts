import {
  type ColumnKind,
  type ColumnType,
  timestampOf,
  type TimeUnit,
} from "../parquet/format/column.ts";

/** Bits of whole numbers, and whether they have a sign. */
const INTEGERS: Partial<Record<ColumnKind, { bits: number; signed: boolean; digits: number }>> = {
  int8: { bits: 8, signed: true, digits: 3 },
  int16: { bits: 16, signed: true, digits: 5 },
  int32: { bits: 32, signed: true, digits: 10 },
  int64: { bits: 64, signed: true, digits: 19 },
  uint8: { bits: 8, signed: false, digits: 3 },
  uint16: { bits: 16, signed: false, digits: 5 },
  uint32: { bits: 32, signed: false, digits: 10 },
  uint64: { bits: 64, signed: false, digits: 20 },
};

/** Digits of a decimal at most (LogicalTypes.md leaves it open; DuckDB, Arrow and Spark read as many). */
const MOST_DIGITS = 38;

/** Units from coarse to fine. */
const UNITS: TimeUnit[] = ["day", "ms", "us", "ns"];

/**
 * The type that values of both have: the longer whole number, DOUBLE of whole numbers and floats, the finer unit of
 * time, the decimal with digits enough. Nulls of no type are of any. `null` where there is none: text and numbers, times with
 * and without a zone, nested values of different shapes.
 */
export function joinTypes(a: ColumnType, b: ColumnType): ColumnType | null {
  if (a.kind === "null") return b;
  if (b.kind === "null") return a;
  return joinNumbers(a, b) ?? joinTimes(a, b) ?? joinClocks(a, b) ?? joinBytes(a, b);
}

function joinNumbers(a: ColumnType, b: ColumnType): ColumnType | null {
  const isNumber = ({ kind }: ColumnType) =>
    kind in INTEGERS || kind === "decimal" || kind === "float32" || kind === "float64";
  if (!isNumber(a) || !isNumber(b)) return null;
  if (a.kind === b.kind && a.kind !== "decimal") return a;
  const isFloat = ({ kind }: ColumnType) => kind === "float32" || kind === "float64";
  if (isFloat(a) || isFloat(b)) return DOUBLE;
  if (a.kind === "decimal" || b.kind === "decimal") return joinDecimals(a, b);
  const x = INTEGERS[a.kind]!, y = INTEGERS[b.kind]!;
  if (x.signed === y.signed) return x.bits > y.bits ? a : b;
  const [signed, unsigned] = x.signed ? [x, y] : [y, x];
  const bits = Math.max(signed.bits, 2 * unsigned.bits);
  if (bits > 64) return DOUBLE;
  return { kind: `int${bits}` as ColumnKind, type: `INT${bits}` };
}

const DOUBLE: ColumnType = { kind: "float64", type: "DOUBLE" };

function joinDecimals(a: ColumnType, b: ColumnType): ColumnType {
  const [x, y] = [a, b].map(({ kind, precision = 0, scale = 0 }) => {
    const integer = INTEGERS[kind];
    return integer ? { before: integer.digits, scale: 0 } : { before: precision - scale, scale };
  }) as [{ before: number; scale: number }, { before: number; scale: number }];
  const scale = Math.max(x.scale, y.scale);
  const precision = Math.max(x.before, y.before) + scale;
  if (precision > MOST_DIGITS) return DOUBLE;
  return { kind: "decimal", precision, scale, type: `DECIMAL(${precision}, ${scale})` };
}

function joinTimes(a: ColumnType, b: ColumnType): ColumnType | null {
  if (!a.unit || !b.unit) return null;
  // A day is of no zone, as local times are.
  if ((a.utc ?? false) !== (b.utc ?? false)) return null;
  if (a.unit === b.unit && a.int96 === b.int96) return a;
  const unit = UNITS[Math.max(UNITS.indexOf(a.unit), UNITS.indexOf(b.unit))]!;
  // Two columns of days are of one unit.
  return timestampOf(unit as Exclude<TimeUnit, "day">, a.utc ?? false);
}

function joinClocks(a: ColumnType, b: ColumnType): ColumnType | null {
  if (!a.clock || !b.clock || a.utc !== b.utc) return null;
  return UNITS.indexOf(a.clock) > UNITS.indexOf(b.clock) ? a : b;
}

function joinBytes(a: ColumnType, b: ColumnType): ColumnType | null {
  if (a.kind !== b.kind) return null;
  if (a.kind === "bytes") return a.type === b.type ? a : { kind: "bytes", type: "BYTE_ARRAY" };
  return ["boolean", "string", "json", "uuid"].includes(a.kind) ? a : null;
}
