import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { ROOT } from "../../scripts/sources.ts";
import { type TempDir, tempDir } from "../support/harness.ts";

/** Commands that denow itself uses; a PATH of them alone has neither Deno nor Node. */
const COMMANDS = ["sh", "cat", "dirname", "mkdir", "mktemp", "mv", "readlink", "rm"];

/** A project of its own in a folder whose name has a space: denow, its version, and one task. */
async function project(): Promise<TempDir & { denow: string }> {
  const folder = await tempDir();
  const path = join(folder.path, "a project");
  await Deno.mkdir(path);
  for (const name of ["denow", ".deno-version"]) {
    await Deno.copyFile(join(ROOT, name), join(path, name));
  }
  const show = "deno eval 'console.log(Deno.cwd(), Deno.execPath())'";
  await Deno.writeTextFile(join(path, "deno.json"), JSON.stringify({ tasks: { show } }));
  return { ...folder, path, denow: join(path, "denow") };
}

async function run(denow: string, args: string[], options: Deno.CommandOptions = {}) {
  const deno = dirname(Deno.execPath());
  const { code, stdout, stderr } = await new Deno.Command(denow, {
    args,
    stdin: "null",
    ...options,
    env: { PATH: `${deno}:${Deno.env.get("PATH")}`, ...options.env },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("denow passes on its arguments and the exit code, and prints nothing itself", async () => {
  await using folder = await project();
  const script = "console.log(JSON.stringify(Deno.args)); Deno.exit(7)";
  const { code, stdout, stderr } = await run(folder.denow, ["eval", script, "a b", "", "*", "$x"]);
  assertEquals({ code, stderr }, { code: 7, stderr: "" });
  assertEquals(JSON.parse(stdout), ["a b", "", "*", "$x"]);
});

Deno.test("denow finds the project's tasks from any folder and through a link", async () => {
  await using folder = await project();
  const link = join(dirname(folder.path), "link");
  await Deno.symlink(folder.denow, link);
  for (const denow of [folder.denow, link]) {
    const { code, stdout } = await run(denow, ["task", "show"], { cwd: "/" });
    assertEquals({ code, stdout }, { code: 0, stdout: `${folder.path} ${Deno.execPath()}\n` });
  }
});

Deno.test("denow puts the executable itself into PATH, where PATH has a link to it", async () => {
  await using folder = await project();
  const bin = join(folder.path, "bin");
  await Deno.mkdir(bin);
  await Deno.symlink(Deno.execPath(), join(bin, "deno"));
  const script = "console.log(Deno.env.get('PATH').split(':')[0])";
  const env = { PATH: `${bin}:${Deno.env.get("PATH")}` };
  const { stdout } = await run(folder.denow, ["eval", script], { env });
  assertEquals(stdout, `${dirname(Deno.execPath())}\n`);
});

Deno.test("denow ignores a Deno of another version, and says what to do without Node", async () => {
  await using folder = await project();
  await Deno.writeTextFile(join(folder.path, ".deno-version"), "0.0.1\n");
  const bin = join(folder.path, "bin");
  await Deno.mkdir(bin);
  for (const name of COMMANDS) {
    const found = await run("/bin/sh", ["-c", `command -v ${name}`]);
    await Deno.symlink(found.stdout.trim(), join(bin, name));
  }
  const env = { PATH: bin, DENO: Deno.execPath(), XDG_CACHE_HOME: folder.path };
  const { code, stdout, stderr } = await run(folder.denow, ["--version"], { env });
  assertEquals({ code, stdout }, { code: 69, stdout: "" });
  assertStringIncludes(stderr, `passing over DENO=${Deno.execPath()}: it is not Deno 0.0.1`);
  assertStringIncludes(stderr, "Install Node.js with npm");
});
