import { join } from "@std/path";
import { ServiceError } from "../errors.ts";
import type { ComputedPart } from "../job.ts";
import {
  assertRoom,
  partialPath,
  partName,
  type ResultPlace,
  type SavedResult,
} from "../loader.ts";
import { openParquet } from "../parquet/dataset.ts";
import type { Column } from "../parquet/schema.ts";
import { pathOfPart } from "./partial.ts";

/**
 * Makes a folder of files that other engines have written, which keep their own names beside it until the job has
 * ended; nothing is copied.
 *
 * @throws ServiceError when a part is missing or its columns are others than the first one's, `TOO_LARGE`
 */
export async function gatherParts(
  parts: ComputedPart[],
  place: ResultPlace,
  ends: AbortSignal,
): Promise<SavedResult> {
  const folder = partialPath(place);
  Deno.mkdirSync(folder);
  let first: Column[] | null = null;
  for (const [index, part] of parts.entries()) {
    const path = pathOfPart(part, place);
    const { columns } = openParquet(path);
    assertAlike(first ??= columns, columns);
    Deno.linkSync(path, join(folder, partName(index)));
    // What has come meanwhile, such as a stop, is looked at.
    await new Promise((resolve) => setTimeout(resolve));
    ends.throwIfAborted();
  }
  using handle = Deno.openSync(folder);
  await handle.sync();
  const bytes = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  assertRoom(place, bytes);
  return { file: `${place.stem}/`, rows: parts.reduce((sum, { rows }) => sum + rows, 0), bytes };
}

/** Files of a folder are read as one table. @throws ServiceError `FORMULA_FAILED` */
function assertAlike(first: Column[], columns: Column[]): void {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  for (const { name, type } of first) {
    const own = types.get(name);
    if (own === type) continue;
    const how = own === undefined
      ? `column "${name}" is missing in a later partition`
      : `column "${name}" is ${type} in one partition and ${own} in another`;
    throw new ServiceError(
      "FORMULA_FAILED",
      `${how}; a formula must return the same columns for every partition, and for a folder of files columns of nulls must be typed, too`,
    );
  }
  if (columns.length === first.length) return;
  const strange = columns.find(({ name }) => !first.some((one) => one.name === name))!;
  throw new ServiceError(
    "FORMULA_FAILED",
    `column "${strange.name}" is in a later partition and not in the first; a formula must return the same columns for every partition`,
  );
}
