import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { JOB_OPTIONS, QUEUE_OPTIONS } from "../../mod/cli/arguments/job.ts";
import { REQUEST_FIELDS } from "../../mod/wire/job_action.ts";
import { readColumn, writeSample } from "../support/fixtures.ts";
import { bothWays, finish, startServer, tempDir, type Way, ways } from "../support/harness.ts";
import { writeFormulas } from "../support/job_requests.ts";
import { until } from "../support/until.ts";

const FORMULAS = {
  "work.ts":
    "export const map = ({ n }, { params }) => ({ n: n.map((x) => x + (params?.plus ?? 0)) });",
  "fails.ts": 'export const map = () => {\n  throw new Error("no");\n};',
  "endless.ts": "export const map = () => { for (;;); };",
};

/** A folder with data and formulas, a service of it, and what runs the program with that service's address. */
async function withService(
  way: Way,
  check: (run: (args: string[], env?: Record<string, string>) => ReturnType<typeof finish>, place: {
    folder: string;
    port: string;
  }) => Promise<void>,
): Promise<void> {
  await using folder = await tempDir();
  await writeSample(folder.path, 1000, 200);
  await writeFormulas(folder.path, FORMULAS);
  await using server = await startServer(way, { root: folder.path, args: ["--limit", "jobs=1"] });
  const port = `${server.port}`;
  await check(
    (args, env = { MEASURING_PORT: port }) => finish(way, args, { env, cwd: folder.path }),
    { folder: folder.path, port },
  );
}

function test(
  name: string,
  check: Parameters<typeof withService>[1],
  runBy: readonly Way[] = ways,
): void {
  for (const way of runBy) Deno.test(`${name} [${way.name}]`, () => withService(way, check));
}

const job = (file: string) => ["--directory", ".", "--base", "time_series.parquet", "--file", file];

test("submit leaves a job at the service, with all that a request can say of it", async (run) => {
  const { code, stdout, stderr } = await run([
    ...["submit", ...job("work.ts"), "--params", '{"plus":1}', "--output", "more.parquet"],
    ...["--timeout", "60.5", "--priority", "-7", "--key", "more", "--client", "ann"],
    ...["--limit", "heap-bytes=200000000", "--limit", "log-bytes=1000", "--codec", "zstd"],
  ]);
  assertEquals([code, stderr], [0, ""]);
  const id = stdout.trimEnd();
  assertMatch(id, /^[0-9a-f-]{36}$/);
  assertEquals((await run(["watch", id])).code, 0);
  const listed = await run(["jobs", "--json", "--client", "ann"]);
  assertEquals([listed.code, listed.stderr], [0, ""]);
  const [info, ...others] = JSON.parse(listed.stdout).Response.Jobs;
  assertEquals(others, []);
  assertEquals(
    [info.Id, info.Key, info.Priority, info.Client, info.Result.File],
    [id, "more", -7, "ann", "more.parquet"],
  );
  // The same key and request is the same job; another request under it is refused.
  const same = await run([
    ...["submit", ...job("work.ts"), "--params", '{"plus":1}', "--output", "more.parquet"],
    ...["--timeout", "60.5", "--priority", "-7", "--key", "more", "--client", "ann"],
    ...["--limit", "heap-bytes=200000000", "--limit", "log-bytes=1000", "--codec", "zstd"],
  ]);
  assertEquals([same.code, same.stdout.trimEnd()], [0, id]);
  const other = await run(["submit", ...job("work.ts"), "--key", "more", "--client", "ann"]);
  assertEquals([other.code, other.stdout], [1, ""]);
  assertMatch(other.stderr, /^tcp_server: BAD_REQUEST: .*Key/);
}, bothWays);

test(
  "limits and the time of a job hold where run computes it, and on a service",
  async (run, { folder, port }) => {
    for (const place of [[], ["--port", port]]) {
      const timed = await run(["run", ...place, ...job("endless.ts"), "--timeout", "0.2"]);
      assertEquals([timed.code, timed.stderr], [1, ""]);
      assertEquals(JSON.parse(timed.stdout).Response.Error.Code, "FORMULA_TIMEOUT");
      const long = await run(["run", ...place, ...job("work.ts"), "--limit", "result-bytes=10"]);
      assertEquals(JSON.parse(long.stdout).Response.Error.Code, "TOO_LARGE");
    }
    assertEquals([...Deno.readDirSync(folder)].filter(({ name }) => /ansver/.test(name)), []);
  },
);

test("run takes parameters of a file and several bases", async (run, { folder, port }) => {
  await Deno.writeTextFile(join(folder, "params.json"), '\uFEFF{"plus": 10}\n');
  await Deno.copyFile(join(folder, "time_series.parquet"), join(folder, "b.parquet"));
  for (const place of [[], ["--remote", `127.0.0.1:${port}`]]) {
    const { code, stdout } = await run([
      ...["run", ...place, ...job("work.ts"), "--base", "b.parquet", "--params", "@params.json"],
    ]);
    assertEquals(code, 0, stdout);
    const numbers = Array.from({ length: 2000 }, (_, row) => row % 1000 + 10);
    assertEquals(await readColumn(join(folder, "work_ansver.parquet"), "n"), numbers);
    await Deno.remove(join(folder, "work_ansver.parquet"));
  }
  const lacking = await run(["run", ...job("work.ts"), "--params", "@none.json"]);
  assertEquals(lacking.code, 2);
  assertMatch(lacking.stderr, /the file none\.json of --params can't be read: it doesn't exist/);
});

test("jobs tells the code of an error, in a column and as JSON", async (run, { port }) => {
  const failed = await run(["run", "--port", port, ...job("fails.ts")]);
  const { Response: { Error } } = JSON.parse(failed.stdout);
  assertEquals([failed.code, Error.Code, Error.Where], [1, "FORMULA_FAILED", "fails.ts:2:9"]);
  const { stdout } = await run(["jobs"]);
  const [head, row] = stdout.split("\n");
  assertEquals(head!.slice(head!.indexOf("ERROR")).split(/ +/)[0], "ERROR");
  assertEquals(row!.slice(head!.indexOf("ERROR")).split(" ")[0], "FORMULA_FAILED");
  const { Response } = JSON.parse((await run(["jobs", "--state", "failed", "--json"])).stdout);
  assertEquals(Response.Jobs.map((job: { Error: unknown }) => job.Error), [Error]);
  const refused = await run(["jobs", "--json", "--client", "x".repeat(300)]);
  assertEquals([refused.code, refused.stderr], [1, ""]);
  assertEquals(JSON.parse(refused.stdout).Response.Error.Code, "BAD_REQUEST");
});

test("watch and cancel print the service's replies with --json", async (run) => {
  const id = (await run(["submit", ...job("endless.ts")])).stdout.trimEnd();
  const watching = run(["watch", id, "--json"]);
  await until(
    "the job to run",
    async () => (await run(["jobs", "--state", "running"])).stdout.includes(id),
  );
  const cancelled = await run(["cancel", id, "--json"]);
  assertEquals([cancelled.code, cancelled.stderr], [0, ""]);
  assertEquals(JSON.parse(cancelled.stdout).Response.Job.State, "cancelled");
  const watched = await watching;
  assertEquals([watched.code, watched.stderr], [1, ""]);
  const lines = watched.stdout.trimEnd().split("\n").map((line) => JSON.parse(line).Response.Job);
  assertEquals([lines.at(-1).State, lines.at(-1).Error.Code], ["cancelled", "CANCELLED"]);
  for (const command of ["watch", "cancel"]) {
    const unknown = await run([command, "no-such-job", "--json"]);
    assertEquals([unknown.code, unknown.stderr], [1, ""]);
    assertEquals(JSON.parse(unknown.stdout).Response.Error.Code, "JOB_NOT_FOUND");
    const told = await run([command, "no-such-job"]);
    assertEquals([told.code, told.stdout], [1, ""]);
    assertMatch(told.stderr, /^tcp_server: JOB_NOT_FOUND: /);
  }
});

test(
  "--host, --port, --remote and the environment name a service in every command",
  async (run, { port }) => {
    const ask = '{"Header":"Info","Request":"Status"}';
    const commands = [["jobs"], ["send", ask], ["submit", ...job("work.ts")], ["cancel", "x"], [
      "watch",
      "x",
    ]];
    const reached = async (args: string[], env: Record<string, string>) => {
      const { stdout, stderr } = await run(args, env);
      assert(!/no service answers/.test(stderr), stderr);
      assert(
        /Status: Ready|Status: Work|^ID |^[0-9a-f-]{36}$|JOB_NOT_FOUND/m.test(stdout + stderr),
      );
    };
    for (const command of commands) {
      await reached(command, { MEASURING_PORT: port, MEASURING_HOST: "127.0.0.1" });
      await reached([...command, "--port", port], { MEASURING_PORT: "1" });
      await reached([...command, "--remote", `127.0.0.1:${port}`], { MEASURING_PORT: "1" });
      const elsewhere = await run([...command, "--host", "127.0.0.2"]);
      assertMatch(elsewhere.stderr, new RegExp(`no service answers on 127\\.0\\.0\\.2:${port} `));
    }
    // The environment alone doesn't send a job away.
    const here = await run(["run", ...job("work.ts")], { MEASURING_PORT: "1" });
    assertEquals(JSON.parse(here.stdout).Header, "Dask");
    const there = await run(["run", "--host", "127.0.0.1", ...job("work.ts")]);
    assertEquals(JSON.parse(there.stdout).Header, "Job");
  },
);

test("what can't name a service or a job is refused before anything is sent", async (run) => {
  const refused = async (args: string[], part: string, env?: Record<string, string>) => {
    const { code, stdout, stderr } = await run(args, env);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assert(stderr.includes(part), stderr);
  };
  await refused(["jobs", "--remote", "a:1", "--port", "2"], "leave these out");
  await refused(["jobs", "--remote", "a"], "--remote must be HOST:PORT");
  await refused(["jobs", "--port", "0"], "no service can listen on the port 0");
  await refused(["jobs"], "the environment's MEASURING_PORT", { MEASURING_PORT: "x" });
  await refused(["jobs"], "did you mean MEASURING_PORT?", { MEASURING_PROT: "1" });
  await refused(["jobs"], "none", { MEASURING_TOKEN_FILE: "/none" });
  await refused(["submit", ...job("work.ts"), "--timeout", "0"], "a number of seconds above 0");
  await refused(["submit", ...job("work.ts"), "--priority", "1.5"], "from -100 to 100");
  await refused(["submit", ...job("work.ts"), "--limit", "heap=1"], "use heap-bytes");
  await refused(
    ["submit", ...job("work.ts"), "--limit", "heap-byte=1"],
    "did you mean heap-bytes?",
  );
  await refused(["submit", ...job("work.ts"), "--limit", "heap-bytes"], "NAME=BYTES");
  await refused(["submit", "--base", "a", "--file", "b.ts"], "--directory is missing");
  for (const option of ["--key=1", "--priority=1", "--client=1", "--tls", "--token-file=t"]) {
    const [name] = option.split("=");
    await refused(["run", ...job("work.ts"), option], `${name} goes with a service`);
  }
});

Deno.test("run and submit have an option for each field of a request", () => {
  const named: Record<string, string> = {
    Inputs: "input",
    TimeoutSeconds: "timeout",
    Limits: "limit",
  };
  const options = [...JOB_OPTIONS, ...QUEUE_OPTIONS].map(({ name }) => name).sort();
  const fields = Object.keys(REQUEST_FIELDS.Submit)
    .map((field) => named[field] ?? field.toLowerCase()).sort();
  assertEquals(options, fields);
});
