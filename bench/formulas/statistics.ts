// Mean, deviation and extremes of the column u.

import { groupBy } from "measuring/groups";

export const { chunk, combine, aggregate } = groupBy([])
  .mean("u", "mean")
  .std("u", "std")
  .min("u", "min")
  .max("u", "max");
