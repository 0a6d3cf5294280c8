/** Timestamps of 96 bits: nanoseconds of a day, then the Julian day. */
import { NANOSECONDS } from "../../std/grouping/exact_values.ts";
import { JULIAN_1970 } from "./convert.ts";
import type { StoredValues } from "./stored_column.ts";

/** Nanoseconds since 1970, of any year: bigints, null for null. */
export function int96Times(
  { values, validity }: StoredValues,
): { values: (bigint | null)[]; validity: Uint8Array | null } {
  const times = Array.from(
    values as (Uint8Array | null)[],
    (bytes) => bytes === null ? null : int96Time(bytes),
  );
  return { values: times, validity };
}

function int96Time(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return BigInt(view.getInt32(8, true) - JULIAN_1970) * NANOSECONDS.day + view.getBigInt64(0, true);
}
