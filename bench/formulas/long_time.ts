// A row for each sensor of each row, beside its time.

import type { Chunk, RawTimes } from "measuring/types";

const SENSORS = Array.from({ length: 12 }, (_, c) => `c${c}`);

export function map(columns: Chunk) {
  const columnsOf = SENSORS.map((name) => columns[name]!);
  const raw = columns.raw<RawTimes>("time"), times = raw.values as BigInt64Array;
  const rows = times.length, count = SENSORS.length;
  const values = new BigInt64Array(rows * count), value = new Float64Array(rows * count);
  const sensor = new Array<string>(rows * count);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let c = 0; c < count; c++, at++) {
      values[at] = times[row]!;
      sensor[at] = SENSORS[c]!;
      value[at] = columnsOf[c]![row]!;
    }
  }
  return { time: { ...raw, values }, sensor, value };
}
