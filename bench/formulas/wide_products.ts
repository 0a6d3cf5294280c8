// Fifty products of two columns.

import type { Chunk } from "measuring/types";

export function map(columns: Chunk) {
  return Object.fromEntries(
    Array.from(
      { length: 50 },
      (_, c) => [`p${c}`, product(columns[`c${c}`]!, columns[`c${c + 100}`]!)],
    ),
  );
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  const result = new Float64Array(a.length);
  for (let row = 0; row < result.length; row++) result[row] = a[row]! * b[row]!;
  return result;
}
