// Mean and rows of each part.

import { groupBy } from "measuring/groups";

export const { chunk, combine, aggregate } = groupBy("part").mean("u").count();
