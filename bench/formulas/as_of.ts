// Sum of the products of the column u and the last value of a slower series.

import type { Chunk } from "measuring/types";

export const inputs = { slow: { on: "time", match: "backward" } };

type Columns = { u: Float64Array; "slow.v": Float64Array };

export function chunk(chunk: Chunk<Columns>) {
  const { u } = chunk, v = chunk["slow.v"];
  let sum = 0;
  // The first rows may have none: NaN.
  for (let row = 0; row < u.length; row++) if (v[row] === v[row]) sum += u[row]! * v[row]!;
  return sum;
}
export const combine = (a: number, b: number) => a + b;
export const aggregate = (sum: number) => ({ sum });
