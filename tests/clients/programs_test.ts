import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname, join } from "@std/path";
import { stripTypes } from "../../mod/engine/snapshot/typescript.ts";
import { patiently } from "../../scripts/patience.ts";
import { ROOT } from "../../scripts/sources.ts";
import { certificatePath } from "../support/certificates.ts";
import { writeSample } from "../support/fixtures.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { GATE, writeFormulas } from "../support/job_requests.ts";
import { missingCommand, testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

/** A client with the arguments and the environment that all of examples/clients have. */
interface Program {
  name: string;
  /** What a machine may lack of it. */
  commands: [command: string, debian: string][];
  /** The same of it when it speaks TLS. */
  forTls: [command: string, debian: string][];
  /** Makes it ready in a folder; gives its command. */
  prepare: (folder: string) => Promise<string[]>;
}

const EXAMPLES = join(ROOT, "examples", "clients");

const PROGRAMS: Program[] = [
  {
    name: "in the shell",
    commands: [["bash", "bash"]],
    forTls: [["openssl", "openssl"]],
    prepare: () => Promise.resolve(["bash", join(EXAMPLES, "client.sh")]),
  },
  {
    name: "in TypeScript, by Deno",
    commands: [],
    forTls: [],
    prepare: () => Promise.resolve([Deno.execPath(), "run", "-A", join(EXAMPLES, "client.ts")]),
  },
  {
    name: "in TypeScript, by Node.js",
    commands: [["node", "nodejs"]],
    forTls: [],
    prepare: forNode,
  },
  {
    name: "in C#",
    commands: [["mcs", "mono-mcs"], ["mono", "mono-runtime"]],
    forTls: [],
    prepare: async (folder) => {
      const program = join(folder, "Client.exe");
      const libraries = ["System.Runtime.Serialization", "System.Xml.Linq"];
      await compiled("mcs", [
        `-out:${program}`,
        ...libraries.map((name) => `-r:${name}`),
        join(EXAMPLES, "Client.cs"),
      ]);
      return ["mono", program];
    },
  },
];

async function compiled(command: string, args: string[]): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const told = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assertEquals([code, told], [0, ""]);
}

/** The client's sources without their types: not every Node.js erases them itself. */
async function forNode(folder: string): Promise<string[]> {
  const names = [["clients", "typescript", "measuring_client"], ["examples", "clients", "client"]];
  for (const path of names) {
    const text = await Deno.readTextFile(`${join(ROOT, ...path)}.ts`);
    const stripped = await stripTypes(text, path.at(-1)!);
    const target = `${join(folder, ...path)}.mjs`;
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeTextFile(
      target,
      stripped.replace("measuring_client.ts", "measuring_client.mjs"),
    );
  }
  return ["node", `${join(folder, ...names[1]!)}.mjs`];
}

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

/** Runs a client; gives its exit code, its reply, and the last line that it wrote to standard error. */
async function runClient(
  [command, ...args]: string[],
  { hostname, port }: Pick<RunningServer, "hostname" | "port">,
  job: string[],
  env: Record<string, string>,
) {
  const child = new Deno.Command(command!, {
    args: [...args, hostname, `${port}`, ...job],
    env: { MEASURING_TOKEN: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { code, stdout, stderr } = await patiently(
    child.output(),
    "the client to end",
    () => child.kill("SIGKILL"),
  );
  const text = new TextDecoder().decode(stdout);
  const lines = new TextDecoder().decode(stderr).trimEnd().split("\n");
  const told = lines.at(-1)!;
  return { code, reply: text === "" ? null : JSON.parse(text), told, lines };
}

type Client = (
  server: Pick<RunningServer, "hostname" | "port">,
  job: string[],
  env?: Record<string, string>,
) => ReturnType<typeof runClient>;

/** A test of every client. */
function test(
  name: string,
  check: (
    folder: string,
    client: Client,
    start: (args?: string[], env?: Record<string, string>) => Promise<RunningServer>,
  ) => Promise<void>,
  { tls = false }: { tls?: boolean } = {},
): void {
  for (const way of ways) {
    for (const program of PROGRAMS) {
      const commands = [...program.commands, ...(tls ? program.forTls : [])];
      testWith(
        missingCommand(...commands),
        `the client ${program.name}: ${name} [${way.name}]`,
        async () => {
          await using folder = await tempDir();
          await using own = await tempDir();
          const data = join(folder.path, 'a "b" \\c é');
          await Deno.mkdir(data);
          await writeSample(data, 1000, 200);
          await writeFormulas(data, FORMULAS);
          const command = await program.prepare(own.path);
          await using open = new AsyncDisposableStack();
          await check(
            data,
            (server, job, env = {}) => runClient(command, server, job, env),
            async (args = [], env = {}) =>
              open.use(await startServer(way, { root: folder.path, args, env })),
          );
        },
      );
    }
  }
}

const job = (folder: string, file: string) => [folder, "time_series.parquet", file];

test("parameters, values and long logs come through", async (folder, client, start) => {
  const server = await start();
  const params = { text: 'a "b" \\ é', big: [1e21, -0.5], none: null };
  const { code, reply, lines } = await client(server, [
    ...job(folder, "echo.ts"),
    JSON.stringify(params),
  ]);
  assertEquals([code, reply.Response.Result], [0, params]);
  // What changed, line by line, to the job's end.
  const changes = lines.map((line) => JSON.parse(line)).map((one) => one.Response?.Job ?? one);
  assertEquals(changes.at(-1).State, "complete");
  const talks = await client(server, job(folder, "talks.ts"));
  assertEquals([talks.code, talks.reply.Response.Job.Log.length], [0, 200]);
});

test(
  "failures are words with code, place and message",
  async (folder, client, start) => {
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

test("a token is sent, and a wrong one is told", async (folder, client, start) => {
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
  async (folder, client, start) => {
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
      assertMatch(
        told,
        /: its certificate is trusted if (TLS_CA names it|the option tls has its text)$/,
      );
    }
    const plain = await ask({});
    assertEquals([plain.code, plain.reply], [1, null]);
    assertMatch(plain.told, /(without a reply|is not JSON): if it speaks TLS, (name|give)/);
  },
  { tls: true },
);

test(
  "a service that goes, is silent or never was is told",
  async (folder, client, start) => {
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
    assertMatch(gone.told, /no service answers on|without a reply|before the job had ended/);
    const never = await client(server, job(folder, "echo.ts"));
    assertEquals(never.code, 1);
    assertMatch(never.told, /^no service answers on 127\.0\.0\.1:\d+( \(.+\))?$/);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { hostname, port } = listener.addr;
    const silent = await client({ hostname, port }, job(folder, "echo.ts"), {
      REPLY_SECONDS: "0.3",
    });
    assertEquals(silent.code, 1);
    assertMatch(silent.told, /is silent$/);
  },
);
