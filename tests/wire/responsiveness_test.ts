/** Requests whose work is as long as a client likes: others are answered all the while. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { amountOf } from "../support/suite_options.ts";
import { ALIVE, bytes, manyClientsTest } from "../support/many_clients.ts";
import { writeSample } from "../support/fixtures.ts";
import { LineReader, type RunningServer, writeAll } from "../support/harness.ts";
import { GATE, reach, submit, told } from "../support/job_requests.ts";
import { until } from "../support/until.ts";

/** Files of a dataset, names in a request, clients that watch a job, each. */
const MANY = amountOf("steady-many");
const WATCHERS = amountOf("steady-watchers");
/** Answers that are given while something long goes on, at least: a thread that works itself gives one or two. */
const ANSWERS = 10;

/**
 * Asks for `Info` again and again until some requests are answered; tells how long that took, and that it
 * wasn't waited for.
 */
async function assertSteady<T>(
  what: string,
  server: RunningServer,
  requests: () => Promise<T>,
): Promise<T> {
  const connection = await server.connect();
  try {
    const lines = new LineReader(connection);
    const took: number[] = [];
    let open = true;
    const begun = performance.now();
    const answered = requests().finally(() => open = false);
    while (open) {
      const asked = performance.now();
      await writeAll(connection, bytes(ALIVE));
      assertEquals(JSON.parse(await lines.next()).Response.Status, "complete");
      took.push(performance.now() - asked);
    }
    const result = await answered;
    const all = performance.now() - begun;
    took.sort((a, b) => a - b);
    const share = (part: number) => took[Math.floor(part * (took.length - 1))]!.toFixed(1);
    console.log(
      `${what}: ${Math.round(all)} ms, Info ${took.length} times, p50 ${share(0.5)}, p99 ${
        share(0.99)
      }, longest ${share(1)} ms`,
    );
    assert(took.length >= ANSWERS, `Info was answered ${took.length} times only: ${took}`);
    return result;
  } finally {
    connection.close();
  }
}

/** What four clients are answered who ask for the same at once. */
function four(server: RunningServer, folder: string, Base: unknown, File = "quick.js") {
  const Request = { Directory: folder, Base, File };
  return () =>
    Promise.all(
      Array.from({ length: 4 }, async () =>
        (await server.request({ Header: "Dask", Request })).Response),
    );
}

manyClientsTest(
  "names, globs and folders of any size don't delay others",
  { limits: ["request-bytes = 16777216", "pending-bytes = 134217728"], amount: MANY },
  async (server, _title, folder) => {
    await writeSample(folder, 1000);
    await Deno.writeTextFile(join(folder, "quick.js"), `export const main = ({ rows }) => rows;`);
    await Deno.writeTextFile(join(folder, `${"a".repeat(200)}.txt`), "");
    await Deno.mkdir(join(folder, "many"));
    for (let k = 0; k < MANY; k++) {
      await Deno.link(join(folder, "time_series.parquet"), join(folder, `many/p${k}.parquet`));
    }
    const files = Array.from({ length: MANY }, (_, k) => `many/p${k}.parquet`);
    const cases: [what: string, base: unknown, outcome: RegExp][] = [
      ["a glob of wildcards", `${"*?".repeat(250)}Z`, /^BASE_NOT_FOUND$/],
      ["names of files that are not there", files.map((name) => `no-${name}`), /^BASE_NOT_FOUND$/],
      ["the same name again and again", files.map(() => "a"), /^BAD_REQUEST$/],
      ["all files by their names", files, /^complete$/],
      ["all files by their folder", "many", /^complete$/],
      ["all files by a glob", "**/*[0-9].{parquet,pq}", /^complete$/],
    ];
    for (const [what, base, outcome] of cases) {
      const work = async () => {
        const responses = [];
        // What is refused at once is asked for until there was time to be asked meanwhile.
        for (let round = 0; round < (outcome.test("complete") ? 1 : 20); round++) {
          responses.push(...await four(server, folder, base)());
        }
        return responses;
      };
      for (const { Status, Error } of await assertSteady(what, server, work)) {
        assert(outcome.test(Error?.Code ?? Status), `${what}: ${JSON.stringify(Error)}`);
      }
    }
  },
);

manyClientsTest(
  `${WATCHERS} clients that watch a job don't delay others`,
  { limits: [`connections = ${WATCHERS + 100}`], amount: WATCHERS },
  async (server, _title, folder) => {
    await writeSample(folder, 20_000, 500);
    await Deno.writeTextFile(
      join(folder, "steps.js"),
      `export async function map({ u }) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { u };
      }`,
    );
    await Deno.writeTextFile(join(folder, "gate.js"), GATE);
    // What all watch begins when they are there.
    const gates = [await submit(server, folder, "gate.js", { Output: "one" })];
    await reach(server, gates[0]!.Id, "running");
    const watched = await submit(server, folder, "steps.js");
    const watch = bytes(JSON.stringify({
      Header: "Job",
      Request: { Action: "Watch", Id: watched.Id },
    }));
    const clients = await Promise.all(Array.from({ length: WATCHERS }, async () => {
      const connection = await server.connect();
      await writeAll(connection, watch);
      await connection.closeWrite();
      return connection;
    }));
    await assertSteady("watchers", server, async () => {
      await Deno.writeTextFile(join(folder, "go"), "");
      const lasts = await Promise.all(clients.map(async (connection) => {
        const text = await new Response(connection.readable).text();
        return JSON.parse(text.trim().split("\n").at(-1)!).Response.Job.State;
      }));
      assertEquals(new Set(lasts), new Set(["complete"]));
    });
  },
);

manyClientsTest(
  "unread replies of megabytes don't delay others",
  { amount: MANY },
  async (server, _title, folder) => {
    await writeSample(folder, 1000);
    await Deno.writeTextFile(
      join(folder, "large.js"),
      `export const main = () => "x".repeat(1_000_000);`,
    );
    const { Id } = await submit(server, folder, "large.js");
    await until(
      "the job to end",
      async () => (await told(server, "Status", { Id })).State === "complete",
    );
    const ask = JSON.stringify({
      Header: "Job",
      Request: { Action: "Result", Id },
      Connection: "keep-alive",
    });
    const readers = await Promise.all(Array.from({ length: 50 }, async () => {
      const connection = await server.connect();
      await writeAll(connection, bytes(`${ask}\n`.repeat(16)));
      return connection;
    }));
    await assertSteady("replies that nobody reads", server, async () => {
      for (let k = 0; k < 100; k++) await told(server, "Status", { Id });
    });
    for (const connection of readers) connection.close();
  },
);
