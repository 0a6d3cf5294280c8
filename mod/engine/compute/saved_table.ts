import type { SavedResult } from "../../result/place.ts";
import { type JoinedRowGroup, memoryOf } from "../../parquet/write/join_row_groups.ts";
import type { GiveBack } from "../workers/worker.ts";
import type { RunningWork } from "./running_work.ts";

/** Takes a row group of a result, in its order. */
export type Append = (group: JoinedRowGroup) => void;

/** Saves a result that is columns. Where that fails nothing is left of it. */
export async function saveTable(
  work: RunningWork,
  fill: (append: Append) => void | Promise<void>,
): Promise<SavedResult> {
  const table = work.loader.table(work.place);
  try {
    await fill((group) => table.append(group));
    work.assertUnchanged();
    return await table.commit();
  } catch (thrown) {
    table.abort();
    throw thrown;
  }
}

/** Row groups that wait to be written, and whose memory they are. */
export class OwnedGroups {
  readonly #owners = new Map<ArrayBuffer, GiveBack>();

  /** Notes who gave the memory of row groups. */
  own(groups: JoinedRowGroup[], giveBack: GiveBack): void {
    for (const buffer of memoryOf(groups)) this.#owners.set(buffer, giveBack);
  }

  /** Writes row groups; their memory goes back to who gave it. */
  write(groups: JoinedRowGroup[], append: Append): void {
    for (const group of groups) {
      append(group);
      for (const buffer of memoryOf([group])) {
        const giveBack = this.#owners.get(buffer);
        if (giveBack) giveBack([buffer]);
        else buffer.transfer(0); // V8 would let go of it when it finds the time
        this.#owners.delete(buffer);
      }
    }
  }
}
