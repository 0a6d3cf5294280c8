// Mean and rows of each number.

import { groupBy } from "measuring/groups";

export const { chunk, combine, aggregate } = groupBy("n").mean("u").count();
