import { fromFileUrl } from "@std/path";

const PROGRAM = new URL("../../main.ts", import.meta.url);
const SOURCES = new URL("../../", import.meta.url);
const CONFIGURATION = new URL("../../deno.json", import.meta.url);

/**
 * JavaScript heap of an isolate at most, in MiB: a formula that fills it ends its engine. A compiled
 * program has its V8 flags built in, so this holds for both ways of running.
 */
export const HEAP_FLAG = "--max-old-space-size=2048";

/**
 * Starts this program once more, as an engine. A compiled program carries its own permissions and
 * the engine gives up what it doesn't need; under `deno run` it is started with no more than it needs:
 * to read and write below the roots and in its own folder, to read the sources for its workers, and
 * to reach the HTTP servers that jobs may read from.
 *
 * @param hosts `HOST:PORT` of these servers.
 */
export function spawnEngine(
  folder: string,
  roots: readonly string[],
  hosts: readonly string[],
): Deno.ChildProcess {
  const args = Deno.build.standalone ? ["engine", folder, ...hosts] : [
    "run",
    ...permissions(folder, roots, hosts),
    fromFileUrl(PROGRAM),
    "engine",
    folder,
    ...hosts,
  ];
  return new Deno.Command(Deno.execPath(), {
    args,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

function permissions(
  folder: string,
  roots: readonly string[],
  hosts: readonly string[],
): string[] {
  const writable = listed([folder, ...roots]);
  return [
    "--quiet",
    "--no-prompt",
    "--cached-only",
    `--v8-flags=${HEAP_FLAG}`,
    `--config=${fromFileUrl(CONFIGURATION)}`,
    `--allow-read=${writable},${listed([fromFileUrl(SOURCES)])}`,
    `--allow-write=${writable}`,
    ...(hosts.length ? [`--allow-net=${hosts.join(",")}`] : []),
  ];
}

function listed(paths: string[]): string {
  return paths.map((path) => path.replaceAll(",", ",,")).join(",");
}
