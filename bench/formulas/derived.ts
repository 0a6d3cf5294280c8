// Two columns made of two columns.

import type { Chunk } from "measuring/types";

export function map({ u, i }: Chunk<{ u: Float64Array; i: Float64Array }>) {
  const power = new Float64Array(u.length);
  const magnitude = new Float64Array(u.length);
  for (let row = 0; row < u.length; row++) {
    power[row] = u[row]! * i[row]!;
    magnitude[row] = Math.sqrt(u[row]! * u[row]! + i[row]! * i[row]!);
  }
  return { power, magnitude };
}
