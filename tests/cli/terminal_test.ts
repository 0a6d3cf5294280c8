import { assert, assertEquals, assertMatch } from "@std/assert";
import { BINARY } from "../../scripts/binary.ts";
import { patiently } from "../../scripts/patience.ts";
import { listing, writeSample } from "../support/fixtures.ts";
import { bothWays, compiled, startServer, tempDir, type Way } from "../support/harness.ts";
import { writeFormulas } from "../support/job_requests.ts";
import { missingCommand, testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const job = (folder: string, file: string) => [
  ...["--directory", folder, "--base", "time_series.parquet", "--file", file],
];

/** Runs the compiled program with a terminal; gives the exit code and what the terminal showed. */
async function onTerminal(args: string[]): Promise<{ code: number; shown: string }> {
  const quoted = [BINARY, ...args].map((one) => `'${one.replaceAll("'", "'\\''")}'`).join(" ");
  const { code, stdout } = await new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", quoted, "/dev/null"],
    stdin: "null",
  }).output();
  return { code, shown: new TextDecoder().decode(stdout) };
}

testWith(
  missingCommand(["script", "bsdutils"]),
  "failures are words on a terminal, and JSON with --json",
  async () => {
    await using folder = await tempDir();
    const { path } = folder;
    await writeSample(path, 1000, 200);
    await writeFormulas(path, {
      "fails.ts": 'export const map = () => {\n  throw new Error("no");\n};',
    });
    await using server = await startServer(compiled, { root: path });
    for (const place of [[], ["--port", `${server.port}`]]) {
      const run = ["run", ...place, ...job(path, "fails.ts")];
      const words = await onTerminal(run);
      assertEquals(words.code, 1);
      assertMatch(words.shown, /tcp_server: FORMULA_FAILED \(fails\.ts:2:9\): .*Error: no\r\n$/);
      assert(!words.shown.includes('{"'), words.shown);
      const json = await onTerminal([...run, "--json"]);
      assertEquals(json.code, 1);
      const [line] = /\{"Header".*(?=\r\n)/.exec(json.shown)!;
      assertEquals(JSON.parse(line!).Response.Error.Where, "fails.ts:2:9");
      assert(!json.shown.includes("tcp_server: "), json.shown);
    }
  },
);

/** Starts `run` of a formula without an end, interrupts it once the job runs; gives its exit code and output. */
async function interrupted(
  way: Way,
  args: string[],
  signal: Deno.Signal,
  running: () => Promise<boolean>,
) {
  const child = way.command(args, { stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  const output = Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await until("the job to run", running);
  child.kill(signal);
  const [{ code }, stdout, stderr] = await patiently(
    output,
    "run to end",
    () => child.kill("SIGKILL"),
  );
  return { code, reply: JSON.parse(stdout), stderr };
}

for (const way of bothWays) {
  for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.test(`run cancels its job at ${signal} and exits with ${expected} [${way.name}]`, async () => {
      await using folder = await tempDir();
      const { path } = folder;
      await writeSample(path, 1000, 200);
      // What the job leaves in its folder while it runs tells that it does.
      await writeFormulas(path, {
        "endless.ts":
          "export const map = ({ u }, { partition }) => { while (partition > 0); return { u }; };",
      });
      const files = ["endless.ts", "time_series.parquet"];
      const hasPart = () => Promise.resolve(listing(path).length > files.length);
      const here = await interrupted(way, ["run", ...job(path, "endless.ts")], signal, hasPart);
      assertEquals([here.code, here.reply.Response.Error.Code], [expected, "CANCELLED"]);
      assertEquals([here.stderr, listing(path)], ["", files]);
    });
  }
}
