// Mean of each unit: a group-by, merged from the parts of the file. Missing values are left out.
//
//   columns  unit (text), u
//   result   unit, rows, mean, one row for each unit, sorted by name

import type { Chunk } from "measuring/types";

type Groups = Map<string, { rows: number; sum: number }>;

export function chunk(columns: Chunk<{ u: Float64Array }>): Groups {
  // Text as integers: dictionary[codes[row]] is the unit of a row. Counting by integers is quick.
  const { codes, dictionary } = columns.codes("unit");
  const { u } = columns;
  const rows = new Float64Array(dictionary.length);
  const sums = new Float64Array(dictionary.length);
  for (let row = 0; row < u.length; row++) {
    if (Number.isNaN(u[row])) continue;
    rows[codes[row]]++;
    sums[codes[row]] += u[row];
  }
  return new Map(
    dictionary.map((unit, code) => [unit ?? "(none)", { rows: rows[code], sum: sums[code] }]),
  );
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
