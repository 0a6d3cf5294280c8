// Mean and peak of each shift of eight hours, as the clocks of the plant have it: at 6, 14 and 22 o'clock all year, so
// that a night in which summer time begins or ends is an hour shorter or longer. Shifts without data have their row.
//
//   columns  time, u
//   result   shift (its start), mean, peak, rows, one row for each shift, in order

import { resample } from "measuring/groups";

export const { chunk, combine, aggregate } = resample("time", "8h", {
  name: "shift",
  zone: "Europe/Berlin",
  origin: "06:00",
  empty: "keep",
}).mean("u", "mean").max("u", "peak").count(null, "rows");
