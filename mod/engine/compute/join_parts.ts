import { checkedGroups } from "../../formula/checked_row_groups.ts";
import type { ComputedPart } from "../../job/request.ts";
import type { Loader } from "../../loader.ts";
import type { ResultPlace, SavedResult } from "../../result/place.ts";
import { readGroups } from "../../parquet/write/groups_file.ts";
import { pathOfPart } from "./partial.ts";
import { SameTables } from "./same_columns.ts";

/**
 * Makes one file of row groups that other engines have put down: their bytes are copied, and a footer says
 * where they lie now.
 *
 * @throws ServiceError when a part is missing or its columns are others than the first one's, and what `ends`
 * was aborted with.
 */
export async function joinParts(
  parts: ComputedPart[],
  loader: Loader,
  place: ResultPlace,
  ends: AbortSignal,
): Promise<SavedResult> {
  const table = loader.table(place);
  const same = new SameTables();
  try {
    for (const part of parts) {
      for (const group of readGroups(pathOfPart(part, place), part.checksum ?? 0)) {
        ends.throwIfAborted();
        const [checked] = checkedGroups({ groups: [group] });
        same.check([checked!], part.from ?? 0);
        table.append(checked!);
      }
      // What has come meanwhile, such as a stop, is looked at.
      await new Promise((resolve) => setTimeout(resolve));
    }
    return await table.commit();
  } catch (thrown) {
    table.abort();
    throw thrown;
  }
}
