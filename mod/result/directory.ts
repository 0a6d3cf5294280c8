/** Checks that the folder of a result is still the one that was found under a root. */
import { ServiceError } from "../common/errors.ts";
import { outputError } from "./errors.ts";
import type { PartialPlace } from "./place.ts";

/**
 * Makes a folder the working directory of this process. Files that are created, renamed and removed by name then lie in
 * it, even if somebody moves it and puts a link in its place.
 *
 * @param directory Its real path when it was found under a root.
 * @throws ServiceError `OUTPUT_FAILED` when the path leads elsewhere now.
 */
export function enterDirectory(directory: string): void {
  try {
    Deno.chdir(directory);
  } catch (thrown) {
    throw outputError(thrown, directory);
  }
  assertUnmoved({ directory, entered: true });
}

/** @throws ServiceError `OUTPUT_FAILED` when a folder was moved or a link has replaced it. */
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

/** Whether a folder is where it was; one that has taken its name since has no files of the job. */
export function isUnmoved(place: PartialPlace): boolean {
  try {
    assertUnmoved(place);
    return true;
  } catch {
    return false;
  }
}
