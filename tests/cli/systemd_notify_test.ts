import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type Health, Notifier } from "../../mod/system/notify.ts";
import { writeSample } from "../support/fixtures.ts";
import { bothWays, startServer, type TempDir, tempDir, ways } from "../support/harness.ts";
import { end, GATE, logged, submit, told, writeFormulas } from "../support/job_requests.ts";
import { until } from "../support/until.ts";

/** A socket as systemd's: gives the lines of what it is told. */
class Listener implements AsyncDisposable {
  readonly path: string;
  readonly #socket: Deno.DatagramConn;
  readonly #ended: Promise<void>;
  readonly #lines: string[] = [];

  constructor(folder: TempDir) {
    this.path = join(folder.path, "notify");
    this.#socket = Deno.listenDatagram({ transport: "unixpacket", path: this.path });
    this.#ended = this.#receive();
  }

  async #receive(): Promise<void> {
    for await (const [bytes] of this.#socket) {
      this.#lines.push(...new TextDecoder().decode(bytes).split("\n"));
    }
  }

  /** Takes lines until one is this. @return those before it */
  async until(wanted: string): Promise<string[]> {
    await until(`systemd to be told ${wanted}`, () => this.#lines.includes(wanted), 5);
    return this.#lines.splice(0, this.#lines.indexOf(wanted) + 1).slice(0, -1);
  }

  /** Drops the lines that have come so far. */
  forget(): void {
    this.#lines.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#ended;
  }
}

for (const way of bothWays) {
  Deno.test(`the service notifies systemd of readiness, jobs, its watchdog and the stop [${way.name}]`, async () => {
    await using folder = await tempDir();
    await using systemd = new Listener(folder);
    await writeSample(folder.path, 100, 100);
    await writeFormulas(folder.path, { "gate.js": GATE });
    await using server = await startServer(way, {
      root: folder.path,
      args: ["--limit", "jobs=1"],
      env: { NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: "150000" },
    });
    assertEquals(await systemd.until("READY=1"), []);
    assertEquals(await systemd.until("STATUS=jobs: 0 running, 0 queued"), []);
    const first = await submit(server, folder.path, "gate.js");
    const second = await submit(server, folder.path, "gate.js", { Output: "other" });
    await systemd.until("STATUS=jobs: 1 running, 1 queued");
    await systemd.until("WATCHDOG=1");
    await Deno.writeTextFile(join(folder.path, "go"), "");
    await end(server, first.Id);
    await end(server, second.Id);
    await systemd.until("STATUS=jobs: 0 running, 0 queued");
    await server.stop();
    await systemd.until("STOPPING=1");
    await systemd.until("EXTEND_TIMEOUT_USEC=22000000");
    assertEquals(/"(warning|error)"/.exec(server.stderr), null);
  });
}

/** Says so, and hangs. */
const HANG = `export const map = (_, { log }) => { log("hanging"); for (;;); };`;

for (const way of ways) {
  Deno.test(`an engine that hangs doesn't stop the watchdog's notifications [${way.name}]`, async () => {
    await using folder = await tempDir();
    await using systemd = new Listener(folder);
    await writeSample(folder.path, 100, 100);
    await writeFormulas(folder.path, { "hang.js": HANG });
    await using server = await startServer(way, {
      root: folder.path,
      env: { NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: "150000" },
    });
    const { Id } = await submit(server, folder.path, "hang.js");
    await systemd.until("STATUS=jobs: 1 running, 0 queued");
    await logged(server, Id);
    systemd.forget();
    // The first may have been on its way when the engine began to hang.
    for (let sign = 1; sign <= 3; sign++) assertEquals(await systemd.until("WATCHDOG=1"), []);
    assertEquals((await told(server, "Cancel", { Id })).State, "cancelled");
    await systemd.until("STATUS=jobs: 0 running, 0 queued");
  });
}

/** What a notifier finds in an environment with these variables. */
async function find(variables: Record<string, string>): Promise<Notifier | null> {
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  try {
    return await Notifier.find();
  } finally {
    for (const name of Object.keys(variables)) Deno.env.delete(name);
  }
}

Deno.test("the watchdog gets no notification while the service is unhealthy", async () => {
  await using folder = await tempDir();
  await using systemd = new Listener(folder);
  const health: Health = { running: 3, queued: 1, healthy: true };
  let looks = 0;
  using notifier = await find({ NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: "30000" });
  notifier!.ready(() => {
    looks++;
    return health;
  });
  await systemd.until("WATCHDOG=1");
  health.healthy = false;
  await systemd.until("STATUS=jobs: 3 running, 1 queued; stuck");
  const seen = looks;
  await until("more looks at the health", () => looks >= seen + 5, 5);
  health.healthy = true;
  assertEquals(await systemd.until("STATUS=jobs: 3 running, 1 queued"), []);
  await systemd.until("WATCHDOG=1");
  notifier!.stopping(1);
});

Deno.test("nothing is sent without a socket, and no watchdog notification when another process is watched", async () => {
  await using folder = await tempDir();
  await using systemd = new Listener(folder);
  assertEquals(await find({}), null);
  using notifier = await find({
    NOTIFY_SOCKET: systemd.path,
    WATCHDOG_USEC: "30000",
    WATCHDOG_PID: `${Deno.pid + 1}`,
  });
  let looks = 0;
  notifier!.ready(() => ({ running: looks++, queued: 0, healthy: true }));
  await systemd.until("READY=1");
  assertEquals(await systemd.until("STATUS=jobs: 1 running, 0 queued"), [
    "STATUS=jobs: 0 running, 0 queued",
  ]);
  notifier!.stopping(1);
});
