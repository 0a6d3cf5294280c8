// Mean and number of rows of each unit: a group-by, merged from the parts of the file.
//
//   columns  unit (text), u
//   result   unit, rows, mean, one row for each unit, sorted by name

import type { Chunk } from "measuring/types";

type Groups = Map<string, { rows: number; sum: number }>;

export function chunk({ unit, u }: Chunk<{ unit: (string | null)[]; u: Float64Array }>): Groups {
  const groups: Groups = new Map();
  for (let row = 0; row < u.length; row++) {
    const name = unit[row] ?? "(none)";
    const group = groups.get(name);
    if (group) {
      group.rows++;
      group.sum += u[row];
    } else {
      groups.set(name, { rows: 1, sum: u[row] });
    }
  }
  return groups;
}

export function combine(a: Groups, b: Groups): Groups {
  for (const [name, { rows, sum }] of b) {
    const group = a.get(name) ?? { rows: 0, sum: 0 };
    a.set(name, { rows: group.rows + rows, sum: group.sum + sum });
  }
  return a;
}

export function aggregate(groups: Groups) {
  const names = [...groups.keys()].sort();
  const found = names.map((name) => groups.get(name)!);
  return {
    unit: names,
    rows: Int32Array.from(found, ({ rows }) => rows),
    mean: Float64Array.from(found, ({ rows, sum }) => sum / rows),
  };
}
