import type { JobKind } from "../../../job/kinds.ts";
import type { ComputedKind } from "./kind.ts";
import { main } from "./main.ts";
import { map } from "./map.ts";
import { reduction } from "./reduction.ts";

/** How formulas are computed, by their kinds. */
export const COMPUTED_KINDS: Record<JobKind, ComputedKind> = { main, map, reduction };
