// Mean of each unit.

import { groupBy } from "measuring/groups";

export const { chunk, combine, aggregate } = groupBy("unit").mean("u");
