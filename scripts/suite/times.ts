/** How long test files took the last time, so that the longest can begin first. */
import { dirname, join } from "@std/path";
import { ROOT } from "../sources.ts";
import type { FileResult } from "./file_run.ts";
import type { SuiteName } from "./options.ts";

type Times = Record<string, number>;

const placeOf = (suite: SuiteName) => join(ROOT, "dist", `times-${suite}.json`);

/** Files in the order in which they are to begin: the longest first, those that nobody knows before them. */
export async function longestFirst(suite: SuiteName, files: readonly string[]): Promise<string[]> {
  const times = await readTimes(suite);
  const of = (file: string) => times[file] ?? Infinity;
  return files.toSorted((a, b) => of(b) === of(a) ? 0 : of(b) - of(a));
}

/** Keeps the times of files that have run whole. */
export async function keepTimes(suite: SuiteName, results: readonly FileResult[]): Promise<void> {
  const times = await readTimes(suite);
  for (const { file, seconds } of results) times[file] = Math.round(seconds * 10) / 10;
  await Deno.mkdir(dirname(placeOf(suite)), { recursive: true });
  await Deno.writeTextFile(placeOf(suite), JSON.stringify(times));
}

async function readTimes(suite: SuiteName): Promise<Times> {
  try {
    return JSON.parse(await Deno.readTextFile(placeOf(suite)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return {};
    throw error;
  }
}
