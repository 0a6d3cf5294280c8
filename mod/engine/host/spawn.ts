import { fromFileUrl } from "@std/path";
import { programFile } from "../../common/program_file.ts";
import { SOURCES_FLAGS } from "./v8_flags.ts";

const PROGRAM = programFile("main.ts");
const SOURCES = programFile("./");
const CONFIGURATION = programFile("deno.json");

const TUNABLES = "GLIBC_TUNABLES";
/**
 * Has the C library copy memory in loops of its own. The processor's `rep movsb`, which it would take from 2 KiB
 * on, is up to twenty times as slow on some (AMD Zen 3 and 4) where the target lies up to 63 bytes further in
 * its page of memory than the source does (glibc bug 30994; glibc manual, "Hardware Capability Tunables").
 */
const COPY_IN_LOOPS = "glibc.cpu.x86_rep_movsb_threshold=0x40000000";
/** Has all threads allocate from one place: what one of them has freed serves the others. */
const ONE_ARENA = "glibc.malloc.arena_max=1";
const OWN_TUNABLES = `${COPY_IN_LOOPS}:${ONE_ARENA}`;

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
    env: { [TUNABLES]: tunables() },
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

/** What the C library is told, beside what it has been told already. */
function tunables(): string {
  const { state } = Deno.permissions.querySync({ name: "env", variable: TUNABLES });
  const given = state === "granted" ? Deno.env.get(TUNABLES) : undefined;
  return given ? `${OWN_TUNABLES}:${given}` : OWN_TUNABLES;
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
    `--v8-flags=${SOURCES_FLAGS}`,
    `--config=${fromFileUrl(CONFIGURATION)}`,
    `--allow-read=${writable},${listed([fromFileUrl(SOURCES)])}`,
    `--allow-write=${writable}`,
    ...(hosts.length ? [`--allow-net=${hosts.join(",")}`] : []),
  ];
}

function listed(paths: string[]): string {
  return paths.map((path) => path.replaceAll(",", ",,")).join(",");
}
