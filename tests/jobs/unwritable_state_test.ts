/** A state that can't be written: reading and running go on, submitting is refused, and nothing is lost. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { type RunningServer, startServer, tempDir, type Way, ways } from "../support/harness.ts";
import { job, writeSample } from "../support/fixtures.ts";
import { get, pageOf } from "../support/http_client.ts";
import {
  ask,
  end,
  GATE,
  QUICK,
  reach,
  submit,
  told,
  writeFormulas,
} from "../support/job_requests.ts";
import { fillUp, onSmallDisk } from "../support/small_disk.ts";
import { until } from "../support/until.ts";

/** What is told of a job that can't be kept. */
const REFUSED = /^the state can't be written .*make room .*then send the job again$/;

/** A service with two jobs at once, whose state lies in a folder. */
async function start(way: Way, root: string, state: string): Promise<RunningServer> {
  await writeSample(root, 1000);
  await writeFormulas(root, { "gate.js": GATE, "quick.js": QUICK });
  const args = ["--state", state, "--http", "127.0.0.1:0", "--limit", "jobs=2"];
  return await startServer(way, { root, args });
}

async function assertRefused(server: RunningServer, root: string): Promise<void> {
  const response = await ask(server, "Submit", {
    Directory: root,
    Base: "time_series.parquet",
    File: "quick.js",
  });
  assertEquals(response.Error?.Code, "BUSY", JSON.stringify(response));
  assertMatch(response.Error.Message, REFUSED);
}

/** What may be done all the same: looking, and jobs that somebody waits for. */
async function assertGoesOn(server: RunningServer, root: string, known: string): Promise<void> {
  const { Jobs } = await ask(server, "List");
  assert(Jobs.some(({ Id }: { Id: string }) => Id === known), JSON.stringify(Jobs));
  assertEquals((await told(server, "Status", { Id: known })).State, "complete");
  const { Response } = await server.request(job(root, { File: "quick.js", Params: 7 }));
  assertEquals(Response.Result, 7);
  const page = await pageOf(server);
  const { status, text } = await get(page, "/readyz");
  assertEquals(status, 503);
  assertMatch(text, /^the state can't be written/);
  assertEquals((await get(page, "/healthz")).status, 200);
}

async function assertReady(server: RunningServer, root: string): Promise<void> {
  const page = await pageOf(server);
  await until("the state to be written", async () => (await get(page, "/readyz")).status === 200);
  const { Id } = await submit(server, root, "quick.js");
  assertEquals((await end(server, Id)).State, "complete");
}

onSmallDisk("a state on a full disk loses nothing", "size=4m", async (way, disk) => {
  await using folder = await tempDir();
  const root = folder.path, state = join(disk, "state");
  let done: string[];
  {
    await using server = await start(way, root, state);
    const first = await submit(server, root, "quick.js");
    await end(server, first.Id);
    const running = await submit(server, root, "gate.js");
    await reach(server, running.Id, "running");
    const fill = await fillUp(disk);
    // The file that the state is written to first has some room of its own.
    await until("a job to be refused", async () => {
      const Request = { Directory: root, Base: "time_series.parquet", File: "quick.js" };
      return (await ask(server, "Submit", Request)).Error !== undefined;
    });
    await assertRefused(server, root);
    await assertGoesOn(server, root, first.Id);
    await Deno.writeTextFile(join(root, "go"), "");
    assertEquals((await end(server, running.Id)).State, "complete");
    const listed = async (State: string) => {
      const { Jobs } = await ask(server, "List", { State });
      return Jobs.map(({ Id }: { Id: string }) => Id) as string[];
    };
    assert((await listed("complete")).includes(running.Id));
    assert(!(await listed("running")).includes(running.Id));
    await Deno.remove(fill);
    await assertReady(server, root);
    done = [first.Id, running.Id];
  }
  await using again = await startServer(way, { root, args: ["--state", state] });
  for (const Id of done) assertEquals((await told(again, "Status", { Id })).State, "complete");
});

for (const way of ways) {
  Deno.test(`jobs are refused while the state folder is moved away [${way.name}]`, async () => {
    await using folder = await tempDir();
    const root = join(folder.path, "data"), state = join(folder.path, "state");
    await Deno.mkdir(root);
    await using server = await start(way, root, state);
    const first = await submit(server, root, "quick.js");
    await end(server, first.Id);
    await Deno.rename(state, `${state}-elsewhere`);
    await assertRefused(server, root);
    await assertGoesOn(server, root, first.Id);
    await Deno.rename(`${state}-elsewhere`, state);
    await assertReady(server, root);
  });
}
