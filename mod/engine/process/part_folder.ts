import { join } from "@std/path";
import type { ComputedPart } from "../../job/request.ts";
import { assertFits } from "../../result/errors.ts";
import { partialPath, partName, type ResultPlace, type SavedResult } from "../../result/place.ts";
import { withClientErrors } from "../../dataset/client_errors.ts";
import { openParquet } from "../../parquet/read/parquet_file.ts";
import { pathOfPart } from "../compute/partial.ts";
import { SameColumns } from "../compute/same_columns.ts";

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
  const same = new SameColumns(
    ", and for a folder of files columns of nulls must be typed, too",
  );
  for (const [index, part] of parts.entries()) {
    const path = pathOfPart(part, place);
    const { columns } = withClientErrors(() => openParquet(path));
    same.check(columns, part.from ?? index);
    Deno.linkSync(path, join(folder, partName(index)));
    // What has come meanwhile, such as a stop, is looked at.
    await new Promise((resolve) => setTimeout(resolve));
    ends.throwIfAborted();
  }
  using handle = Deno.openSync(folder);
  await handle.sync();
  const bytes = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  assertFits(place, bytes);
  return { file: `${place.stem}/`, rows: parts.reduce((sum, { rows }) => sum + rows, 0), bytes };
}
