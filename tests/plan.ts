/**
 * What the suite's runner has to know of the test files: which run alone, and how much each of those does
 * whose amount can be chosen. Paths are from this folder.
 */

/** They measure memory or load, or need all cores: nothing else runs beside them. */
export const ALONE: readonly string[] = [
  "engine/memory_test.ts",
  "jobs/load_test.ts",
  "wire/flood_test.ts",
];

/** How much of something a test does. */
export interface Amount {
  /** The file that does it. */
  file: string;
  /** What is counted. */
  unit: string;
  /** In the short suite; 0 where it has no share there. */
  short: number;
  /** In the long suite. */
  long: number;
}

/** Amounts by name, as `--amount NAME=NUMBER` gives them. */
export const AMOUNTS = {
  "cluster-faults": {
    file: "cluster/faults_test.ts",
    unit: "faults at random moments, for each way of running",
    short: 6,
    long: 44,
  },
} as const satisfies Record<string, Amount>;

/** Name of an amount. */
export type AmountName = keyof typeof AMOUNTS;
