// k-means of points in a plane, by Lloyd's algorithm: every pass assigns all points to the nearest
// centre in parallel, then the centres move to the means of their points.
//
//   columns  params.x and params.y, or u and i
//   params   clusters (default 3), passes at most (default 50)
//   result   a table: cluster, x, y, rows
//
// Source: Lloyd, "Least squares quantization in PCM" (1982).

import type { Chunk, Context, Frame } from "measuring/types";

type Params = { x?: string; y?: string; clusters?: number; passes?: number } | null;
interface Sums {
  x: Float64Array;
  y: Float64Array;
  rows: Float64Array;
}

export function assign(
  columns: Chunk,
  { params }: Context<Params>,
  centreX: number[],
  centreY: number[],
): Sums {
  const xs = columns[params?.x ?? "u"], ys = columns[params?.y ?? "i"];
  const count = centreX.length;
  const sums = {
    x: new Float64Array(count),
    y: new Float64Array(count),
    rows: new Float64Array(count),
  };
  for (let row = 0; row < xs.length; row++) {
    let nearest = -1, least = Infinity;
    for (let k = 0; k < count; k++) {
      const distance = (xs[row] - centreX[k]) ** 2 + (ys[row] - centreY[k]) ** 2;
      if (distance < least) {
        least = distance;
        nearest = k;
      }
    }
    if (nearest < 0) continue; // a value is missing
    sums.x[nearest] += xs[row];
    sums.y[nearest] += ys[row];
    sums.rows[nearest]++;
  }
  return sums;
}

export function add(a: Sums, b: Sums): Sums {
  for (let k = 0; k < a.rows.length; k++) {
    a.x[k] += b.x[k];
    a.y[k] += b.y[k];
    a.rows[k] += b.rows[k];
  }
  return a;
}

/** Points to begin with: evenly spaced rows of the first partition. */
export function spread(columns: Chunk, { params, partition }: Context<Params>, count: number) {
  if (partition > 0) return null;
  const xs = columns[params?.x ?? "u"], ys = columns[params?.y ?? "i"];
  const rows = Array.from({ length: count }, (_, k) => Math.floor((k + 0.5) * xs.length / count));
  return { x: rows.map((row) => xs[row]), y: rows.map((row) => ys[row]) };
}

export function first<T>(a: T, b: T): T {
  return a ?? b;
}

export async function main(frame: Frame, { params, log }: Context<Params>) {
  const count = params?.clusters ?? 3;
  let { x, y } = (await frame.reduction(spread, first, count))!;
  let rows: number[] = [];
  for (let pass = 1; pass <= (params?.passes ?? 50); pass++) {
    const sums = await frame.reduction(assign, add, x, y);
    rows = Array.from(sums.rows);
    const nextX = x.map((old, k) => rows[k] ? sums.x[k] / rows[k] : old);
    const nextY = y.map((old, k) => rows[k] ? sums.y[k] / rows[k] : old);
    const moved = Math.max(...x.map((old, k) => Math.hypot(nextX[k] - old, nextY[k] - y[k])));
    [x, y] = [nextX, nextY];
    if (moved === 0) {
      log(`settled after ${pass} passes`);
      break;
    }
  }
  const cluster = Int32Array.from(rows, (_, k) => k);
  return {
    cluster,
    x: Float64Array.from(x),
    y: Float64Array.from(y),
    rows: Float64Array.from(rows),
  };
}
