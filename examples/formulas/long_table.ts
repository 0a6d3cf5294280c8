// A row for each measured value, beside its time and the name of its column: wide tables made long.
//
//   columns  time, u, i, f
//   result   time, sensor (text), value, three rows for each row

import { unpivot } from "measuring/tables";

export const map = unpivot({ columns: ["u", "i", "f"], keep: ["time"], name: "sensor" });
