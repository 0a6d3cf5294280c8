/** How a formula was run: which of its exports drove it. */
export type JobKind = "map" | "reduction" | "main";

/** A way to run a formula. */
interface Kind {
  /** The export that drives it, and one that it can't do without. */
  driver: string;
  needs: string | null;
  /** Others that it may have. */
  may: readonly string[];
  /** What partitions come to by themselves: rows, values that are merged, or nothing, as they are done as a whole. */
  parts: "rows" | "values" | null;
}

/** The ways to run a formula. */
export const KINDS = {
  map: { driver: "map", needs: null, may: [], parts: "rows" },
  reduction: { driver: "chunk", needs: "combine", may: ["aggregate"], parts: "values" },
  main: { driver: "main", needs: null, may: [], parts: null },
} as const satisfies Record<JobKind, Kind>;

export const JOB_KINDS = Object.keys(KINDS) as JobKind[];

/** What the partitions of a job come to by themselves. */
export function partsOf(kind: JobKind): Kind["parts"] {
  return KINDS[kind].parts;
}
