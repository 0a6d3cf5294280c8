// Mean of the last ten milliseconds up to each row, and how many values these have. Rows may come at any times, with
// gaps. A part of the data that a request asks for by From, To or Filter begins with full windows.
//
//   columns  time, u
//   result   time, mean, values, one row for each row

import type { Chunk } from "measuring/types";

/** Rows of the neighbours that are at most so much earlier are in the chunk, too. */
export const overlap = { before: "10ms", time: "time" };

export const keep = ["time"];

export function map(chunk: Chunk) {
  const { u } = chunk, { values: times, unit } = chunk.raw("time");
  const time = times as BigInt64Array;
  const window = { day: 1n, ms: 10n, us: 10_000n, ns: 10_000_000n }[unit];
  const mean = new Float64Array(u.length), values = new Int32Array(u.length);
  for (let row = 0; row < u.length; row++) {
    let sum = 0, count = 0;
    for (let k = row; k >= 0 && time[row] - time[k] < window; k--) {
      if (Number.isNaN(u[k])) continue;
      sum += u[k];
      count++;
    }
    mean[row] = sum / count;
    values[row] = count;
  }
  return { mean, values };
}
