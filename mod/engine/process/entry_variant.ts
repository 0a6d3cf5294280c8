import type { Dataset } from "../../dataset/dataset.ts";

/**
 * What a formula's entry is imported as, so that a loop over a column that `params` names is compiled for that kind of
 * array: one that has met several kinds asks at each access which one it has.
 *
 * @returns A query for the URL; empty where the parameters name no column.
 */
export function entryVariant(params: unknown, { files }: Dataset): string {
  const kinds = new Map(files[0]?.columns.map(({ name, kind }) => [name, kind]));
  const named = textsOf(params).map((text) => kinds.get(text)).filter((kind) => kind !== undefined);
  return named.length === 0 ? "" : `?${[...new Set(named)].sort().join("+")}`;
}

/** Texts among the parameters, and in lists among them. */
function textsOf(params: unknown): string[] {
  if (typeof params !== "object" || params === null) return [];
  return Object.values(params).flat().filter((value) => typeof value === "string");
}
