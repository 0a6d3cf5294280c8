import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { drawBar } from "../../mod/cli/output/progress_bar.ts";
import { unitText } from "../../mod/cli/commands/unit.ts";
import { VERSION } from "../../mod/common/version.ts";
import { patiently } from "../../scripts/patience.ts";
import { listing, readColumn, writeSample } from "../support/fixtures.ts";
import {
  bothWays,
  finish,
  LineReader,
  startServer,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";

/** A test of the command line. */
function test(name: string, check: (way: Way) => Promise<void>, runBy = ways): void {
  for (const way of runBy) Deno.test(`${name} [${way.name}]`, () => check(way));
}

/** The command line is refused with one line on standard error, without a stack trace. */
async function assertMisused(way: Way, args: string[], part: string): Promise<void> {
  const { code, stdout, stderr } = await finish(way, args, { input: "" });
  assertEquals([code, stdout], [2, ""], args.join(" "));
  assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  assert(stderr.startsWith("tcp_server: ") && stderr.includes(part), stderr);
}

test("--help lists every command, and each command lists its options", async (way) => {
  const { code, stdout, stderr } = await finish(way, ["--help"]);
  assertEquals([code, stderr], [0, ""]);
  const options = {
    serve: ["--host", "--port", "--root", "--workers", "--config", "27700", "listening on"]
      .concat("--token-file FILE", "--allow RANGE", "--tls-cert", "--tls-key", "--insecure  "),
    config: ["--host", "--limit", "--state"],
    run: ["--directory", "--base", "--file", "--params"],
    send: ["--host", "--port", "JSON", "--token-file", "--tls  ", "--tls-ca FILE"],
    unit: ["--user", "--directory"],
  };
  for (const [command, words] of Object.entries(options)) {
    assert(stdout.includes(`\n  ${command} `), command);
    const help = await finish(way, [command, "--help"]);
    assertEquals([help.code, help.stderr], [0, ""]);
    for (const word of [...words, "Usage: tcp_server", "Example:"]) {
      assert(help.stdout.includes(word), `${command}: ${word}`);
    }
    assertEquals(await finish(way, ["help", command]), help);
  }
  assertEquals((await finish(way, ["help"])).stdout, stdout);
  assert(!stdout.includes("engine"));
});

test("--version prints the version", async (way) => {
  const { code, stdout } = await finish(way, ["--version"]);
  assertEquals([code, stdout], [0, `tcp_server ${VERSION}\n`]);
}, bothWays);

test("an unknown command or option is refused with a hint", async (way) => {
  await assertMisused(way, ["srve"], "unknown command srve; did you mean serve?");
  await assertMisused(
    way,
    ["juggle"],
    "the commands are serve, run, submit, check, send, jobs, watch, cancel",
  );
  await assertMisused(way, ["--prot"], "unknown option --prot");
  await assertMisused(way, ["serve", "--prot", "1"], "unknown option --prot; did you mean --port?");
  await assertMisused(way, ["serve", "data"], "unexpected argument data");
  await assertMisused(way, ["serve", "--port"], "--port needs a value");
  await assertMisused(way, ["serve", "--port", "1", "--port=2"], "--port is given 2 times");
  await assertMisused(way, ["serve", "--insecure=no"], "--insecure takes no value");
  await assertMisused(way, ["serve", "--insecure", "no"], "unexpected argument no");
  await assertMisused(way, ["send"], "JSON is missing");
  await assertMisused(way, ["send", "-"], "the request is empty");
  await assertMisused(way, ["help", "nothing"], "unknown command nothing");
  const nothing = await finish(way, []);
  assertEquals([nothing.code, nothing.stdout], [2, ""]);
  assert(nothing.stderr.includes("Usage: tcp_server"));
});

test("an error about an invalid value names its option", async (way) => {
  await using folder = await tempDir();
  const config = join(folder.path, "bad.toml");
  await Deno.writeTextFile(config, "[limits]\nconections = 5\n");
  await assertMisused(way, ["serve", "--port", "99999"], "port must be a whole number");
  await assertMisused(way, ["serve", "--workers", "0"], "workers must be a whole number");
  await assertMisused(
    way,
    ["serve", "--root", join(folder.path, "none")],
    "not an existing folder",
  );
  await assertMisused(way, ["serve", "--config", join(folder.path, "none")], "it doesn't exist");
  await assertMisused(way, ["serve", "--config", config], "conections in [limits] is not known");
  await assertMisused(way, ["send", "{}", "--port", "x"], "port must be a whole number");
  await assertMisused(way, ["unit", "--user", "two words"], "is not a user's name");
  await assertMisused(way, ["unit", "--directory", "here"], "must be an absolute path");
  await assertMisused(way, ["run", "--base", "a", "--file", "b"], "--directory is missing");
  const job = ["run", "--directory", ".", "--base", "a", "--file", "b.ts"];
  await assertMisused(way, [...job, "--params", "{"], "--params is not JSON");
  await assertMisused(way, [...job, "--filter", "u > 0"], "--filter is not JSON");
  await assertMisused(way, [...job, "--filter", '{"u":1,"u":2}'], '--filter has "u" twice');
  await assertMisused(way, [...job, "--filter", '{"n":9007199254740993}'], "send it as text");
  await assertMisused(way, [...job, "--form", "2024-05-01"], "did you mean --from?");
});

test(
  "serve prints one line when it is ready, and exits with 0 on SIGTERM and SIGINT",
  async (way) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      await using folder = await tempDir();
      const server = await startServer(way, { root: folder.path });
      const idle = await server.connect();
      const lines = new LineReader(idle);
      const next = () => patiently(lines.next(), "the connection to go on", () => idle.close());
      const request = { Header: "Info", Request: "Status", Connection: "keep-alive" };
      await idle.write(new TextEncoder().encode(JSON.stringify(request)));
      assertMatch(await next(), /Status: Ready/);
      Deno.kill(server.pid, signal);
      assertEquals(await next(), "");
      idle.close();
      const { code } = await server.wait();
      assertEquals(code, 0);
      assertEquals(server.stdout, `listening on 127.0.0.1:${server.port}\n`);
      const told = server.stderr.trimEnd().split("\n").map((line) => JSON.parse(line).message);
      assertEquals(told, [
        `version ${VERSION} listens on 127.0.0.1:${server.port}, process ${server.pid}`,
        `stopping at ${signal}`,
        "stopped",
      ]);
    }
  },
  bothWays,
);

test("serve exits with an error of one line when its port is taken", async (way) => {
  await using folder = await tempDir();
  await using server = await startServer(way, { root: folder.path });
  const { code, stdout, stderr } = await finish(way, [
    "serve",
    `--port=${server.port}`,
    `--root=${folder.path}`,
  ]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^tcp_server: 127\.0\.0\.1:\d+ is in use: .*\n$/);
});

test("serve reads its settings from a file, and options override the file", async (way) => {
  await using folder = await tempDir();
  await Deno.mkdir(join(folder.path, "data"));
  const config = join(folder.path, "service.toml");
  await Deno.writeTextFile(
    config,
    'host = "127.0.0.2"\nport = 1\nworkers = 3\nroot = "data"\n[limits]\nrequest-bytes = 1024\n',
  );
  await using server = await startServer(way, {
    args: ["--config", config, "--host", "127.0.0.1"],
  });
  assertEquals(server.hostname, "127.0.0.1");
  const info = await server.request({ Header: "Info", Request: "Status" });
  assertEquals(info.Response.Statistic?.Workers, 3);
  const long = await server.request({ Header: "Info", Request: "x".repeat(2000) });
  assertEquals(long.Response.Error?.Code, "TOO_LARGE");
  const asked = { Directory: "../../", Base: "a", File: "b.ts" };
  const outside = await server.request({ Header: "Dask", Request: asked });
  assertEquals(outside.Response.Error?.Code, "FORBIDDEN_PATH");
});

test("serve uses the working directory when no root is given", async (way) => {
  await using folder = await tempDir();
  await using server = await startServer(way, { cwd: folder.path });
  const code = async (Directory: string) => {
    const Request = { Directory, Base: "a.parquet", File: "b.ts" };
    return (await server.request({ Header: "Dask", Request })).Response.Error?.Code;
  };
  assertEquals(await code(folder.path), "BASE_NOT_FOUND");
  assertEquals(await code("."), "BASE_NOT_FOUND");
  assertEquals(await code(".."), "FORBIDDEN_PATH");
});

test("send prints the reply and exits with its status", async (way) => {
  await using folder = await tempDir();
  await using server = await startServer(way, { root: folder.path });
  const send = (request: string, input?: string) =>
    finish(
      way,
      ["send", request, "--port", `${server.port}`],
      input === undefined ? {} : { input },
    );
  const good = await send('{"Header":"Info","Request":"Status"}');
  assertEquals([good.code, good.stderr], [0, ""]);
  assertEquals(JSON.parse(good.stdout).Response.Discription, "Status: Ready");
  assertEquals(good.stdout.split("\n").length, 2);

  const piped = await send("-", ' {"Header":"Info",\n"Request":"All process"}\n');
  assertEquals(piped.code, 0);
  assertEquals(JSON.parse(piped.stdout).Response.Discription, "All process: 2");

  const bad = await send('{"Header":"Info","Request":"nothing"}');
  assertEquals([bad.code, bad.stderr], [1, ""]);
  assertEquals(JSON.parse(bad.stdout).Response.Error.Code, "BAD_REQUEST");

  const huge = await send("-", `{"a":"${"x".repeat(3_000_000)}"}`);
  assertEquals(huge.code, 1);
  assertEquals(JSON.parse(huge.stdout).Response.Error.Code, "TOO_LARGE");
});

test("send reports that no service answers", async (way) => {
  // Nobody else can come to listen where a connection has its own end.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using _ = await listener.accept();
  const { port } = connection.localAddr;
  const { code, stdout, stderr } = await finish(way, ["send", "{}", "--port", `${port}`]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^tcp_server: no service answers on 127\.0\.0\.1:\d+ .*\n$/);
});

test("run computes a job without a service and prints its reply", async (way) => {
  await using folder = await tempDir();
  await writeSample(folder.path, 1000);
  await Deno.writeTextFile(
    join(folder.path, "work.ts"),
    "export const map = ({ u }, { params }) => ({ v: u.map((x) => x * params.gain) });",
  );
  const run = (...args: string[]) =>
    finish(way, ["run", "--directory", ".", "--base", "time_series.parquet", ...args], {
      cwd: folder.path,
    });
  const { code, stdout, stderr } = await run("--file", "work.ts", "--params", '{"gain":2}');
  assertEquals([code, stderr], [0, ""], stdout);
  const reply = JSON.parse(stdout);
  assertEquals(reply.Header, "Dask");
  assertEquals(reply.Request.Params, { gain: 2 });
  assertEquals(reply.Response.Discription, {
    Directory: folder.path,
    File: "work_ansver.parquet",
  });
  assertEquals(reply.Response.Job.Rows, 1000);

  const named = await run("--file", "work.ts", "--params", '{"gain":2}', "--output", "twice.csv");
  assertEquals(JSON.parse(named.stdout).Response.Discription.File, "twice.csv");
  const lines = (await Deno.readTextFile(join(folder.path, "twice.csv"))).split("\r\n");
  assertEquals([lines.length, lines[0], lines[1]], [1002, "v", "0.0"]);

  const missing = await run("--file", "none.ts");
  assertEquals([missing.code, missing.stderr], [1, ""]);
  assertEquals(JSON.parse(missing.stdout).Response.Error.Code, "FORMULA_NOT_FOUND");

  const nowhere = await finish(way, [
    ...["run", "--directory", join(folder.path, "none"), "--base", "a", "--file", "b.ts"],
  ]);
  assertEquals([nowhere.code, nowhere.stderr], [1, ""]);
  assertEquals(JSON.parse(nowhere.stdout).Response.Error.Code, "BASE_NOT_FOUND");
}, bothWays);

test("what a new user gets wrong in paths is told with what to do", async (way) => {
  await using folder = await tempDir();
  const data = join(folder.path, "plant", "data");
  await Deno.mkdir(data, { recursive: true });
  await writeSample(data, 100);
  await Deno.writeTextFile(join(data, "table.csv"), "u\n1\n");
  await Deno.writeTextFile(join(data, "work.ts"), "export const map = ({ u }) => ({ u });");
  const run = async (base: string, file: string, directory = "plant/data") => {
    const job = ["--directory", directory, "--base", base, "--file", file];
    const { code, stdout } = await finish(way, ["run", ...job], { cwd: folder.path });
    assertEquals(code, 1);
    const { Code, Message } = JSON.parse(stdout).Response.Error;
    return `${Code} ${Message}`;
  };
  const told = [
    // The folder is said once more in a name.
    [await run("data/time_series.parquet", "work.ts"), /give time_series\.parquet$/],
    [await run("plant/data/time_series.parquet", "work.ts"), /give time_series\.parquet$/],
    [await run("./data/time_series.parquet", "work.ts"), /give time_series\.parquet$/],
    [await run("data/*.parquet", "work.ts"), /give \*\.parquet$/],
    [await run("time_series.parquet", "plant/data/work.ts"), /give work\.ts$/],
    [await run("data/none.parquet", "work.ts"), /may not be read$/],
    [await run("time_series.parquet", "work"), /^FORMULA_INVALID .*did you mean work\.ts\?$/],
    [await run("time_series", "work.ts"), /did you mean time_series\.parquet\?$/],
    [await run("table.csv", "work.ts"), /^BASE_NOT_PARQUET .*pandas\.read_csv\('table\.csv'\)/],
    [await run("C:\\data\\time_series.parquet", "work.ts"), /a path of Windows/],
    [await run("time_series.parquet", "work.ts", "C:\\plant"), /a path of Windows/],
    [await run("sub\\time_series.parquet", "work.ts"), /folders are divided by \//],
  ] as const;
  for (const [message, wanted] of told) assertMatch(message, wanted);
  const checked = await finish(
    way,
    ["check", "C:\\data\\work.ts", "--base", "time_series.parquet"],
    {
      cwd: data,
    },
  );
  assertEquals([checked.code, checked.stdout], [1, ""]);
  assertMatch(checked.stderr, /^tcp_server: FORMULA_NOT_FOUND: .* a path of Windows/);
});

test("run and check take rows by their times and by a filter, here and on a service", async (way) => {
  await using folder = await tempDir();
  const { path } = folder;
  await writeSample(path, 1000, 200);
  await Deno.writeTextFile(
    join(path, "work.ts"),
    `export const filter = ({ params }) => ({ unit: params.unit });
     export const map = ({ n }) => ({ n });`,
  );
  const params = ["--params", '{"unit":"unit 2"}'];
  const rows = ["--from", "2024-01-11T00:00Z", "--to", "2024-01-21T00:00Z", "--time", "time"]
    .concat("--filter", '{"n":{"$ne":247}}');
  const job = ["run", "--base", "time_series.parquet", "--file", "work.ts", ...params];
  const numbers = Array.from({ length: 240 }, (_, k) => 240 + k)
    .filter((n) => n % 7 === 2 && n !== 247);
  const assertRun = async (...place: string[]) => {
    const { code, stdout, stderr } = await finish(way, [...job, ...rows, ...place]);
    assertEquals([code, stderr], [0, ""], stdout);
    assertEquals(await readColumn(join(path, "work_ansver.parquet"), "n"), numbers);
    await Deno.remove(join(path, "work_ansver.parquet"));
  };
  await assertRun("--directory", path);
  await using server = await startServer(way, { root: path });
  await assertRun("--directory", path, "--remote", `127.0.0.1:${server.port}`);

  const bad = await finish(way, [...job, "--directory", path, "--from", "11.1.2024"]);
  assertEquals([bad.code, bad.stderr], [1, ""]);
  assertMatch(JSON.parse(bad.stdout).Response.Error.Message, /did you mean "2024-01-11"\?$/);

  const check = (...args: string[]) =>
    finish(way, [
      "check",
      join(path, "work.ts"),
      "--base",
      "time_series.parquet",
      ...params,
      ...args,
    ]);
  const tried = await check(...rows);
  assertEquals([tried.code, tried.stderr], [0, ""]);
  assertMatch(tried.stdout, new RegExp(`^returned: ${numbers.length} rows of n INT32$`, "m"));
  assertMatch(tried.stdout, /^what fits of the first 65536 rows took /m);
  const refused = await check("--from", "2024-01-12", "--to", "2024-01-11");
  assertEquals([refused.code, refused.stdout], [1, ""]);
  assertMatch(refused.stderr, /^tcp_server: BAD_REQUEST: Request\.From, .* is after Request\.To/);
});

test("run and check take further tables by --input, here and on a service", async (way) => {
  await using folder = await tempDir();
  const { path } = folder;
  await writeSample(path, 1000, 200);
  await writeSample(path, 7, 7, "table.parquet");
  await Deno.mkdir(join(path, "other"));
  await Deno.copyFile(join(path, "table.parquet"), join(path, "other", "t.parquet"));
  await Deno.writeTextFile(
    join(path, "work.ts"),
    `export const inputs = { t: { on: "unit", columns: ["n"] } };
     export const map = (chunk, { input }) => ({ n: chunk["t.n"], rows: chunk.n.fill(input("s").n.length) });`,
  );
  const inputs = ["--input", "t=table.parquet", "--input", "s=other/t.parquet"];
  const job = ["run", "--base", "time_series.parquet", "--file", "work.ts"];
  const assertRun = async (...place: string[]) => {
    const { code, stdout, stderr } = await finish(way, [...job, ...inputs, ...place]);
    assertEquals([code, stderr], [0, ""], stdout);
    const numbers = Array.from({ length: 1000 }, (_, k) => k % 7);
    assertEquals(await readColumn(join(path, "work_ansver.parquet"), "n"), numbers);
    await Deno.remove(join(path, "work_ansver.parquet"));
  };
  await assertRun("--directory", path);
  await using server = await startServer(way, { root: path });
  await assertRun("--directory", path, "--remote", `127.0.0.1:${server.port}`);

  const check = ["check", join(path, "work.ts"), "--base", "time_series.parquet"];
  const tried = await finish(way, [...check, ...inputs]);
  assertEquals([tried.code, tried.stderr], [0, ""]);
  assertMatch(tried.stdout, /^time_series\.parquet has time [^\n]*, n INT32$/m);
  assertMatch(tried.stdout, /^input t has time [^\n]*, n INT32$/m);
  assertMatch(tried.stdout, /^joined: t\.n INT32$/m);
  assertMatch(tried.stdout, /^touched: .*t\.n INT32.*s\.n INT32/m);
  const lacking = await finish(way, check);
  assertEquals(lacking.code, 1);
  assertMatch(lacking.stderr, /^tcp_server: BAD_REQUEST: the formula joins "t"/);
  await assertMisused(way, [...job, "--directory", path, "--input", "table.parquet"], "NAME=BASE");
  await assertMisused(way, [...job, "--directory", path, ...inputs, "--input", "t=a"], "t twice");
  await assertMisused(way, [...job, "--directory", path, "--input", "1=a"], "begins with a letter");
}, bothWays);

test("unit prints the delivered unit file with the values that were given", async (way) => {
  const { code, stdout } = await finish(way, ["unit"]);
  const delivered = await Deno.readTextFile(new URL("../../tcp_server.service", import.meta.url));
  assertEquals([code, stdout], [0, delivered]);
  const own = await finish(way, ["unit", "--user", "ada", "--directory", "/home/ada/service/"]);
  for (
    const line of [
      "User=ada",
      "WorkingDirectory=/home/ada/service",
      "ExecStart=/home/ada/service/tcp_server serve --root /home/ada/service/data --state ${STATE_DIRECTORY}",
      "StateDirectory=tcp_server",
      "RestartSec=10",
    ]
  ) assert(own.stdout.split("\n").includes(line), line);
}, bothWays);

Deno.test("the unit file has a comment before each of the four values to check", () => {
  const lines = unitText().split("\n");
  const marked = lines.flatMap((line, at) => {
    if (!/^# \(\d\)/.test(line)) return [];
    const value = lines.slice(at).find((one) => !one.startsWith("#"))!;
    return [value.split("=")[0]];
  });
  assertEquals(marked, ["User", "WorkingDirectory", "ExecStart", "RestartSec"]);
});

Deno.test("special characters of a folder are escaped for systemd", () => {
  const lines = unitText("ada", '/data/50% "off" $now').split("\n");
  assert(lines.includes('WorkingDirectory=/data/50%% "off" $now'));
  assert(
    lines.includes(
      'ExecStart="/data/50%% \\"off\\" $$now/tcp_server" serve ' +
        '--root "/data/50%% \\"off\\" $$now/data" --state ${STATE_DIRECTORY}',
    ),
  );
});

Deno.test("a hardened service can use data in temporary and system folders", () => {
  const settings = (directory: string) =>
    unitText("ada", directory).match(/^(PrivateTmp|ProtectHome|ReadWritePaths|Bind\w+)=.*$/gm);
  assertEquals(settings("/usr/local/x"), [
    "PrivateTmp=yes",
    "ProtectHome=yes",
    "ReadWritePaths=-/usr/local/x/data",
  ]);
  assertEquals(settings("/var/tmp/x"), [
    "ReadWritePaths=/tmp /var/tmp",
    "PrivateTmp=no",
    "ProtectHome=yes",
    "ReadWritePaths=-/var/tmp/x/data",
  ]);
  assertEquals(settings("/home/ada/5% x"), [
    "PrivateTmp=yes",
    "ProtectHome=tmpfs",
    'BindReadOnlyPaths="/home/ada/5%% x"',
    'BindPaths="-/home/ada/5%% x/data"',
  ]);
});

Deno.test("the progress bar shows what share of the job is done", () => {
  assertEquals(
    drawBar("job", 1, 3, 2.04, "5 of 9 rows"),
    `job [${"#".repeat(10)}${"-".repeat(20)}]  33 %  2.0 s  5 of 9 rows`,
  );
  assertEquals(drawBar("job", 0, 0, 0, ""), `job [${"-".repeat(30)}]   0 %  0.0 s`);
  assertEquals(drawBar("job", 4, 3, 1, ""), `job [${"#".repeat(30)}] 100 %  1.0 s`);
});

test("new writes a formula that passes check, runs, and is never overwritten", async (way) => {
  await using folder = await tempDir();
  const { u } = await writeSample(folder.path, 3000, 1000);
  const path = join(folder.path, "work");
  const made = await finish(way, ["new", path]);
  assertEquals([made.code, made.stderr], [0, ""]);
  const again = await finish(way, ["new", path]);
  assertEquals(again.code, 1);
  assertMatch(again.stderr, /there already/);
  const checked = await finish(way, ["check", `${path}.ts`, "--base", "time_series.parquet"]);
  assertEquals(checked.code, 0, checked.stderr);
  assertMatch(checked.stdout, /^work\.ts exports map; it runs as map$/m);
  assertMatch(checked.stdout, /^touched: u DOUBLE$/m);
  assertMatch(checked.stdout, /^returned: 1000 rows of squared DOUBLE$/m);
  assertEquals(listing(folder.path), ["time_series.parquet", "work.ts"]);
  const ran = await finish(way, [
    ...["run", "--directory", folder.path, "--base", "time_series.parquet", "--file", "work.ts"],
  ]);
  assertEquals(ran.code, 0, ran.stdout);
  const squared = await readColumn(join(folder.path, "work_ansver.parquet"), "squared");
  assertEquals(squared, Array.from(u, (value) => value ** 2));
});

test("check reads the first rows only, and reports where a formula fails", async (way) => {
  await using folder = await tempDir();
  await writeSample(folder.path, 3000, 700);
  const path = join(folder.path, "work.ts");
  const check = async (text: string) => {
    await Deno.writeTextFile(path, text);
    return await finish(way, ["check", path, "--base", "time_series.parquet"]);
  };
  const whole = await check(
    `export const main = async (frame) => [frame.rows, (await frame.column("n")).length, (await frame.column("unit")).at(-1)];`,
  );
  assertMatch(whole.stdout, /^returned: \[1000,1000,"unit 5"\]$/m);
  assertMatch(whole.stdout, /^touched: n INT32, unit STRING$/m);
  const failed = await check(`export function map() {\n  throw new Error("no");\n}`);
  assertEquals([failed.code, failed.stdout], [1, ""]);
  assertMatch(failed.stderr, /FORMULA_FAILED \(work\.ts:2:9\): map: Error: no/);
});
