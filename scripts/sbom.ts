import { join } from "@std/path";
import { VERSION } from "../mod/common/version.ts";
import type { EmbeddedPackage } from "./packages.ts";

/** What is read of a package's package.json. */
interface Manifest {
  license?: string;
}

/** The name of a package's licence, as SPDX has it. @throws Error where it tells none */
export async function licenseOf({ name, folder }: EmbeddedPackage): Promise<string> {
  const manifest: Manifest = JSON.parse(await Deno.readTextFile(join(folder, "package.json")));
  if (typeof manifest.license === "string") return manifest.license;
  throw new Error(`the package ${name} tells no licence`);
}

/** What a release is made of, as CycloneDX 1.6; without a time or a serial number, so that it stays the same. */
export async function billOfMaterials(packages: readonly EmbeddedPackage[]): Promise<unknown> {
  const components = await Promise.all(packages.map(async (one) => {
    const { name, version, integrity } = one;
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    return {
      type: "library",
      "bom-ref": purl,
      name,
      version,
      purl,
      licenses: [{ license: { id: await licenseOf(one) } }],
      hashes: [{ alg: "SHA-512", content: hexadecimal(integrity) }],
    };
  }));
  const deno = `pkg:github/denoland/deno@v${Deno.version.deno}`;
  const application = `pkg:generic/tcp_server@${VERSION}`;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": application,
        name: "tcp_server",
        version: VERSION,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components: [
      {
        type: "platform",
        "bom-ref": deno,
        name: "deno",
        version: Deno.version.deno,
        purl: deno,
        licenses: [{ license: { id: "MIT" } }],
      },
      ...components,
    ],
    dependencies: [{
      ref: application,
      dependsOn: [deno, ...components.map(({ purl }) => purl)],
    }],
  };
}

/** The digest of npm's `sha512-…`, in hexadecimal. */
function hexadecimal(integrity: string): string {
  const [algorithm, digest] = integrity.split("-");
  if (algorithm !== "sha512") throw new Error(`${integrity} is no SHA-512`);
  return Uint8Array.fromBase64(digest!).toHex();
}
