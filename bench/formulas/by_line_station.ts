// Mean and rows of each station of each line.

import { groupBy } from "measuring/groups";

export const { chunk, combine, aggregate } = groupBy(["line", "station"]).mean("u").count();
