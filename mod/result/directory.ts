/** The folder of a result: it has to be the one that was found under a root, whatever its path leads to by now. */
import { ServiceError } from "../common/errors.ts";
import { outputError } from "./errors.ts";
import type { PartialPlace } from "./place.ts";

/**
 * Makes a folder the one that this process works in: what is created, renamed and removed by name from now on
 * lies in it, also when its path has been made to lead elsewhere.
 *
 * @param directory Its real path, as it was when it was found under a root.
 * @throws ServiceError `OUTPUT_FAILED` when the path leads elsewhere by now.
 */
export function enterDirectory(directory: string): void {
  try {
    Deno.chdir(directory);
  } catch (thrown) {
    throw outputError(thrown, directory);
  }
  assertUnmoved({ directory, entered: true });
}

/** @throws ServiceError `OUTPUT_FAILED` when a folder is not where it was, or a link stands in its place. */
export function assertUnmoved(
  { directory, entered }: Pick<PartialPlace, "directory" | "entered">,
): void {
  try {
    const now = entered ? Deno.cwd() : Deno.realPathSync(directory);
    if (now === directory) return;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw outputError(thrown, directory);
  }
  throw new ServiceError(
    "OUTPUT_FAILED",
    `the folder ${directory} was moved, removed or replaced while the job ran; send the job again when it stays`,
  );
}

/** Whether a folder is where it was: in another that has its name by now there is nothing of a job. */
export function isUnmoved(place: PartialPlace): boolean {
  try {
    assertUnmoved(place);
    return true;
  } catch {
    return false;
  }
}
