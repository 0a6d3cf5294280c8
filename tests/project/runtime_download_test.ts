/** The runtime that `deno compile` puts the program on, where it comes from npm. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { fetchStandIn, type StandIn } from "../../scripts/denort.ts";
import { certificatePath } from "../support/certificates.ts";
import { tempDir } from "../support/harness.ts";

const NAME = "stand-in", VERSION = "1.2.3";

/** The shortest file that ends with its table of sections, and what an npm package puts behind it. */
function executable(): { runtime: Uint8Array<ArrayBuffer>; whole: Uint8Array<ArrayBuffer> } {
  const runtime = new Uint8Array(64 + 2 * 40).map((_, at) => at);
  const header = new DataView(runtime.buffer);
  header.setBigUint64(0x28, 64n, true);
  header.setUint16(0x3a, 40, true);
  header.setUint16(0x3c, 2, true);
  return { runtime, whole: Uint8Array.from([...runtime, 1, 2, 3]) };
}

async function sha(algorithm: string, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
}

/** Calls back with a registry that has one package, over TLS with a certificate that nobody else knows. */
async function withRegistry(
  whole: Uint8Array,
  check: (env: Record<string, string>, asked: string[]) => Promise<void>,
): Promise<void> {
  await using folder = await tempDir();
  await Deno.mkdir(join(folder.path, "package/bin"), { recursive: true });
  await Deno.writeFile(join(folder.path, "package/bin/program"), whole);
  const manifest = JSON.stringify({ name: NAME, version: VERSION });
  await Deno.writeTextFile(join(folder.path, "package/package.json"), manifest);
  const packing = new Deno.Command("tar", { args: ["-czf", "p.tgz", "package"], cwd: folder.path });
  assertEquals((await packing.output()).code, 0);
  const tarball = await Deno.readFile(join(folder.path, "p.tgz"));
  const integrity = `sha512-${(await sha("SHA-512", tarball)).toBase64()}`;
  const asked: string[] = [];
  await using server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: await Deno.readTextFile(certificatePath("server-cert.pem")),
    key: await Deno.readTextFile(certificatePath("server-key.pem")),
    onListen() {},
  }, (request) => {
    const { origin, pathname } = new URL(request.url);
    asked.push(pathname);
    if (pathname.endsWith(".tgz")) return new Response(tarball);
    const dist = { tarball: `${origin}/p.tgz`, integrity };
    const versions = { [VERSION]: { name: NAME, version: VERSION, dist } };
    return Response.json({ name: NAME, "dist-tags": { latest: VERSION }, versions });
  });
  await check({
    NPM_CONFIG_REGISTRY: `https://127.0.0.1:${(server.addr as Deno.NetAddr).port}`,
    SSL_CERT_FILE: certificatePath("server-cert.pem"),
    SSL_CERT_DIR: folder.path,
    NODE_EXTRA_CA_CERTS: "",
  }, asked);
}

async function standInOf(runtime: Uint8Array<ArrayBuffer>): Promise<StandIn> {
  return {
    deno: Deno.version.deno,
    package: NAME,
    version: VERSION,
    file: "bin/program",
    bytes: runtime.length,
    sha256: (await sha("SHA-256", runtime)).toHex(),
  };
}

Deno.test("the runtime is downloaded when only the system's store has the certificate", async () => {
  const { runtime, whole } = executable();
  const standIn = await standInOf(runtime);
  await withRegistry(whole, async (env, asked) => {
    assertEquals(await fetchStandIn(standIn, { ...env, DENO_TLS_CA_STORE: "system" }), runtime);
    assertEquals(asked.some((path) => path.endsWith(".tgz")), true);
    const without = { ...env, DENO_TLS_CA_STORE: "mozilla" };
    await assertRejects(() => fetchStandIn(standIn, without), Error, "failed");
  });
});

Deno.test("a runtime with unexpected bytes is refused", async () => {
  const { runtime, whole } = executable();
  const standIn = { ...await standInOf(runtime), sha256: "0".repeat(64) };
  await withRegistry(whole, async (env) => {
    const system = { ...env, DENO_TLS_CA_STORE: "system" };
    await assertRejects(() => fetchStandIn(standIn, system), Error, "does not hold denort");
  });
});
