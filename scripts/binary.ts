import { format } from "@std/fmt/bytes";
import { dirname, join, relative } from "@std/path";
import { findDenort } from "./denort.ts";
import { filesBelow, ROOT, STARTED } from "./sources.ts";
import { ENTRY, forgetPackages, levelTimes, programFiles, stage } from "./staging.ts";
import { V8_FLAGS } from "../mod/engine/host/v8_flags.ts";

/** The compiled program. */
export const BINARY: string = join(ROOT, "dist", "tcp_server");

/** What was compiled into {@linkcode BINARY}: a digest of its sources. */
const STAMP = `${BINARY}.sources`;

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

/** What is started or imported by its name keeps its name. */
const NAMED = STARTED.filter((path) => !path.startsWith("views/"));

/**
 * Puts the modules that a bundle's entries import, those of packages too, into a few files: what several entries share,
 * and what is imported late. A process reads, resolves and compiles few files much sooner than hundreds.
 */
async function bundle(folder: string, entries: readonly string[]): Promise<void> {
  const bundled = join(folder, "bundled");
  // Of tslib bundles need what it has for bundlers: in its other ES module they find nothing.
  const options = ["--quiet", "--minify", "--code-splitting", "--conditions=module"];
  options.push(`--outdir=${bundled}`);
  // An entry that is not used keeps the folders of the others.
  await deno(folder, ["bundle", ...options, ...entries]);
  for (const path of await filesBelow(bundled)) {
    const name = relative(bundled, path);
    const entry = entries.find((entry) => name === entry.replace(/\.ts$/, ".js"));
    await withRequire(path);
    await Deno.rename(path, join(folder, entry ?? name));
  }
  await Deno.remove(bundled, { recursive: true });
}

/** Lets modules in CommonJS require what Deno has built in. */
async function withRequire(path: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  if (!text.includes("Dynamic require of")) return;
  const own = `import{createRequire as $r}from"node:module";const require=$r(import.meta.url);`;
  await Deno.writeTextFile(path, own + text);
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
    await bundle(folder, [ENTRY]);
    await bundle(folder, NAMED);
    await forgetPackages(folder);
    await levelTimes(folder);
    await compileStaged(folder, target, output, await findDenort(ROOT, target));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
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
    `--target=${target}`,
    `--output=${output}`,
    ENTRY,
  ], denort === undefined ? {} : { DENORT_BIN: denort });
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
