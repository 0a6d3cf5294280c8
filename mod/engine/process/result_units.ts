import type { Dataset } from "../../dataset/dataset.ts";
import { type BoundJoin, sourceOf } from "../../dataset/joins/bind.ts";
import { unitsOfColumns } from "../../dataset/units.ts";
import type { ChosenTraits } from "../../formula/traits.ts";
import type { ResultUnits } from "../../job/request.ts";

/**
 * Units of a result's columns: those that the formula says, and of columns that it keeps those of the data.
 *
 * @throws ServiceError when a file's metadata can't be read
 */
export function resultUnits(
  { units, keep, mapped }: Pick<ChosenTraits, "units" | "keep" | "mapped">,
  dataset: Dataset,
  joins: readonly BoundJoin[],
): ResultUnits {
  const columns = new Map(units);
  const conflicts: string[] = [];
  const sources = new Map<Dataset, [name: string, of: string][]>();
  // What is grouped is no longer what was kept.
  const kept = mapped ? [] : keep;
  for (const name of kept.filter((name) => !columns.has(name))) {
    const { dataset: of, name: own } = sourceOf(dataset, joins, name);
    sources.set(of, [...sources.get(of) ?? [], [name, own]]);
  }
  for (const [source, names] of sources) {
    const found = unitsOfColumns(source, names.map(([, own]) => own));
    for (const [name, own] of names) {
      const { unit = null, conflict } = found.get(own) ?? {};
      if (unit !== null) columns.set(name, unit);
      if (conflict !== undefined) conflicts.push(conflict);
    }
  }
  return { columns: [...columns], conflicts };
}
