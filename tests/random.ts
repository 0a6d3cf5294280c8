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

/** The seed of all fuzzers: `FUZZ_SEED`, a whole number, gives other cases. */
export const FUZZ_SEED = Number(Deno.env.get("FUZZ_SEED") ?? 27700);

/** The numbers of one case of a fuzzer, so that it can be repeated alone. */
export function fuzzRandom(index: number): Random {
  return randomFrom(Math.imul(FUZZ_SEED, 0x85ebca6b) + Math.imul(index, 0x9e3779b1));
}
