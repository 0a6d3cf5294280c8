import { format } from "@std/fmt/bytes";
import { dirname, join, relative } from "@std/path";
import { findDenort } from "./denort.ts";
import { filesBelow, ROOT, STARTED } from "./sources.ts";
import { embeddedPackages } from "./packages.ts";
import { ENTRY, levelTimes, programFiles, stage } from "./staging.ts";

/** The compiled program. */
export const BINARY: string = join(ROOT, "dist", "tcp_server");

/** What was compiled into {@linkcode BINARY}: a digest of its sources. */
const STAMP = `${BINARY}.sources`;

/** Started for every job: as one file it starts in two thirds of the time that its hundred modules take. */
const FORMULA_WORKER = "workers/formula.ts";

/** What of packages is never loaded; embedded, it would be in the memory of every process of the program. */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  acorn: ["dist/acorn.js", "dist/bin.js"],
  amaro: ["lib"],
  bintrees: ["examples", "test"],
  bullmq: ["dist/cjs/commands", "dist/esm"],
  "deno-std": [
    ...["bytes", "crypto", "csv", "data_structures", "encoding", "expect", "front_matter", "html"],
    ...["json", "jsonc", "media_types", "msgpack", "regexp", "semver", "streams", "ulid"],
    ...["uuid", "yaml"],
    ...["http/cookie.js", "http/etag.js", "http/file_server.js", "http/mod.js", "http/status.js"],
    ...["http/server_sent_event_parse_stream.js", "http/server_sent_event_stream.js"],
    ...["http/user_agent.js", "http/_types.js"],
  ],
  luxon: ["build/amd", "build/cjs-browser", "build/es6", "build/global", "src"],
  msgpackr: [
    ...["dist/index.js", "dist/index.min.js", "dist/index-no-eval.cjs"],
    ...["dist/index-no-eval.min.js", "dist/test.js", "dist/unpack-no-eval.cjs"],
  ],
  uplot: ["dist/uPlot.cjs.js", "dist/uPlot.iife.js", "dist/uPlot.iife.min.js"],
};

/** Nor are maps to sources and declarations of types. */
const UNUSED_FILE = /\.(map|d\.[cm]?ts)$/;

/** `deno compile` takes stack by the number of files in all packages, and dies where that is too little. */
const STACK_BYTES = 2 ** 26;

/** Whether the binary is there and was compiled from the sources as they are now. */
export async function isCurrent(): Promise<boolean> {
  try {
    await Deno.stat(BINARY);
    return await Deno.readTextFile(STAMP) === await digestOfSources();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Compiles {@linkcode BINARY} and says where it is and how large.
 *
 * @throws When `deno compile` fails; it has said why by then.
 */
export async function compile(): Promise<void> {
  await Deno.mkdir(dirname(BINARY), { recursive: true });
  await Deno.remove(STAMP).catch(ignoreMissing);
  const sources = await digestOfSources();
  await compileFor(Deno.build.target, BINARY);
  await Deno.writeTextFile(STAMP, sources);
  const { size } = await Deno.stat(BINARY);
  console.log(`${relative(Deno.cwd(), BINARY)}  ${format(size, { binary: true })}`);
}

/** Most threads are young and run much code a few times: it is compiled at once, though not for speed. */
const V8_FLAGS = "--always-sparkplug";

/**
 * Puts a module and all it imports into one file, but for the library, which formulas import by name, and what
 * both share: the WebAssembly, and what is known of arrays.
 */
async function bundleStaged(folder: string, entry: string): Promise<void> {
  const bundle = join(folder, `${entry}.bundle.js`);
  await deno(folder, [
    "bundle",
    "--quiet",
    "--minify",
    "--external=measuring/*",
    "--external=#kernel",
    "--external=#marks",
    "--external=#transform",
    `--output=${bundle}`,
    entry,
  ]);
  await Deno.rename(bundle, join(folder, entry));
}

/**
 * Compiles the program for a platform. The same sources, packages and Deno make the same bytes, as long as
 * Deno's cache is in the same place.
 *
 * @throws When `deno compile` fails; it has said why by then.
 */
export async function compileFor(target: string, output: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tcp_server_compile_" });
  try {
    await stage(folder);
    await bundleStaged(folder, FORMULA_WORKER);
    await installPackages(folder);
    await levelTimes(folder);
    for (const { folder } of await embeddedPackages()) await levelTimes(folder);
    await compileStaged(folder, target, output, await findDenort(ROOT, target));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Has Deno keep all packages, so that their files have a time to be changed. */
async function installPackages(folder: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet", "--frozen"],
    cwd: folder,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`deno install failed: ${new TextDecoder().decode(stderr)}`);
}

async function compileStaged(
  folder: string,
  target: string,
  output: string,
  denort: string | undefined,
): Promise<void> {
  // The program keeps the permissions itself: an engine gives up all it doesn't need before it
  // looks at a formula, and the server's reading of /proc is granted only together with all else.
  await deno(folder, [
    "compile",
    "--quiet",
    "--no-check",
    "--no-code-cache",
    `--v8-flags=${V8_FLAGS}`,
    "--no-prompt",
    "--allow-all",
    ...STARTED.map((path) => `--include=${path}`),
    ...(await unused()).map((path) => `--exclude=${path}`),
    `--target=${target}`,
    `--output=${output}`,
    ENTRY,
  ], denort === undefined ? {} : { DENORT_BIN: denort });
}

async function unused(): Promise<string[]> {
  const found: string[] = [];
  for (const { name, folder } of await embeddedPackages()) {
    found.push(...(UNUSED[name] ?? []).map((path) => join(folder, path)));
    found.push(...(await filesBelow(folder)).filter((path) => UNUSED_FILE.test(path)));
  }
  return found;
}

async function deno(cwd: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { RUST_MIN_STACK: String(STACK_BYTES), ...env },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`deno ${args[0]} failed`);
}

/** Digest of the names and bytes of every file the binary depends on, and of the compiler's version. */
async function digestOfSources(): Promise<string> {
  const paths = [
    "deno.json",
    "deno.lock",
    "scripts/binary.ts",
    "scripts/sources.ts",
    "scripts/staging.ts",
    ...await programFiles(),
  ];
  const digests = [`${Deno.version.deno} ${Deno.build.target}`];
  for (const path of paths) {
    const bytes = await Deno.readFile(join(ROOT, path));
    digests.push(`${path} ${await sha256(bytes)}`);
  }
  return await sha256(new TextEncoder().encode(digests.join("\n")));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
