/** Floods of requests: every one is answered exactly once or refused, and memory stays bounded. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { ALIVE, bytes, codeOf, crowdTest, statistic, STATUS } from "../support/crowd.ts";
import { writeSample } from "../support/fixtures.ts";
import { LineReader, type RunningServer, writeAll } from "../support/harness.ts";
import { talk } from "../support/talk.ts";
import { MemoryCurve, until } from "../support/watch.ts";

/** How often each of these came, such as `{ BUSY: 3, complete: 40 }`. */
function tally(replies: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reply of replies) {
    const what: string = codeOf(reply) ?? "complete";
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

/** Asks for the status on new connections until this has settled. */
async function askWhile(server: RunningServer, settled: Promise<unknown>): Promise<number> {
  let asked = 0, over = false;
  settled.then(() => over = true, () => over = true);
  while (!over) {
    assertEquals((await server.request(STATUS)).Response.Status, "complete");
    asked++;
  }
  return asked;
}

const PIPELINED = 100_000;

crowdTest(
  `${PIPELINED} requests sent before the first reply is read are all answered, in order`,
  [],
  async (server, title) => {
    using memory = new MemoryCurve(server, title);
    const connection = await server.connect();
    const requests = Array.from(
      { length: PIPELINED },
      (_, k) => ALIVE.replace("{", `{"Id":${k},`),
    );
    const sending = writeAll(connection, bytes(requests.join("")));
    // The server stops to take requests while its replies aren't read.
    for (let k = 0; k < 100; k++) await statistic(server);
    const lines = new LineReader(connection);
    const reading = (async () => {
      for (let k = 0; k < PIPELINED; k++) {
        const line = await lines.next();
        // As text: to parse all of them would take longer than to answer them.
        assert(line.startsWith(`{"Id":${k},`) && line.includes('"Status":"complete"'), line);
      }
    })();
    const asked = await askWhile(server, reading);
    await reading;
    await sending;
    connection.close();
    assert(asked > 0);
    assert(memory.growth < 200, `the server grew by ${memory.growth} MiB`);
  },
);

const JOBS = 2000, QUEUE = 30;

crowdTest(
  `of ${JOBS} jobs at once those over the queue are BUSY, and each is answered once`,
  [`queue = ${QUEUE}`, "jobs = 2"],
  async (server, title, folder) => {
    await writeSample(folder, 100);
    await Deno.writeTextFile(join(folder, "tiny.ts"), "export const main = () => 1;");
    using memory = new MemoryCurve(server, title);
    const ask = (k: number) => {
      const Request = { Directory: ".", Base: "time_series.parquet", File: "tiny.ts" };
      const job = { Header: "Dask", Id: k, Request: { ...Request, Output: `job${k}` } };
      return talk(server.port, JSON.stringify(job), { halfClose: k % 2 === 0 });
    };
    const asking = Promise.all(Array.from({ length: JOBS }, (_, k) => ask(k)));
    await askWhile(server, asking);
    const replies = await asking;
    for (const [k, reply] of replies.entries()) {
      assertEquals(reply.indexOf("\n"), reply.length - 1, `replies to job ${k}: ${reply}`);
      assertEquals(JSON.parse(reply).Id, k);
    }
    const { complete = 0, BUSY = 0, ...others } = tally(replies);
    console.log(`${title}: ${complete} complete, ${BUSY} BUSY`);
    assertEquals(others, {});
    assertEquals(complete + BUSY, JOBS);
    assert(complete >= QUEUE && BUSY > 0);
    const { Jobs } = await statistic(server);
    assertEquals(Jobs, { Running: 0, Queued: 0, Done: complete, Failed: BUSY });
    // A job was run if and only if its client was told so.
    const results = [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => name.startsWith("job") || name.startsWith("."));
    const told = replies.flatMap((reply, k) => codeOf(reply) ? [] : [`job${k}.txt`]);
    assertEquals(results.sort(), told.sort());
    assert(memory.growth < 300, `the server grew by ${memory.growth} MiB`);
  },
);

const MEBIBYTE = 2 ** 20;
/** JSON that takes some twenty times its length once it is parsed. */
const BULKY = "[" + "{},".repeat(MEBIBYTE / 3 - 100) + "{}]";

crowdTest(
  "200 clients with requests of the greatest size are answered or BUSY, and memory is bounded",
  ["jobs = 1", `pending-bytes = ${24 * MEBIBYTE}`],
  async (server, title, folder) => {
    await writeSample(folder, 100);
    await Deno.writeTextFile(join(folder, "long.ts"), "export function main() { for (;;); }");
    using memory = new MemoryCurve(server, title);
    const job = (TimeoutSeconds: number, Params: string) =>
      `{"Header":"Dask","Request":{"Directory":".","Base":"time_series.parquet","File":"long.ts",` +
      `"TimeoutSeconds":${TimeoutSeconds},"Params":${Params}}}`;
    // No job ends by itself: each waits, or runs, until its time is up.
    const running = talk(server.port, job(6, "0"));
    await until("a job to run", async () => (await statistic(server)).Jobs.Running === 1);
    const large = bytes(job(1, BULKY));
    assert(large.length < MEBIBYTE && large.length > 0.99 * MEBIBYTE);
    const waiting = Promise.all(Array.from({ length: 200 }, () => talk(server.port, large)));
    const asked = await askWhile(server, waiting);
    const replies = await waiting;
    const { BUSY = 0, FORMULA_TIMEOUT = 0, ...others } = tally(replies);
    console.log(`${title}: ${FORMULA_TIMEOUT} taken, ${BUSY} BUSY, ${asked} others answered`);
    assertEquals(others, {});
    assertEquals(BUSY + FORMULA_TIMEOUT, 200);
    // Those that are refused make room for the others, up to the limit.
    assert(BUSY > 0 && FORMULA_TIMEOUT >= 20 && asked > 0);
    // All of them together would take 4 GiB.
    assert(memory.growth < 1200, `the server grew by ${memory.growth} MiB`);
    assertEquals(codeOf(await running), "FORMULA_TIMEOUT");
    // What they took can be taken again.
    const status = JSON.stringify({ ...STATUS, Id: "x".repeat(MEBIBYTE - 100) });
    for (let k = 0; k < 30; k++) assertEquals(codeOf(await talk(server.port, status)), undefined);
  },
);
