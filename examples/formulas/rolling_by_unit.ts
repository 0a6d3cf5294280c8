// Mean of the last ten values of the same unit at each row, and the change since the unit's previous value: windows
// that see no other unit's rows. A function of one's own gets the rows of each unit, whole and in order.
//
//   columns  time, unit, u
//   result   unit, time, u, mean, change, one row for each row of the data, unit by unit
//
// The rows of all units are held until the last one is read: 16 Mi numbers of them at most. To let more be held, write
// groupBy("unit", { mostValues: 100_000_000 }).

import { movingMean } from "measuring/filters";
import { groupBy } from "measuring/groups";

export const { chunk, combine, aggregate } = groupBy("unit")
  .apply(["time", "u"], ({ time, u }) => {
    const change = u.map((value, row) => row === 0 ? NaN : value - u[row - 1]);
    return { time, u, mean: movingMean(u, 10), change };
  });
