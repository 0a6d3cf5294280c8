/**
 * What `a·b` lost when it was rounded to `product`; 0 where that can't be told, near the end of the
 * range.
 *
 * Source: Dekker, "A floating-point technique for extending the available precision" (1971).
 */
export function lostInProduct(a: number, b: number, product: number): number {
  const x = SPLITTER * a, high = x - (x - a), low = a - high;
  const y = SPLITTER * b, top = y - (y - b), rest = b - top;
  const lost = low * rest - (((product - high * top) - low * top) - high * rest);
  return lost === lost ? lost : 0;
}

/** 2²⁷ + 1: cuts a double into two halves. */
const SPLITTER = 134_217_729;
