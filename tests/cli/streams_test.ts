import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { BINARY } from "../../scripts/binary.ts";
import { writeSample } from "../support/fixtures.ts";
import { compiled, finish, startServer, tempDir } from "../support/harness.ts";
import { GATE, submit } from "../support/job_requests.ts";

/** Runs the program in a shell's redirection, which stands behind it. */
async function shell(args: readonly string[], behind: string) {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `timeout 60 "$0" "$@" ${behind}`, BINARY, ...args],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** One line at most, and none of a runtime's. */
function assertPlain(text: string, what: string): void {
  assert(!/Uncaught|^\s+at |\[0m|file:\/\//m.test(text), `${what}: ${text}`);
  assert(text.trimEnd().split("\n").length <= 1, `${what}: ${text}`);
}

Deno.test("a full or unread output stream is reported without a stack trace", async () => {
  await using folder = await tempDir();
  const { path } = folder;
  await writeSample(path, 1000);
  await Deno.writeTextFile(join(path, "work.ts"), "export const map = ({ u }) => ({ u });");
  await Deno.writeTextFile(join(path, "gate.ts"), GATE);
  await using server = await startServer(compiled, { root: path });
  const { Id } = await submit(server, path, "gate.ts");
  const job = ["--directory", path, "--base", "time_series.parquet", "--file", "work.ts"];
  const at = ["--port", `${server.port}`];
  const status = '{"Header":"Info","Request":"Status"}';
  const { stdout: help } = await finish(compiled, ["--help"]);
  const commands = [...help.matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name]) => name!);
  assert(commands.length >= 12, help);
  const lines: string[][] = [
    ["--help"],
    ["--version"],
    ...commands.map((name) => [name, "--help"]),
    ["help", "serve"],
    ["config"],
    ["unit"],
    ["types", path],
    ["check", join(path, "work.ts"), "--base", "time_series.parquet"],
    ["run", ...job],
    ["run", ...job, "--remote", `127.0.0.1:${server.port}`],
    ["send", status, ...at],
    ["jobs", ...at],
    ["watch", Id, ...at],
    ["new", join(path, "first")],
  ];
  for (const args of lines) {
    const full = await shell(args, "> /dev/full");
    assertEquals(full.code, 1, `${args} ${full.stderr}`);
    assertMatch(full.stderr, /^tcp_server: standard output can't be written to: No space left/);
    assertPlain(full.stderr, args.join(" "));
    if (args[0] === "new") continue;
    const gone = await shell(args, "| true");
    assertEquals(gone, { code: 0, stdout: "", stderr: "" }, args.join(" "));
  }
  const first = await shell(["watch", Id, ...at], "| head -1");
  assertMatch(first.stdout, /^running /);
  await Deno.writeTextFile(join(path, "go"), "");
});

Deno.test("the exit code shows an error that can't be printed", async () => {
  const wrong: [string[], number][] = [
    [[], 2],
    [["bogus"], 2],
    [["serve", "--prot", "1"], 2],
    [["watch", "none", "--port", "1"], 1],
    [["cancel", "none", "--port", "1"], 1],
    [["node"], 2],
    [["send", "-", "--port", "1"], 2],
    [["check", "nowhere.ts", "--base", "none.parquet"], 1],
  ];
  for (const [args, code] of wrong) {
    const { code: got, stdout } = await shell(args, "2> /dev/full");
    assertEquals([got, stdout], [code, ""], args.join(" "));
    const told = await shell(args, "< /dev/null");
    assertEquals(told.code, code);
    if (args.length > 0) assertPlain(told.stderr, args.join(" "));
  }
});

Deno.test("unreadable standard input is reported without a stack trace", async () => {
  const { code, stderr } = await shell(["send", "-", "--port", "1"], "< /");
  assertEquals(code, 1);
  assertPlain(stderr, "send");
});

Deno.test("a service keeps running when its output streams are full", async () => {
  await using folder = await tempDir();
  const { code, stderr } = await new Deno.Command("sh", {
    args: [
      "-c",
      `"$0" serve --port 0 --root "$1" > /dev/full 2> /dev/full & sleep 1.5; kill -TERM $!; wait $!`,
      BINARY,
      folder.path,
    ],
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});
