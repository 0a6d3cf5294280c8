import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { patiently } from "../../scripts/patience.ts";
import { certificatePath } from "../support/certificates.ts";
import { writeSample } from "../support/fixtures.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { GATE, writeFormulas } from "../support/job_requests.ts";
import { missingCommand, testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const SCRIPT = fromFileUrl(new URL("../../examples/clients/client.sh", import.meta.url));
const TOKEN = 'correct-"horse"\\battery-staple';
const CERTIFICATE = certificatePath("server-cert.pem");
const TLS = ["--tls-cert", CERTIFICATE, "--tls-key", certificatePath("server-key.pem")];

const FORMULAS = {
  "echo.ts": "export const main = (_, { params }) => params;",
  "fails.ts": 'export const map = () => {\n  throw new Error("no \\"such\\" unit");\n};',
  "endless.ts": "export const map = () => { for (;;); };",
  "talks.ts":
    "export const main = (_, { log }) => { for (let k = 0; k < 10_000; k++) log(`line ${k}`); };",
  "gate.ts": GATE,
};

/** The client in the shell of a service; gives its exit code, its reply, and the last line that it wrote to standard error. */
async function client(
  { hostname, port }: Pick<RunningServer, "hostname" | "port">,
  job: string[],
  env: Record<string, string> = {},
) {
  const child = new Deno.Command("bash", {
    args: [SCRIPT, hostname, `${port}`, ...job],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { code, stdout, stderr } = await patiently(
    child.output(),
    "the client in the shell to end",
    () => child.kill("SIGKILL"),
  );
  const text = new TextDecoder().decode(stdout);
  const told = new TextDecoder().decode(stderr).trimEnd().split("\n").at(-1)!;
  return { code, reply: text === "" ? null : JSON.parse(text), told };
}

function test(
  name: string,
  commands: [string, string][],
  check: (
    folder: string,
    start: (args?: string[], env?: Record<string, string>) => Promise<RunningServer>,
  ) => Promise<void>,
): void {
  for (const way of ways) {
    testWith(
      missingCommand(...commands),
      `the client in the shell: ${name} [${way.name}]`,
      async () => {
        await using folder = await tempDir();
        await writeSample(folder.path, 1000, 200);
        await writeFormulas(folder.path, FORMULAS);
        await using open = new AsyncDisposableStack();
        await check(
          folder.path,
          async (args = [], env = {}) =>
            open.use(await startServer(way, { root: folder.path, args, env })),
        );
      },
    );
  }
}

const job = (folder: string, file: string) => [folder, "time_series.parquet", file];

test("parameters, values and long logs come through", [["bash", "bash"]], async (folder, start) => {
  const server = await start();
  const params = { text: 'a "b" \\ é', big: [1e21, -0.5], none: null };
  const { code, reply } = await client(server, [...job(folder, "echo.ts"), JSON.stringify(params)]);
  assertEquals([code, reply.Response.Result], [0, params]);
  const talks = await client(server, job(folder, "talks.ts"));
  assertEquals([talks.code, talks.reply.Response.Job.Log.length], [0, 200]);
});

test(
  "failures are words with code, place and message",
  [["bash", "bash"]],
  async (folder, start) => {
    const server = await start();
    const told = async (file: string, env = {}) => {
      const { code, reply, told } = await client(server, job(folder, file), env);
      assertEquals([code, reply], [1, null]);
      return told;
    };
    assertMatch(await told("fails.ts"), /^FORMULA_FAILED \(fails\.ts:2:9\): .*no "such" unit$/);
    assertMatch(await told("none.ts"), /^FORMULA_NOT_FOUND: none\.ts doesn't exist/);
    assertMatch(await told("endless.ts", { JOB_SECONDS: "0.2" }), /^FORMULA_TIMEOUT: .*0\.2 s/);
  },
);

test("a token is sent, and a wrong one is told", [["bash", "bash"]], async (folder, start) => {
  const server = await start([], { MEASURING_TOKEN: TOKEN });
  const good = await client(server, [...job(folder, "echo.ts"), "7"], { MEASURING_TOKEN: TOKEN });
  assertEquals([good.code, good.reply?.Response.Result], [0, 7], good.told);
  for (const wrong of ["", "not-the-token-of-it"]) {
    const { code, told } = await client(server, job(folder, "echo.ts"), { MEASURING_TOKEN: wrong });
    assertEquals(code, 1);
    assert(told.startsWith("UNAUTHORIZED: "), told);
  }
});

test(
  "TLS is checked, and what isn't trusted is told",
  [["bash", "bash"], ["openssl", "openssl"]],
  async (folder, start) => {
    const server = await start(TLS);
    const ask = (env: Record<string, string>, hostname = server.hostname) =>
      client({ hostname, port: server.port }, [...job(folder, "echo.ts"), "7"], env);
    for (const host of ["127.0.0.1", "localhost"]) {
      const good = await ask({ TLS_CA: CERTIFICATE }, host);
      assertEquals([good.code, good.reply?.Response.Result], [0, 7], good.told);
    }
    for (const env of [{ TLS_CA: certificatePath("other-cert.pem") }, { TLS: "1" }]) {
      const { code, reply, told } = await ask(env);
      assertEquals([code, reply], [1, null]);
      assertMatch(told, /without a reply: its certificate is trusted if TLS_CA names it$/);
    }
    const plain = await ask({});
    assertEquals([plain.code, plain.reply], [1, null]);
    assertMatch(plain.told, /without a reply: if it speaks TLS, name its certificate/);
  },
);

test(
  "a service that goes, is silent or never was is told",
  [["bash", "bash"]],
  async (folder, start) => {
    const server = await start();
    const asked = client(server, job(folder, "gate.ts"));
    const running = async () => {
      const request = { Header: "Info", Request: "Status" };
      return (await server.request(request)).Response.Discription === "Status: Work";
    };
    await until("the job to run", running);
    await server.kill();
    const gone = await asked;
    assertEquals([gone.code, gone.reply], [1, null]);
    assertMatch(gone.told, /no service answers on|without a reply/);
    const never = await client(server, job(folder, "echo.ts"));
    assertEquals(never.code, 1);
    assertMatch(never.told, /^no service answers on 127\.0\.0\.1:\d+$/);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { hostname, port } = listener.addr;
    const silent = await client({ hostname, port }, job(folder, "echo.ts"), {
      REPLY_SECONDS: "0.3",
    });
    assertEquals(silent.code, 1);
    assertMatch(silent.told, /is silent$/);
  },
);
