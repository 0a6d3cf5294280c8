import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import manifest from "../../deno.json" with { type: "json" };
import { ERROR_CODES } from "../../mod/common/errors.ts";
import { patiently } from "../../scripts/patience.ts";
import { pythonWith } from "../../scripts/python.ts";
import { ROOT } from "../../scripts/sources.ts";
import { certificatePath } from "../support/certificates.ts";
import { writeSample } from "../support/fixtures.ts";
import { RunningServer, startServer, tempDir, type Way, ways } from "../support/harness.ts";
import { ask, GATE, writeFormulas } from "../support/job_requests.ts";
import { testWith } from "../support/needs.ts";
import { peerPython } from "../support/peers/python.ts";
import { type Interpreter, interpreters } from "../support/pythons.ts";
import { until } from "../support/until.ts";

const SCENARIOS = fromFileUrl(new URL("scenarios.py", import.meta.url));
const PACKAGE = join(ROOT, "clients", "python");
const TOKEN = "correct-horse-battery-staple";
const CERTIFICATE = certificatePath("server-cert.pem");
const TLS = ["--tls-cert", CERTIFICATE, "--tls-key", certificatePath("server-key.pem")];
const ROWS = 1000;

const FORMULAS = {
  "twice.ts": "export const map = ({ n }, { params }) => ({ n: n.map((x) => params.by * x) });",
  "several.ts": `export const tables = ["even", "odd"];
    export const map = ({ n }) => ({
      even: { n: n.filter((v) => v % 2 === 0) },
      odd: { n: n.filter((v) => v % 2 === 1) },
    });`,
  "carried.ts": "export const map = ({ n, unit }) => ({ n, unit });",
  "count.ts":
    `export const chunk = ({ n }) => ({ rows: n.length, sum: n.reduce((a, b) => a + b, 0) });
    export const combine = (a, b) => ({ rows: a.rows + b.rows, sum: a.sum + b.sum });`,
  "echo.ts": "export const main = (_, { params }) => params;",
  "talks.ts": `export const main = (_, { log }) => {
    for (let k = 0; k < 10_000; k++) log(\`line \${k} é\`);
    return "said";
  };`,
  "fails.ts": 'export const map = () => {\n  throw new Error("no such unit");\n};',
  "endless.ts": "export const map = () => { for (;;); };",
  "gate.ts": GATE,
};

/** What a scenario needs, and what the test does at the moments that it tells of. */
interface Scene {
  interpreter: string;
  given: Record<string, unknown>;
  onMoment?: (moment: string, pid: number) => Promise<void>;
}

/** Plays a scenario to its end. @throws {Error} with what Python wrote when it ends badly */
async function play(scenario: string, { interpreter, given, onMoment }: Scene): Promise<void> {
  const child = new Deno.Command(interpreter, {
    args: ["-W", "error", SCENARIOS, scenario, JSON.stringify(given)],
    env: { PYTHONPATH: PACKAGE, PYTHONDONTWRITEBYTECODE: "1", MEASURING_TOKEN: "" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const writer = child.stdin.getWriter();
  const play = async () => {
    let text = "";
    for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += piece;
      if (!text.endsWith("\n")) continue;
      await onMoment?.(text.trimEnd(), child.pid);
      text = "";
      await writer.write(new TextEncoder().encode("go on\n"));
    }
    await writer.close().catch(() => {}); // it has ended
    return await child.status;
  };
  const { code } = await patiently(play(), scenario, () => child.kill("SIGKILL"));
  if (code !== 0) throw new Error(`${scenario} ended with ${code}:\n${await stderr}`);
}

async function dataFolder(folder: string): Promise<string> {
  // Names as in folders that hold a value: nothing may read one into the table.
  const data = join(folder, "plant=1");
  await Deno.mkdir(data);
  await writeSample(data, ROWS, 200);
  await writeFormulas(data, FORMULAS);
  return data;
}

const found: readonly Interpreter[] = await interpreters();

/** A test of each Python, with a service of its own. */
function test(
  name: string,
  check: (stage: {
    interpreter: string;
    way: Way;
    server: RunningServer;
    folder: string;
    given: Record<string, unknown>;
  }) => Promise<void>,
  args: readonly string[] = [],
): void {
  for (const { name: python, path } of found) {
    for (const way of ways) {
      testWith(
        path === null ? `Python ${python} is not installed` : null,
        `${name} (${python}) [${way.name}]`,
        async () => {
          await using folder = await tempDir();
          const data = await dataFolder(folder.path);
          await using server = await startServer(way, {
            root: folder.path,
            args: ["--limit", "log-bytes=1048576", ...args],
          });
          const { hostname: host, port } = server;
          const given = { host, port, folder: data, rows: ROWS };
          await check({ interpreter: path!, way, server, folder: data, given });
        },
      );
    }
  }
}

/** Tests whose scenario is all there is to them. */
const PLAIN = {
  results: "runs give results with values, files, logs and the rows that were asked for",
  failures: "failures are exceptions with code, place and what to do",
  following: "jobs are submitted, watched, waited for, cancelled and listed",
  keys: "a key makes a job one job",
  progress: "progress is shown in a terminal's line and in a notebook's cell",
  without_packages: "what needs a package says which",
} as const;

for (const [scenario, name] of Object.entries(PLAIN)) {
  test(`the Python client: ${name}`, ({ interpreter, given }) =>
    play(scenario, { interpreter, given }));
}

test(
  "the Python client: a token is needed, and a wrong one is told",
  async ({ interpreter, way, folder }) => {
    await using server = await startServer(way, {
      root: folder,
      env: { MEASURING_TOKEN: TOKEN },
    });
    const { hostname: host, port } = server;
    await play("token", { interpreter, given: { host, port, folder, token: TOKEN } });
  },
);

test(
  "the Python client: TLS is checked, and what isn't trusted is told",
  async ({ interpreter, way, server, folder }) => {
    await using secure = await startServer(way, { root: folder, args: TLS });
    const { hostname: host, port } = secure;
    const stranger = certificatePath("other-cert.pem");
    const given = { host, port, plain_port: server.port, folder, trusted: CERTIFICATE, stranger };
    await play("tls", { interpreter, given });
  },
);

test("the Python client: Ctrl-C cancels the job of run", async ({ interpreter, server, given }) => {
  let watching: Promise<void> | undefined;
  const onMoment = (_: string, pid: number) => {
    const running = async () => (await ask(server, "List", { State: "running" })).Jobs.length > 0;
    watching = until("the job to run", running).then(() => Deno.kill(pid, "SIGINT"));
    return Promise.resolve();
  };
  await play("interrupted", { interpreter, given, onMoment });
  await watching;
});

/** A service on a port that it keeps when it comes back after it was killed. */
class Restarted implements AsyncDisposable {
  readonly #args: readonly string[];
  readonly #way: Way;
  server: RunningServer;

  private constructor(way: Way, args: readonly string[], server: RunningServer) {
    this.#way = way;
    this.#args = args;
    this.server = server;
  }

  static async start(way: Way, root: string, args: readonly string[]): Promise<Restarted> {
    const server = await startServer(way, { root, args });
    const { port } = server;
    return new Restarted(way, ["serve", "--port", `${port}`, "--root", root, ...args], server);
  }

  async restart(): Promise<void> {
    await this.server.kill();
    const command = (streams: Deno.CommandOptions) => this.#way.command(this.#args, streams);
    this.server = await RunningServer.start(command, this.#way.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}

for (const scenario of ["away", "forgetful"] as const) {
  const what = scenario === "away" ? "with its jobs" : "without them";
  test(
    `the Python client: a service that is killed comes back ${what}`,
    async ({ interpreter, way, folder }) => {
      await using state = await tempDir();
      const args = scenario === "away" ? ["--state", state.path] : [];
      await using place = await Restarted.start(way, folder, args);
      const { hostname: host, port } = place.server;
      await play(scenario, {
        interpreter,
        given: { host, port, folder },
        onMoment: () => place.restart(),
      });
    },
  );
}

test("the Python client: a service that goes for good is told", async ({ interpreter, way, folder }) => {
  const server = await startServer(way, { root: folder });
  const { hostname: host, port } = server;
  await play("gone", { interpreter, given: { host, port, folder }, onMoment: () => server.kill() });
});

for (const [scenario, reply] of [["nonsense", "220 mail ready\r\n"], ["silent", ""]] as const) {
  test(`the Python client: what is ${scenario} is no service`, async ({ interpreter }) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const connections: Deno.Conn[] = [];
    const accepting = (async () => {
      for await (const connection of listener) {
        connections.push(connection);
        await connection.write(new TextEncoder().encode(reply));
      }
    })();
    const { hostname: host, port } = listener.addr;
    await play(scenario, { interpreter, given: { host, port } });
    listener.close();
    await accepting;
    for (const connection of connections) connection.close();
  });
}

testWith(
  peerPython === null ? "the Python packages of others are not installed" : null,
  "the Python client: tables come to pandas, Polars and Arrow",
  async () => {
    await using folder = await tempDir();
    const data = await dataFolder(folder.path);
    await using server = await startServer(ways[0]!, { root: folder.path });
    const { hostname: host, port } = server;
    await play("tables", {
      interpreter: peerPython!,
      given: { host, port, folder: data, rows: ROWS },
    });
  },
);

const typed = await pythonWith(
  fromFileUrl(new URL("../support/mypy_requirements.txt", import.meta.url)),
  join(ROOT, "dist", "mypy"),
).catch((error: Error) => error);

testWith(
  typed instanceof Error ? typed.message : null,
  "the Python client is typed: mypy finds nothing",
  async () => {
    const { code, stdout } = await new Deno.Command(typed as string, {
      args: ["-m", "mypy", "--cache-dir", "/dev/null", "measuring_client"],
      cwd: PACKAGE,
    }).output();
    assertEquals([code, new TextDecoder().decode(stdout)], [
      0,
      "Success: no issues found in 7 source files\n",
    ]);
  },
);

Deno.test("the Python client has the service's version, and advice for each of its codes", async () => {
  const source = (name: string) => Deno.readTextFile(join(PACKAGE, "measuring_client", name));
  const [, version] = /__version__ = "(.+)"/.exec(await source("__init__.py"))!;
  assertEquals(version, manifest.version);
  const errors = await source("errors.py");
  const advice = errors.slice(errors.indexOf("WHAT_TO_DO:"), errors.indexOf("_CLASSES:"));
  const codes = [...advice.matchAll(/^ {4}"([A-Z_]+)":/gm)].map(([, code]) => code!);
  assertEquals(codes.sort(), [...ERROR_CODES].sort());
});
