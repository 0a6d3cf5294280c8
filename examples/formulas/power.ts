// Derived columns, row for row: instantaneous power and apparent resistance from voltage and current.
//
//   columns  u (V), i (A)
//   result   power (W), resistance (Ω), one row for each row of the file

import type { Chunk } from "measuring/types";

// The file of the result notes these; plots show them.
export const units = { power: "W", resistance: "Ω" };

// `map` is called once for each part of the file, in parallel. Only u and i are read.
export function map({ u, i }: Chunk<{ u: Float64Array; i: Float64Array }>) {
  const power = new Float64Array(u.length);
  const resistance = new Float64Array(u.length);
  // A plain loop over typed arrays is about ten times as fast as u.map(…).
  for (let row = 0; row < u.length; row++) {
    power[row] = u[row] * i[row];
    resistance[row] = u[row] / i[row];
  }
  // The record's names become the result's columns. NaN and infinities are written as they are.
  return { power, resistance };
}
