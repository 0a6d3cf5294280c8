import { assert, assertEquals, assertMatch } from "@std/assert";
import { patiently } from "../../scripts/patience.ts";
import { writeSample } from "../support/fixtures.ts";
import {
  bothWays,
  LineReader,
  startServer,
  tempDir,
  type Way,
  ways,
  writeAll,
} from "../support/harness.ts";
import { end, QUICK, submit, writeFormulas } from "../support/job_requests.ts";

/** What no line of the log may tell; nothing that a port or an id could have in it. */
const SECRET = "a value of the client's own";

const FORMULAS = {
  "quick.js": QUICK,
  "fails.js":
    "export const main = (_, { params }) => { throw new Error(`it was ${params.secret}`); };",
};

/** A server in whose folder a job has gone well and one has failed; and its standard error. */
async function afterJobs(way: Way, options: { env?: Record<string, string>; args?: string[] }) {
  await using folder = await tempDir();
  await writeSample(folder.path, 100, 100);
  await writeFormulas(folder.path, FORMULAS);
  const server = await startServer(way, { root: folder.path, ...options });
  const quick = await submit(server, folder.path, "quick.js", { Params: { secret: SECRET } });
  await end(server, quick.Id);
  const fails = await submit(server, folder.path, "fails.js", { Params: { secret: SECRET } });
  await end(server, fails.Id);
  await server.stop();
  return { quick: quick.Id, fails: fails.Id, stderr: server.stderr, folder: folder.path };
}

for (const way of ways) {
  Deno.test(`each event of a job is logged as a line of JSON with the job's id [${way.name}]`, async () => {
    const { quick, fails, stderr, folder } = await afterJobs(way, {});
    const events = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
    const ofService = events.filter(({ part }) => part === "service");
    assertEquals(ofService.map(({ message }) => message.replace(/^version .*/, "version")), [
      "version",
      "stopping at SIGTERM",
      "stopped",
    ]);
    const told = events.filter(({ part }) => part !== "service")
      .map(({ level, part, job, message }) => [level, part, job, message]);
    const accepted = told.filter(([, part]) => part === "audit");
    assertEquals(
      accepted,
      [quick, fails].map((job) => ["info", "audit", job, `127.0.0.1: submit of ${job} accepted`]),
    );
    const ofJobs = told.filter(([, part]) => part === "job");
    assertEquals(ofJobs.length + accepted.length, told.length);
    assertEquals(ofJobs.filter(([, , , message]) => !/ complete: /.test(message)), [
      ["info", "job", quick, `${quick} for 127.0.0.1: quick.js in ${folder}`],
      ["info", "job", quick, `${quick} started, run 1`],
      ["info", "job", fails, `${fails} for 127.0.0.1: fails.js in ${folder}`],
      ["info", "job", fails, `${fails} started, run 1`],
      ["warning", "job", fails, `${fails} failed with FORMULA_FAILED`],
    ]);
    const [complete] = events.filter(({ message }) => / complete: /.test(message));
    assertEquals([complete.job, complete.rows], [quick, 100]);
    assert(!stderr.includes(SECRET));
  });

  Deno.test(`only events of the configured level and above are logged [${way.name}]`, async () => {
    const { fails, stderr } = await afterJobs(way, { args: ["--log-level", "warning"] });
    assertEquals(stderr.trimEnd().split("\n").map((line) => JSON.parse(line).job), [fails]);
  });
}

for (const way of bothWays) {
  Deno.test(`log lines begin with a priority under systemd [${way.name}]`, async () => {
    const env = { JOURNAL_STREAM: "8:1" };
    const { quick, fails, stderr } = await afterJobs(way, { env, args: ["--log-level", "debug"] });
    assertMatch(stderr, new RegExp(`^<6>job: ${quick} started, run 1$`, "m"));
    assertMatch(stderr, new RegExp(`^<4>job: ${fails} failed with FORMULA_FAILED$`, "m"));
    assertMatch(stderr, /^<7>connection: 127\.0\.0\.1:\d+ opened$/m);
    assertMatch(stderr, /^<7>connection: 127\.0\.0\.1:\d+ closed$/m);
    assertMatch(stderr, /^<7>request: job for 127\.0\.0\.1$/m);
    assert(!stderr.includes(SECRET));
  });
}

/** A server whose standard error is a pipe that nobody reads yet, with a connection to it. */
class Unread implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #connection: Deno.Conn;
  readonly #lines: LineReader;

  private constructor(child: Deno.ChildProcess, connection: Deno.Conn) {
    this.#child = child;
    this.#connection = connection;
    this.#lines = new LineReader(connection);
  }

  static async start(way: Way, folder: string): Promise<Unread> {
    const args = ["serve", "--port", "0", "--root", folder, "--log-level", "debug"];
    const child = way.command(args, { stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    const stdout = child.stdout.getReader();
    const kill = () => child.kill("SIGKILL");
    const { value } = await patiently(stdout.read(), "the server to listen", kill);
    await stdout.cancel();
    const [, port] = /:(\d+)\n/.exec(new TextDecoder().decode(value))!;
    return new Unread(child, await Deno.connect({ port: Number(port) }));
  }

  /** Asks for the status, as many times, with up to a hundred requests on their way. */
  async ask(times: number): Promise<void> {
    const request = { Header: "Info", Request: "Status", Connection: "keep-alive" };
    const asking = (async () => {
      for (let left = times; left > 0; left -= 100) {
        const together = Math.min(left, 100);
        const text = JSON.stringify(request).repeat(together);
        await writeAll(this.#connection, new TextEncoder().encode(text));
        for (let k = 0; k < together; k++) {
          assertEquals(JSON.parse(await this.#lines.next()).Response.Status, "complete");
        }
      }
    })();
    await patiently(asking, `${times} replies`, () => this.#child.kill("SIGKILL"));
  }

  /** Reads the log until it says this. */
  async tells(wanted: RegExp): Promise<void> {
    let log = "";
    const reading = async () => {
      for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
        log += text;
        if (wanted.test(log)) return;
      }
      throw new Error(`the log ended without ${wanted}`);
    };
    await patiently(reading(), `${wanted} in the log`, () => this.#child.kill("SIGKILL"));
  }

  /** Goes away from the log's other end. */
  deafen(): Promise<void> {
    return this.#child.stderr.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close();
    this.#child.kill("SIGTERM");
    const kill = () => this.#child.kill("SIGKILL");
    const { code } = await patiently(this.#child.status, "the end", kill);
    assertEquals(code, 0);
  }
}

for (const way of ways) {
  Deno.test(`a log that nobody reads blocks nothing, and the number of dropped lines is logged [${way.name}]`, async () => {
    await using folder = await tempDir();
    await using server = await Unread.start(way, folder.path);
    // A request takes more than a hundred bytes of the log; a mebibyte may wait.
    await server.ask(12_000);
    await server.tells(/\d{3,} lines of the log were dropped/);
    await server.ask(1);
  });
}

for (const way of bothWays) {
  Deno.test(`the service survives the end of its log's reader [${way.name}]`, async () => {
    await using folder = await tempDir();
    await using server = await Unread.start(way, folder.path);
    await server.deafen();
    await server.ask(100);
  });
}
