import { basename, dirname, join } from "@std/path";
import { VERSION } from "../mod/common/version.ts";
import { type EmbeddedPackage, embeddedPackages } from "./packages.ts";
import { billOfMaterials, licenseOf } from "./sbom.ts";
import { ROOT } from "./sources.ts";

/** What goes along with the program as it is. */
const DOCUMENTS = ["LICENSE", "README.md", "README.ru.md", "tcp_server.service"];
const PAGES = ["command_line.md", "formulas.md", "library.md", "operations.md", "protocol.md"];

/**
 * Puts a compiled program into an archive with its unit, its pages, the licences of all that is embedded
 * and a bill of materials. The same files make the same bytes, wherever and whenever.
 *
 * @param platform As the archive's name tells it, such as `linux-x64`.
 * @param folder Where the archive is put.
 * @return its path
 */
export async function makeArchive(
  binary: string,
  platform: string,
  folder: string,
): Promise<string> {
  const name = `tcp_server-${VERSION}-${platform}`;
  const temporary = await Deno.makeTempDir({ prefix: "tcp_server_release_" });
  try {
    const content = join(temporary, name);
    await Deno.mkdir(join(content, "licenses"), { recursive: true });
    await Deno.mkdir(join(content, "docs"));
    await Deno.copyFile(binary, join(content, "tcp_server"));
    for (const file of DOCUMENTS) await Deno.copyFile(join(ROOT, file), join(content, file));
    for (const page of PAGES) {
      await Deno.copyFile(join(ROOT, "docs", page), join(content, "docs", page));
    }
    const packages = await embeddedPackages();
    for (const one of packages) {
      const file = `${one.name.replace("/", "-")}-${one.version}.txt`;
      await Deno.writeTextFile(join(content, "licenses", file), await licenseText(one));
    }
    const deno = join(content, "licenses", `deno-${Deno.version.deno}.txt`);
    await Deno.writeTextFile(deno, await denoLicense());
    const bill = JSON.stringify(await billOfMaterials(packages), null, 2);
    await Deno.writeTextFile(join(content, "bom.cdx.json"), `${bill}\n`);
    const path = join(folder, `${name}.tar.gz`);
    await pack(content, path);
    return path;
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

/** SHA-256 of a file, in hexadecimal. */
export async function checksum(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}

/** The licence that a package brings along, or what it says of it. */
async function licenseText(one: EmbeddedPackage): Promise<string> {
  for await (const { name } of Deno.readDir(one.folder)) {
    if (/^(licen[cs]e|copying)/i.test(name)) return await Deno.readTextFile(join(one.folder, name));
  }
  return `${one.name} ${one.version} brings no text along; its package.json tells: ${await licenseOf(
    one,
  )}\n`;
}

/** Deno's licence, which npm's package has beside the executable. */
async function denoLicense(): Promise<string> {
  const folder = dirname(Deno.execPath());
  for (const name of ["LICENSE", "LICENSE.md"]) {
    try {
      return await Deno.readTextFile(join(folder, name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`Deno's licence is not in ${folder}: use the Deno that npm has, or put it there`);
}

async function pack(content: string, path: string): Promise<void> {
  const command = 'set -o pipefail; chmod -R u=rwX,go=rX "$1" && chmod 755 "$1/tcp_server" && ' +
    'chmod 644 "$1"/*.md && tar --create --directory "$(dirname "$1")" --format=ustar --sort=name ' +
    '--mtime=@1735689600 --owner=0 --group=0 --numeric-owner "$2" | gzip --no-name -6 > "$3"';
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-c", command, "pack", content, basename(content), path],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`packing failed: ${new TextDecoder().decode(stderr)}`);
}
