// Means of each batch. When a batch began on which unit is a table of its own, which the request names:
//
//   {"Inputs": {"batches": "batches.parquet"}}
//
//   columns  time, unit (text), u
//   batches  time (sorted), unit (text), batch
//   result   batches.batch, mean_u, count: rows belong to the last batch that began on their unit, not longer ago
//            than five seconds; those of none are the last group

import { groupBy } from "measuring/groups";

/** The table is read along with the data, and needs not fit into memory. */
export const inputs = {
  batches: { on: "time", match: "backward", tolerance: "5s", by: "unit" },
};

export const { chunk, combine, aggregate } = groupBy("batches.batch").mean("u").count();
