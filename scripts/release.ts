/**
 * `denow task release`: archives of the compiled program for Linux and the wheel of the Python client, with
 * checksums, in dist/release.
 */
import { basename, join } from "@std/path";
import { checksum, makeArchive } from "./archive.ts";
import { compileFor } from "./binary.ts";
import { ROOT } from "./sources.ts";
import { makeWheel } from "./wheel.ts";

/** By the names that archives have for them. */
const PLATFORMS = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
};

const folder = join(ROOT, "dist", "release");
await Deno.mkdir(folder, { recursive: true });
const lines: string[] = [];
const missing: string[] = [];
for (const [platform, target] of Object.entries(PLATFORMS)) {
  const binary = join(folder, `tcp_server-${platform}`);
  try {
    await compileFor(target, binary);
  } catch (error) {
    // The runtime of another platform has to be fetched, which may be out of reach.
    missing.push(platform);
    console.error(`no archive for ${platform}: ${error instanceof Error ? error.message : error}`);
    continue;
  }
  const archive = await makeArchive(binary, platform, folder);
  await Deno.remove(binary);
  lines.push(`${await checksum(archive)}  ${basename(archive)}\n`);
}
try {
  const wheel = await makeWheel(folder);
  lines.push(`${await checksum(wheel)}  ${basename(wheel)}\n`);
} catch (error) {
  missing.push("python");
  console.error(`no wheel for Python: ${error instanceof Error ? error.message : error}`);
}
await Deno.writeTextFile(join(folder, "SHA256SUMS"), lines.join(""));
console.log(lines.join("").trimEnd());
if (missing.length > 0) Deno.exit(1);
