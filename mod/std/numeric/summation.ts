import { sumOf } from "../../kernel/sum_kernel.ts";
import type { Numbers } from "./numbers.ts";

/** What is there to be summed, and its sum. */
export interface Total {
  /** Values that are not NaN. */
  count: number;
  sum: number;
}

/**
 * Sum of the values that are there, with the rounding errors of all additions added at the end, so
 * that it is right to about the last bit however many there are.
 *
 * Source: Ogita, Rump, Oishi, "Accurate sum and dot product" (2005), algorithm Sum2.
 */
export function total(values: Numbers): Total {
  const { count, sum, lost } = sumOf(values);
  return { count, sum: compensated(sum, lost) };
}

/** A sum and what was lost in it; an infinite one has lost nothing that can be told. */
export function compensated(sum: number, lost: number): number {
  return Number.isFinite(sum) ? sum + lost : sum;
}
