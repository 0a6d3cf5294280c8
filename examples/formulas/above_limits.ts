// Rows that are above their unit's limit. The limits are a table of their own, which the request names:
//
//   {"Inputs": {"limits": "limits.parquet"}}
//
//   columns  time, unit (text), u
//   limits   unit (text, each once), high
//   result   time, unit, above: how far, NaN where the unit has no limit

import type { Chunk } from "measuring/types";

/** To each row the row of its unit is looked up. */
export const inputs = { limits: { on: "unit" } };

export const keep = ["time", "unit"];

export function map(chunk: Chunk) {
  const { u } = chunk, high = chunk["limits.high"];
  const above = new Float64Array(u.length);
  for (let row = 0; row < above.length; row++) above[row] = Math.max(0, u[row] - high[row]);
  return { above };
}
