// Variance in two passes: the mean first, then the squared deviations from it. Both run on all
// partitions in parallel; `main` only puts them together.
//
//   columns  params.column, or u
//   result   an object: rows, mean, variance (of the sample), deviation

import type { Chunk, Context, Frame } from "measuring/types";

// What other workers run has to be exported. Arguments behind the context come from `main`.
export function powerSum(chunk: Chunk, _: Context, name: string, power: number, shift: number) {
  const values = chunk[name];
  let rows = 0, sum = 0;
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) continue;
    rows++;
    sum += (values[row] - shift) ** power;
  }
  return { rows, sum };
}

type Sum = ReturnType<typeof powerSum>;

export function add(a: Sum, b: Sum): Sum {
  return { rows: a.rows + b.rows, sum: a.sum + b.sum };
}

export async function main(frame: Frame, { params }: Context<{ column?: string } | null>) {
  const name = params?.column ?? "u";
  const first = await frame.reduction(powerSum, add, name, 1, 0);
  const mean = first.sum / first.rows;
  const second = await frame.reduction(powerSum, add, name, 2, mean);
  const variance = second.sum / (second.rows - 1);
  return { rows: first.rows, mean, variance, deviation: Math.sqrt(variance) };
}
