// Linear regression y = slope · x + intercept by least squares, in one pass over two columns.
//
//   columns  params.x and params.y, or u and i
//   result   an object: rows, slope, intercept, r2
//
// Means and co-moments are merged as in Chan, Golub, LeVeque (1979), so that large offsets cost no digits.

import type { Chunk, Context } from "measuring/types";

interface Moments {
  rows: number;
  x: number;
  y: number;
  xx: number;
  xy: number;
  yy: number;
}

export function chunk(
  columns: Chunk,
  { params }: Context<{ x?: string; y?: string } | null>,
): Moments {
  const xs = columns[params?.x ?? "u"], ys = columns[params?.y ?? "i"];
  let rows = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  for (let row = 0; row < xs.length; row++) {
    if (Number.isNaN(xs[row]) || Number.isNaN(ys[row])) continue;
    rows++;
    const dx = xs[row] - x, dy = ys[row] - y;
    x += dx / rows;
    y += dy / rows;
    xx += dx * (xs[row] - x);
    xy += dx * (ys[row] - y);
    yy += dy * (ys[row] - y);
  }
  return { rows, x, y, xx, xy, yy };
}

export function combine(a: Moments, b: Moments): Moments {
  const rows = a.rows + b.rows;
  if (rows === 0) return a;
  const dx = b.x - a.x, dy = b.y - a.y;
  const share = b.rows / rows, weight = a.rows * share;
  return {
    rows,
    x: a.x + dx * share,
    y: a.y + dy * share,
    xx: a.xx + b.xx + dx * dx * weight,
    xy: a.xy + b.xy + dx * dy * weight,
    yy: a.yy + b.yy + dy * dy * weight,
  };
}

export function aggregate({ rows, x, y, xx, xy, yy }: Moments) {
  const slope = xy / xx;
  return { rows, slope, intercept: y - slope * x, r2: xy * xy / (xx * yy) };
}
