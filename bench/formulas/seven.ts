// Seven figures of each unit.

import { groupBy } from "measuring/groups";

export const { chunk, combine, aggregate } = groupBy("unit")
  .mean("u")
  .std("u")
  .min("u")
  .max("u")
  .mean("i")
  .std("i")
  .count();
