/** Clients that are slow, silent, deaf or gone: the server outlives them, and goes on answering. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { amountOf } from "../support/suite_options.ts";
import {
  ALIVE,
  bytes,
  codeOf,
  isGone,
  manyClientsTest,
  OWN_SOCKETS,
  statistic,
  STATUS,
} from "../support/many_clients.ts";
import { writeSample } from "../support/fixtures.ts";
import { LineReader, writeAll } from "../support/harness.ts";
import { GATE } from "../support/job_requests.ts";
import { exchange } from "../support/exchange.ts";
import { until } from "../support/until.ts";
import { descriptorLimit, MemoryCurve, socketsOf } from "../support/process_figures.ts";

/** A server and this process each need a descriptor for every one of them. */
const IDLE = Math.min(amountOf("idle-connections"), descriptorLimit() - 200);

manyClientsTest(
  `${IDLE} idle connections stay open while Info answers, and one more gets BUSY`,
  { limits: [`connections = ${IDLE}`], amount: IDLE },
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
    for (let k = 0; k < 20; k++) assertEquals(codeOf(await exchange(server.port, "")), "BUSY");
    for (const response of await Promise.all(clients.map(ask))) {
      assertEquals(response.Statistic.Connections, IDLE);
    }
    clients.pop()!.connection.close();
    await until("room for another", async () => codeOf(await server.exchange(STATUS)) !== "BUSY");
    for (const { connection } of clients) connection.close();
    // They take some 80 KiB each, of which 16 KiB are a read buffer; the rest is for the server as such.
    assert(memory.growth < 512 + IDLE / 4, `the server grew by ${memory.growth} MiB`);
  },
);

const SLOW = amountOf("slow-clients");

manyClientsTest(
  `${SLOW} slow senders and ${SLOW} silent clients get IDLE_TIMEOUT, and others are answered`,
  { limits: ["idle-seconds = 3"], amount: SLOW },
  async (server) => {
    const told = Promise.withResolvers<void>();
    /** A byte after the other, without an end. */
    const slow = async () => {
      const connection = await server.connect();
      const reply = new LineReader(connection).next();
      let ended = false;
      reply.catch(() => {}).finally(() => ended = true);
      try {
        for (let sent = 0; !ended; sent++) {
          await connection.write(bytes(sent === 0 ? '{"a":"' : "x"));
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      } catch (error) {
        // For two seconds what it sends is thrown away; then it is hung up on.
        if (!isGone(error)) throw error;
      }
      const line = await reply;
      connection.close();
      return codeOf(line);
    };
    /** A request with its reply, then nothing; the connection is never closed from this side. */
    const silent = async () => {
      const connection = await server.connect();
      await connection.write(bytes(ALIVE));
      const lines = new LineReader(connection);
      const codes = [codeOf(await lines.next()), codeOf(await lines.next())];
      assertEquals(await lines.next(), "");
      await told.promise;
      connection.close();
      return codes;
    };
    const slows = Promise.all(Array.from({ length: SLOW }, slow));
    const silents = Promise.all(Array.from({ length: SLOW }, silent));
    for (const all of [slows, silents]) all.catch(() => {}); // told below
    let asked = 0;
    await until("all to be told", async () => {
      asked++;
      // Also of those that silent clients keep half open nothing is left.
      return (await statistic(server)).Connections === 1 && socketsOf(server) < OWN_SOCKETS;
    });
    told.resolve();
    assertEquals(new Set(await slows), new Set(["IDLE_TIMEOUT"]));
    for (const codes of await silents) assertEquals(codes, [undefined, "IDLE_TIMEOUT"]);
    assert(asked > 1);
  },
);

const DEAF = amountOf("deaf-clients"), QUESTIONS = 60, LENGTH = 500_000, OTHERS = 10;

manyClientsTest(
  `${DEAF} clients that never read are dropped, their replies don't pile up, and they still count`,
  { limits: ["reply-seconds = 1", `connections = ${DEAF + OTHERS}`], amount: DEAF },
  async (server, title) => {
    using memory = new MemoryCurve(server, title);
    // In a process of its own: Deno can't close a socket that it is writing to, but it can be killed.
    const deaf = new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `const request = ${
          JSON.stringify(ALIVE)
        }.replace("{", '{"Id":"' + "x".repeat(${LENGTH}) + '",');
         const bytes = new TextEncoder().encode(request.repeat(${QUESTIONS}));
         const ask = async (connection) => {
           for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
         };
         const connections = []; // kept, or the socket of one that was dropped would be closed
         for (let k = 0; k < ${DEAF}; k++) {
           const connection = await Deno.connect({ hostname: "127.0.0.1", port: ${server.port} });
           connections.push(connection);
           ask(connection).catch(() => {}); // it was dropped
         }
         console.log("connected");
         setInterval(() => connections.length, 1000);`,
      ],
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
    }).spawn();
    try {
      const said = deaf.stdout.getReader();
      await said.read();
      said.releaseLock();
      // The system keeps the sockets of what the server has dropped.
      await until("all to be dropped", async () => {
        const { Connections } = await statistic(server);
        return Connections === 1 && socketsOf(server) > DEAF;
      });
      // All replies together would take twice as much, or are so few that it is for the server as such.
      const bound = Math.max(512, DEAF * QUESTIONS * LENGTH / 2 ** 21);
      assert(memory.growth < bound, `the server grew by ${memory.growth} MiB`);
      // So fewer others may come.
      const others = await Promise.all(Array.from({ length: OTHERS }, () => server.connect()));
      await until("no room", async () => codeOf(await server.exchange(STATUS)) === "BUSY");
      for (const connection of others) connection.close();
    } finally {
      deaf.kill("SIGKILL");
      await deaf.stdout.cancel();
      await deaf.status;
    }
    await until("room", async () => codeOf(await server.exchange(STATUS)) !== "BUSY");
  },
);

manyClientsTest(
  "clients that disconnect during their jobs leave results and nothing else",
  { limits: ["jobs = 2"] },
  async (server, _title, folder) => {
    await writeSample(folder, 100);
    await Deno.writeTextFile(join(folder, "gate.ts"), GATE);
    const clients = 20;
    const connections = await Promise.all(Array.from({ length: clients }, async (_, k) => {
      const connection = await server.connect();
      const Request = {
        Directory: ".",
        Base: "time_series.parquet",
        File: "gate.ts",
        Output: `left${k}`,
        // Half of the jobs end as they come; the others are amid them when their clients leave.
        Params: { gate: k % 2 === 0 ? "gate.ts" : "go" },
      };
      // With a reply that was never read, closing resets the connection.
      const first = k % 4 < 2 ? ALIVE : "";
      await writeAll(connection, bytes(first + JSON.stringify({ Header: "Dask", Request })));
      return connection;
    }));
    const jobs = async () => (await statistic(server)).Jobs;
    await until("every job to be taken", async () => {
      const { Running, Queued, Done } = await jobs();
      return Running + Queued + Done === clients;
    });
    for (const connection of connections) connection.close();
    assert((await jobs()).Done < clients, "no client was in time to leave");
    await Deno.writeTextFile(join(folder, "go"), "");
    await until("every job to end", async () => (await jobs()).Done === clients);
    const results = [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => name.startsWith("left") || name.startsWith("."));
    assertEquals(results.length, clients);
    for (let k = 0; k < clients; k++) {
      assertEquals(await Deno.readTextFile(join(folder, `left${k}.txt`)), '"went"\n');
    }
  },
);
