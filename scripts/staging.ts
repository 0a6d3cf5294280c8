import { dirname, join, resolve } from "@std/path";
import { filesUnder, ROOT } from "./sources.ts";

/** These packages serve tests and tasks only; `deno compile` would embed all that the lock file names. */
const TEST_ONLY = ["@duckdb/", "assemblyscript", "binaryen", "long@", "typescript"];
/** Native code that speeds msgpackr up, which does without. */
const DISPENSABLE = ["@msgpackr-extract/", "msgpackr-extract", "node-gyp-build", "detect-libc"];

/** What the program is made of, beside deno.json and deno.lock. */
export const ENTRY = "main.ts";
const FOLDERS = ["mod", "workers", "views", "web"];

/**
 * When every embedded file was last changed, as far as `deno compile` is told, which writes that down too;
 * the same sources make the same bytes.
 */
const CHANGED = new Date("2025-01-01T00:00:00Z");

/** The program's own files, by path from the project's folder. */
export async function programFiles(): Promise<string[]> {
  return [ENTRY, ...(await Promise.all(FOLDERS.map(filesUnder))).flat()];
}

/** Copies the program's files into a folder, with a configuration and a lock file that name nothing else. */
export async function stage(folder: string): Promise<void> {
  for (const path of await programFiles()) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.copyFile(join(ROOT, path), join(folder, path));
  }
  const { tasks: _tasks, workspace: _members, ...configuration } = await readJson("deno.json");
  await writeJson(join(folder, "deno.json"), {
    ...configuration,
    imports: without(configuration.imports as Record<string, unknown>, (name) => name),
  });
  const lock = await readJson("deno.lock");
  const { dependencies } = lock.workspace as { dependencies: string[] };
  const requirement = (name: string) => name.replace(/^npm:/, "");
  await writeJson(join(folder, "deno.lock"), {
    ...lock,
    specifiers: without(lock.specifiers as Record<string, unknown>, requirement),
    npm: withoutDispensable(without(lock.npm as Record<string, unknown>, requirement)),
    workspace: {
      dependencies: dependencies.filter((name) => !isTestOnly(requirement(name))),
    },
  });
}

/** Leaves of the configuration what formulas import by name: `deno compile` would embed each package that it names. */
export async function forgetPackages(folder: string): Promise<void> {
  const { imports, ...configuration } = await readJson(join(folder, "deno.json"));
  const own = Object.entries(imports as object).filter(([name]) => name.startsWith("measuring/"));
  await writeJson(join(folder, "deno.json"), {
    ...configuration,
    imports: Object.fromEntries(own),
  });
  await Deno.remove(join(folder, "deno.lock"));
}

/** Gives the files of a folder, and of those in it, the time that all embedded files have. */
export async function levelTimes(folder: string): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await levelTimes(path);
    else if (isFile) await Deno.utime(path, CHANGED, CHANGED);
  }
}

function without(
  entries: Record<string, unknown>,
  nameOf: (key: string) => string,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entries).filter(([key]) => !isTestOnly(nameOf(key))),
  );
}

function withoutDispensable(packages: Record<string, unknown>): Record<string, unknown> {
  const needed = Object.entries(packages).filter(([key]) =>
    !DISPENSABLE.some((start) => key.startsWith(start))
  );
  return Object.fromEntries(needed.map(([key, entry]) => {
    const { optionalDependencies: _, ...rest } = entry as Record<string, unknown>;
    return [key, key.startsWith("msgpackr@") ? rest : entry];
  }));
}

export function isTestOnly(name: string): boolean {
  return TEST_ONLY.some((start) => name.startsWith(start));
}

async function readJson(name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(resolve(ROOT, name)));
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
