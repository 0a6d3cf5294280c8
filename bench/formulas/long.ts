// A row for each sensor of each row.

import type { Chunk } from "measuring/types";

const SENSORS = Array.from({ length: 12 }, (_, c) => `c${c}`);

export function map(columns: Chunk) {
  const columnsOf = SENSORS.map((name) => columns[name]!);
  const rows = columnsOf[0]!.length, count = SENSORS.length;
  const number = new Int32Array(rows * count), value = new Float64Array(rows * count);
  const sensor = new Array<string>(rows * count);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let c = 0; c < count; c++, at++) {
      number[at] = c;
      sensor[at] = SENSORS[c]!;
      value[at] = columnsOf[c]![row]!;
    }
  }
  return { number, sensor, value };
}
