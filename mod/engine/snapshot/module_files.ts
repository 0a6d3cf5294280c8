/** Files of a snapshot: what they are by their names, how URLs and errors name them, how they are written. */
import { dirname } from "@std/path";
import { ServiceError } from "../../common/errors.ts";

/** Endings of modules, and those of their copies. */
export const ENDINGS: ReadonlyMap<string, string> = new Map([
  [".js", ".js"],
  [".mjs", ".mjs"],
  [".ts", ".js"],
  [".mts", ".mjs"],
]);

/** The ending of a path's last name, with its dot; empty where it has none. */
export function endingOf(path: string): string {
  return /\.[^./]*$/.exec(path)?.[0] ?? "";
}

/** Whether a file of a snapshot is run where it is imported. */
export function isCode(path: string): boolean {
  return /\.m?js$/.test(path);
}

/** URL of a path. */
export function toFileUrl(path: string): string {
  return `file://${encoded(path)}`;
}

/** A path as it stands in a URL, and in quotes of either kind. */
export function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/").replaceAll("'", "%27");
}

/**
 * Writes a file of a snapshot, and the folders it lies in.
 *
 * @param into Folder of the snapshot, for the error.
 * @throws ServiceError `INTERNAL` when it can't be written.
 */
export async function writeCopy(target: string, bytes: Uint8Array, into: string): Promise<void> {
  try {
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeFile(target, bytes);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ServiceError(
      "INTERNAL",
      `the formula can't be copied to ${into} (${why}); make room there or set TMPDIR to another folder`,
    );
  }
}

/** Line and column of a place in a text, both from 1, as errors name them. */
export function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${before.at(-1)!.length + 1}`;
}

/** A formula that can't be run as it is. */
export function invalid(message: string, position = {}): ServiceError {
  return new ServiceError("FORMULA_INVALID", message, position);
}
