import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { checksum, makeArchive } from "../../scripts/archive.ts";
import { embeddedPackages } from "../../scripts/packages.ts";
import { VERSION } from "../../mod/common/version.ts";
import { pythonWith } from "../../scripts/python.ts";
import { ROOT } from "../../scripts/sources.ts";
import { makeWheel } from "../../scripts/wheel.ts";
import { tempDir } from "../support/harness.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

async function run(command: string, ...args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(command, { args, stderr: "inherit" }).output();
  assert(success);
  return new TextDecoder().decode(stdout);
}

Deno.test("an archive that is built twice has the same bytes", async () => {
  await using folder = await tempDir();
  const sums = [];
  const second = () => Math.floor(Date.now() / 1000);
  let made = 0;
  for (const [name, umask] of [["one", 0o022], ["another", 0o077]] as const) {
    // Times in archives count whole seconds.
    await until("the next second", () => second() > made);
    const place = join(folder.path, name);
    const before = Deno.umask(umask);
    try {
      await Deno.mkdir(place);
      await Deno.writeTextFile(join(place, "binary"), "#!/bin/sh\n");
      sums.push(await checksum(await makeArchive(join(place, "binary"), "linux-x64", place)));
    } finally {
      Deno.umask(before);
    }
    made = second();
  }
  assertEquals(sums[0], sums[1]);
});

Deno.test("an archive holds the program, its unit, the licences and the bill of materials", async () => {
  await using folder = await tempDir();
  const binary = join(folder.path, "binary");
  await Deno.writeTextFile(binary, "#!/bin/sh\n");
  const archive = await makeArchive(binary, "linux-x64", folder.path);
  await run("tar", "--extract", "--file", archive, "--strip-components=1", "-C", folder.path);
  assertEquals((await Deno.stat(join(folder.path, "tcp_server"))).mode! & 0o777, 0o755);
  const unit = await Deno.readTextFile(join(folder.path, "tcp_server.service"));
  assert(unit.includes("\nExecStart="));
  const packages = await embeddedPackages();
  const names = packages.map(({ name }) => name);
  assert(["acorn", "@logtape/logtape", "fzstd"].every((name) => names.includes(name)), `${names}`);
  assert(!names.includes("typescript"));
  const bill = JSON.parse(await Deno.readTextFile(join(folder.path, "bom.cdx.json")));
  assertEquals([bill.bomFormat, bill.specVersion], ["CycloneDX", "1.6"]);
  assertEquals(bill.components.map(({ name }: { name: string }) => name), ["deno", ...names]);
  for (const { name, hashes, licenses } of bill.components.slice(1)) {
    assertEquals([name, hashes[0].content.length], [name, 128]);
    assert(licenses[0].license.id.length > 0);
  }
  const licenses = [...Deno.readDirSync(join(folder.path, "licenses"))].map(({ name }) => name);
  assertEquals(licenses.length, names.length + 1);
  for (const name of licenses) {
    assert((await Deno.readTextFile(join(folder.path, "licenses", name))).length > 50, name);
  }
});

const wheelPython = await pythonWith(
  join(ROOT, "scripts", "wheel_requirements.txt"),
  join(ROOT, "dist", "wheel-python"),
).then(() => null, (error: Error) => error.message);

testWith(
  wheelPython,
  "the Python client's wheel is installed without a network, and is typed",
  async () => {
    await using folder = await tempDir();
    const wheel = await makeWheel(folder.path);
    const again = join(folder.path, "again");
    await Deno.mkdir(again);
    assertEquals(await checksum(await makeWheel(again)), await checksum(wheel));
    const environment = join(folder.path, "environment");
    await run("python3", "-m", "venv", environment);
    const python = join(environment, "bin", "python");
    await run(python, "-m", "pip", "install", "--quiet", "--no-index", wheel);
    const look = "import measuring_client, importlib.metadata as m, importlib.resources as r; " +
      "assert r.files(measuring_client).joinpath('py.typed').is_file(); " +
      "print(m.version('measuring-client'), measuring_client.__version__, m.requires('measuring-client'))";
    assertEquals(
      (await run(python, "-I", "-c", look)).trim(),
      `${VERSION} ${VERSION} ${`['pyarrow ; extra == "arrow"', 'pandas ; extra == "pandas"', 'pyarrow ; extra == "pandas"', 'polars ; extra == "polars"']`}`,
    );
  },
);
