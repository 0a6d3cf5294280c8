import { SEED } from "./suite_options.ts";

/** A whole number from 0 to below a bound. */
export type Random = (below: number) => number;

/** Small repeatable numbers (mulberry32). */
export function randomFrom(seed: number): Random {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** The numbers of one case of a fuzzer, so that it can be repeated alone; they come from the seed of the suite. */
export function fuzzRandom(index: number): Random {
  return randomFrom(Math.imul(SEED, 0x85ebca6b) + Math.imul(index, 0x9e3779b1));
}

/** One of a list. */
export function oneOf<T>(random: Random, list: readonly T[]): T {
  return list[random(list.length)]!;
}
