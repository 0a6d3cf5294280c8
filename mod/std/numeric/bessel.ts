/**
 * Modified Bessel function of the first kind and order 0, for `x ≥ 0`: `Σ ((x/2)^k / k!)²`, all
 * terms of which are positive.
 *
 * Source: Abramowitz, Stegun, "Handbook of mathematical functions" (1964), formula 9.6.12.
 */
export function besselI0(x: number): number {
  const quarter = x * x / 4;
  let sum = 1, term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
