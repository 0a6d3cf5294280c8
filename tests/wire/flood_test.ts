/** Floods of requests: every one is answered exactly once or refused, and memory stays bounded. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { amountOf } from "../support/suite_options.ts";
import {
  ALIVE,
  bytes,
  codeOf,
  manyClientsTest,
  statistic,
  STATUS,
} from "../support/many_clients.ts";
import { writeSample } from "../support/fixtures.ts";
import { LineReader, type RunningServer, writeAll } from "../support/harness.ts";
import { get, pageOf } from "../support/http_client.ts";
import { GATE } from "../support/job_requests.ts";
import { exchange } from "../support/exchange.ts";
import { until } from "../support/until.ts";
import { descriptorLimit, MemoryCurve } from "../support/process_figures.ts";

const MEBIBYTE = 2 ** 20;

/** How often each of these came, such as `{ BUSY: 3, complete: 40 }`. */
function tally(replies: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reply of replies) {
    const what: string = codeOf(reply) ?? "complete";
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

/** Asks for the status on new connections, once and on until this has settled. */
async function askWhile(server: RunningServer, settled: Promise<unknown>): Promise<number> {
  let asked = 0, over = false;
  settled.then(() => over = true, () => over = true);
  do {
    assertEquals((await server.request(STATUS)).Response.Status, "complete");
    asked++;
    await new Promise((resolve) => setTimeout(resolve, 5));
  } while (!over);
  return asked;
}

/** Does this for each number below a count, so many at once; the results are in the order of the numbers. */
async function each<T>(count: number, atOnce: number, task: (k: number) => Promise<T>) {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const k = next++;
      results[k] = await task(k);
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, worker));
  return results;
}

const PIPELINED = amountOf("pipelined-requests");

/** The most that Linux keeps of what one side of a connection has sent and the other hasn't read. */
function mostUnderWay(): number {
  const most = (name: string) =>
    Number(Deno.readTextFileSync(`/proc/sys/net/ipv4/${name}`).trim().split(/\s+/)[2]);
  return most("tcp_wmem") + most("tcp_rmem");
}

/** Bytes that a server with a page has taken from its clients, once they grow no more. */
async function takenBytes(server: RunningServer): Promise<number> {
  const page = await pageOf(server);
  let taken = -1, same = 0;
  await until("no more requests to be taken", async () => {
    const { text } = await get(page, "/metrics");
    const now = Number(/^measuring_received_bytes_total (\d+)$/m.exec(text)![1]);
    same = now === taken ? same + 1 : 0;
    taken = now;
    return same > 20;
  });
  return taken;
}

manyClientsTest(
  `${PIPELINED} requests sent before the first reply is read are all answered, in order`,
  { args: ["--http", "127.0.0.1:0"], amount: PIPELINED },
  async (server, title) => {
    using memory = new MemoryCurve(server, title);
    const { length } = await server.exchange(ALIVE);
    const connection = await server.connect();
    const requests = Array.from(
      { length: PIPELINED },
      (_, k) => ALIVE.replace("{", `{"Id":${k},`),
    ).join("");
    const sending = writeAll(connection, bytes(requests));
    // The server stops to take requests while its replies aren't read.
    for (let k = 0; k < 100; k++) await statistic(server);
    if (PIPELINED * length > mostUnderWay()) {
      const taken = await takenBytes(server);
      console.log(`${title}: ${taken} of ${requests.length} bytes taken before a reply was read`);
      assert(taken < requests.length, "all requests were taken though no reply was read");
    }
    const lines = new LineReader(connection);
    const reading = (async () => {
      for (let k = 0; k < PIPELINED; k++) {
        const line = await lines.next();
        // As text: to parse all of them would take longer than to answer them.
        assert(line.startsWith(`{"Id":${k},`) && line.includes('"Status":"complete"'), line);
      }
    })();
    await askWhile(server, reading);
    await reading;
    await sending;
    connection.close();
    assert(memory.growth < 1024, `the server grew by ${memory.growth} MiB`);
  },
);

const JOBS = amountOf("job-flood"), QUEUE = 30, RUNNING = 2;
/** Within the limit of connections, and of descriptors: one at each end. */
const AT_ONCE = Math.min(2000, descriptorLimit() - 200);

manyClientsTest(
  `${JOBS} concurrent jobs are each answered once, and those over the queue's length get BUSY`,
  { limits: [`queue = ${QUEUE}`, `jobs = ${RUNNING}`], amount: JOBS },
  async (server, title, folder) => {
    await writeSample(folder, 100);
    await Deno.writeTextFile(join(folder, "gate.ts"), GATE);
    using memory = new MemoryCurve(server, title);
    let busy = 0;
    const ask = async (k: number) => {
      const Request = { Directory: ".", Base: "time_series.parquet", File: "gate.ts" };
      const job = { Header: "Dask", Id: k, Request: { ...Request, Output: `job${k}` } };
      const reply = await exchange(server.port, JSON.stringify(job), { halfClose: k % 2 === 0 });
      assertEquals(reply.indexOf("\n"), reply.length - 1, `replies to job ${k}: ${reply}`);
      assertEquals(JSON.parse(reply).Id, k);
      if (codeOf(reply) === "BUSY") busy++;
      return reply;
    };
    // First no job ends, so that exactly those are taken that have room; then they come and go.
    const half = Math.ceil(JOBS / 2), room = Math.min(half, QUEUE + RUNNING);
    const first = each(half, AT_ONCE, ask);
    first.catch(() => {}); // told below
    await until("all jobs to be taken or refused", async () => {
      const { Running, Queued } = (await statistic(server)).Jobs;
      return Running + Queued + busy === half;
    });
    assertEquals(busy, half - room);
    await Deno.writeTextFile(join(folder, "go"), "");
    const second = first.then(() => each(JOBS - half, AT_ONCE, (k) => ask(half + k)));
    await askWhile(server, second);
    const replies = [...await first, ...await second];
    const { complete = 0, BUSY = 0, ...others } = tally(replies);
    console.log(`${title}: ${complete} complete, ${BUSY} BUSY`);
    assertEquals(others, {});
    assertEquals(complete + BUSY, JOBS);
    assert(complete >= room && BUSY >= half - room);
    const { Jobs } = await statistic(server);
    assertEquals(Jobs, { Running: 0, Queued: 0, Done: complete, Failed: BUSY });
    // A job was run if and only if its client was told so.
    const results = [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => name.startsWith("job") || name.startsWith("."));
    const told = replies.flatMap((reply, k) => codeOf(reply) ? [] : [`job${k}.txt`]);
    assertEquals(results.sort(), told.sort());
    assert(memory.growth < 1024, `the server grew by ${memory.growth} MiB`);
  },
);

/** JSON that takes some twenty times its length once it is parsed. */
const BULKY = "[" + "{},".repeat(MEBIBYTE / 3 - 100) + "{}]";
const CLIENTS = amountOf("large-requests");
/** How many of them there is room for: for a small share of them. */
const FIT = Math.min(24, Math.max(2, Math.floor(CLIENTS / 8)));

manyClientsTest(
  `${CLIENTS} clients with requests of the greatest size get an answer or BUSY, and memory is bounded`,
  { limits: ["jobs = 1", `pending-bytes = ${FIT * MEBIBYTE}`], amount: CLIENTS },
  async (server, title, folder) => {
    await writeSample(folder, 100);
    await Deno.writeTextFile(join(folder, "gate.ts"), GATE);
    using memory = new MemoryCurve(server, title);
    const job = (params: string) =>
      `{"Header":"Dask","Request":{"Directory":".","Base":"time_series.parquet","File":"gate.ts",` +
      `"Params":${params}}}`;
    // No job ends before the gate is opened.
    const running = exchange(server.port, job("0"));
    await until("a job to run", async () => (await statistic(server)).Jobs.Running === 1);
    const large = bytes(job(BULKY));
    assert(large.length < MEBIBYTE && large.length > 0.99 * MEBIBYTE);
    let busy = 0, most = 0;
    const waiting = each(CLIENTS, AT_ONCE, async () => {
      const reply = await exchange(server.port, large);
      if (codeOf(reply) === "BUSY") busy++;
      return reply;
    });
    waiting.catch(() => {}); // told below
    await until("all clients to be taken or refused", async () => {
      const { Queued } = (await statistic(server)).Jobs;
      most = Math.max(most, Queued);
      return Queued + busy === CLIENTS;
    });
    // Those that are refused make room for the others, up to the limit, where one may have been too much.
    assert(most <= FIT, `${most} were taken at once`);
    assert(CLIENTS - busy >= Math.min(CLIENTS, FIT - 1), `only ${CLIENTS - busy} were taken`);
    await Deno.writeTextFile(join(folder, "go"), "");
    const asked = await askWhile(server, waiting);
    const { BUSY = 0, complete = 0, ...others } = tally(await waiting);
    console.log(`${title}: ${complete} taken, ${BUSY} BUSY, ${asked} others answered`);
    assertEquals(others, {});
    assertEquals([BUSY, complete], [busy, CLIENTS - busy]);
    // 200 of them together would take 4 GiB.
    assert(memory.growth < 2048, `the server grew by ${memory.growth} MiB`);
    assertEquals(codeOf(await running), undefined);
    // What they took can be taken again.
    const status = JSON.stringify({ ...STATUS, Id: "x".repeat(MEBIBYTE - 100) });
    for (let k = 0; k < FIT + 6; k++) {
      assertEquals(codeOf(await exchange(server.port, status)), undefined);
    }
  },
);
