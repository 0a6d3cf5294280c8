/** Clients that are slow, silent, deaf or gone: the server outlives them, and goes on answering. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  ALIVE,
  bytes,
  codeOf,
  crowdTest,
  OWN_SOCKETS,
  statistic,
  STATUS,
} from "../support/crowd.ts";
import { writeSample } from "../support/fixtures.ts";
import { LineReader, writeAll } from "../support/harness.ts";
import { talk } from "../support/talk.ts";
import { descriptorLimit, MemoryCurve, socketsOf, until } from "../support/watch.ts";

/** A server and this process each need a descriptor for every one of them. */
const IDLE = Math.min(2000, descriptorLimit() - 200);

crowdTest(
  `${IDLE} idle connections are held while Info answers, and one more is BUSY`,
  [`connections = ${IDLE}`],
  async (server, title) => {
    using memory = new MemoryCurve(server, title);
    const clients: { connection: Deno.TcpConn; lines: LineReader }[] = [];
    const ask = async ({ connection, lines }: typeof clients[0]) => {
      await connection.write(bytes(ALIVE));
      return JSON.parse(await lines.next()).Response;
    };
    for (let k = 0; k < IDLE; k++) {
      const connection = await server.connect();
      clients.push({ connection, lines: new LineReader(connection) });
    }
    assertEquals((await ask(clients.at(-1)!)).Statistic.Connections, IDLE);
    for (let k = 0; k < 20; k++) assertEquals(codeOf(await talk(server.port, "")), "BUSY");
    for (const response of await Promise.all(clients.map(ask))) {
      assertEquals(response.Statistic.Connections, IDLE);
    }
    clients.pop()!.connection.close();
    await until("room for another", async () => codeOf(await server.exchange(STATUS)) !== "BUSY");
    for (const { connection } of clients) connection.close();
    // 80 KiB each, of which 16 KiB are a read buffer.
    assert(memory.growth < IDLE / 12.8, `the server grew by ${memory.growth} MiB`);
  },
);

crowdTest(
  "slow senders and clients that say no more are told IDLE_TIMEOUT, others are answered",
  ["idle-seconds = 1.5"],
  async (server) => {
    let over = false;
    const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
    /** A byte after the other, without an end. */
    const slow = async () => {
      const connection = await server.connect();
      const reply = new LineReader(connection).next();
      let ended = false;
      reply.finally(() => ended = true);
      for (let sent = 0; !ended; sent++) {
        await connection.write(bytes(sent === 0 ? '{"a":"' : "x"));
        await pause();
      }
      const line = await reply;
      connection.close();
      return [codeOf(line)];
    };
    /** A request with its reply, then nothing; the connection is never closed from this side. */
    const silent = async () => {
      const connection = await server.connect();
      await connection.write(bytes(ALIVE));
      const lines = new LineReader(connection);
      const codes = [codeOf(await lines.next()), codeOf(await lines.next())];
      assertEquals(await lines.next(), "");
      await until("all to be told", async () => (await pause(), over));
      connection.close();
      return codes;
    };
    const slows = Promise.all(Array.from({ length: 100 }, slow));
    const silents = Promise.all(Array.from({ length: 100 }, silent));
    let asked = 0;
    await until("all to be told", async () => {
      asked++;
      // Also of those that silent clients keep half open nothing is left.
      return (await statistic(server)).Connections === 1 && socketsOf(server) < OWN_SOCKETS;
    });
    over = true;
    assertEquals(new Set((await slows).flat()), new Set(["IDLE_TIMEOUT"]));
    for (const codes of await silents) assertEquals(codes, [undefined, "IDLE_TIMEOUT"]);
    assert(asked > 1);
  },
);

crowdTest(
  "clients that ask and never read are dropped, their replies don't pile up, and they still count",
  ["reply-seconds = 1", "connections = 60"],
  async (server, title) => {
    using memory = new MemoryCurve(server, title);
    const clients = 50;
    // In a process of its own: Deno can't close a socket that it is writing to, but it can be killed.
    const deaf = new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `const request = ${JSON.stringify(ALIVE)}.replace("{", '{"Id":"' + "x".repeat(5e5) + '",');
         const bytes = new TextEncoder().encode(request.repeat(60));
         for (let k = 0; k < ${clients}; k++) {
           const connection = await Deno.connect({ hostname: "127.0.0.1", port: ${server.port} });
           (async () => { for (let at = 0;;) at += await connection.write(bytes.subarray(at)); })();
         }`,
      ],
      env: { NO_COLOR: "1" },
    }).spawn();
    // The system keeps the sockets of what the server has dropped.
    await until("all to be dropped", async () => {
      const { Connections } = await statistic(server);
      return Connections === 1 && socketsOf(server) > clients;
    });
    assert(memory.growth < 400, `the server grew by ${memory.growth} MiB`);
    // So fewer others may come.
    const others = await Promise.all(Array.from({ length: 10 }, () => server.connect()));
    await until("no room", async () => codeOf(await server.exchange(STATUS)) === "BUSY");
    for (const connection of others) connection.close();
    deaf.kill("SIGKILL");
    await deaf.status;
    await until("room", async () => codeOf(await server.exchange(STATUS)) !== "BUSY");
  },
);

crowdTest(
  "clients that leave amid their jobs leave results, and nothing else",
  ["jobs = 2"],
  async (server, _title, folder) => {
    await writeSample(folder, 100);
    await Deno.writeTextFile(
      join(folder, "wait.ts"),
      `export function main() {
         const start = Date.now();
         while (Date.now() - start < 30);
         return "done";
       }`,
    );
    const clients = 20;
    const connections = await Promise.all(Array.from({ length: clients }, async (_, k) => {
      const connection = await server.connect();
      const Request = {
        Directory: ".",
        Base: "time_series.parquet",
        File: "wait.ts",
        Output: `left${k}`,
      };
      // With a reply that was never read, closing resets the connection.
      const first = k % 2 === 0 ? ALIVE : "";
      await writeAll(connection, bytes(first + JSON.stringify({ Header: "Dask", Request })));
      return connection;
    }));
    const jobs = async () => (await statistic(server)).Jobs;
    await until("every job to be taken", async () => {
      const { Running, Queued, Done } = await jobs();
      return Running + Queued + Done === clients;
    });
    assert((await jobs()).Done < clients, "no client was in time to leave");
    for (const connection of connections) connection.close();
    await until("every job to end", async () => (await jobs()).Done === clients);
    const results = [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => name.startsWith("left") || name.startsWith("."));
    assertEquals(results.length, clients);
    for (let k = 0; k < clients; k++) {
      assertEquals(await Deno.readTextFile(join(folder, `left${k}.txt`)), '"done"\n');
    }
  },
);
