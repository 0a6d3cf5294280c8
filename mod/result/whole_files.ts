/** Results that are written at once. */
import { removeIfThere } from "../common/remove_if_there.ts";
import { assertUnmoved } from "./directory.ts";
import { assertFits, outputError } from "./errors.ts";
import { writeNew } from "./files.ts";
import { partialPath, type ResultPlace, type SavedResult } from "./place.ts";
import { publish } from "./publish.ts";

/**
 * Puts bytes down under a hidden name that they keep; they are not brought to the disk.
 *
 * @throws ServiceError `TOO_LARGE`, `OUTPUT_FAILED`
 */
export function savePart(place: ResultPlace & { part: string }, bytes: Uint8Array): void {
  assertFits(place, bytes.length);
  assertUnmoved(place);
  try {
    writeNew(partialPath(place), bytes).close();
  } catch (thrown) {
    throw givenUp(place, thrown);
  }
}

/**
 * Saves a result that is not columns: one line of JSON.
 *
 * @throws ServiceError `TOO_LARGE`, `OUTPUT_FAILED`; what the place's permit throws.
 */
export async function saveText(place: ResultPlace, json: string): Promise<SavedResult> {
  const bytes = new TextEncoder().encode(`${json}\n`);
  place.columnsKnown?.([]);
  assertFits(place, bytes.length);
  assertUnmoved(place);
  try {
    using held = writeNew(partialPath(place), bytes);
    const saved: SavedResult = { file: `${place.stem}.txt`, bytes: bytes.length, rows: 0 };
    await publish(place, saved, () => held.sync());
    return saved;
  } catch (thrown) {
    throw givenUp(place, thrown);
  }
}

/** Removes what was written; gives the error that says why. */
function givenUp(place: ResultPlace, thrown: unknown): Error {
  removeIfThere(partialPath(place));
  return outputError(thrown, place.directory);
}
