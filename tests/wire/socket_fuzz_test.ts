/** Streams of bytes of every kind over many sockets at once, against the whole program. */
import { assert, assertEquals } from "@std/assert";
import { ERROR_CODES } from "../../mod/common/errors.ts";
import { keepsAlive } from "../../mod/wire/request.ts";
import { amountOf, SEED } from "../support/suite_options.ts";
import { isGone, manyClientsTest } from "../support/many_clients.ts";
import { LineReader, type Reply, type RunningServer, writeAll } from "../support/harness.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { type Event, eventsOf } from "../support/stream_oracle.ts";
import { cuts, shown, stream } from "../support/random_streams.ts";

const CONNECTIONS = amountOf("socket-fuzz");
const AT_ONCE = 100;
const LIMITS = { bytes: 1024, depth: 128 };

/** The requests and faults of a stream that get a reply: all up to the one that ends the connection. */
function answered(events: Event[]): Event[] {
  let keepAlive = false;
  const last = events.findIndex((event) => {
    if ("text" in event) keepAlive = keepsAlive(JSON.parse(event.text));
    return !keepAlive || ("lost" in event && event.lost);
  });
  return last < 0 ? events : events.slice(0, last + 1);
}

/** Every line that a server sends until it ends the connection. */
async function linesOf(connection: Deno.TcpConn): Promise<string[]> {
  const reader = new LineReader(connection);
  const lines = [];
  for (let line = await reader.next(); line !== ""; line = await reader.next()) lines.push(line);
  return lines;
}

function checkReply(line: string, event: Event, codes: Set<string>): void {
  assert(line.endsWith("\n"), `a reply breaks off: ${line}`);
  const { Header, Id, Response } = JSON.parse(line) as Reply;
  if (Response.Status === "error") assert(codes.has(Response.Error!.Code), line);
  else assertEquals(Response.Status, "complete");
  if ("code" in event) {
    assertEquals([Header, Response.Error?.Code], ["noheader", event.code]);
  } else assertEquals(Id, JSON.parse(event.text).Id);
}

/** @return whether the server took all of it: two seconds after its last reply it hangs up. */
async function send(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
  lengths: number[],
  random: Random,
): Promise<boolean> {
  const hesitant = lengths.length < 40 && random(2) === 0;
  let at = 0;
  try {
    for (const length of lengths) {
      await writeAll(connection, bytes.subarray(at, at += length));
      if (hesitant) await new Promise((resolve) => setTimeout(resolve, random(3)));
    }
    return true;
  } catch (error) {
    if (!isGone(error)) throw error;
    return false;
  }
}

/** Ends this side, if the server is still there. */
async function closeWrite(connection: Deno.TcpConn): Promise<void> {
  try {
    await connection.closeWrite();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** One client; what it does with its connection in the end is as random as what it sends. */
async function client(
  server: RunningServer,
  random: Random,
  { bytes, lengths }: { bytes: Uint8Array<ArrayBuffer>; lengths: number[] },
  codes: Set<string>,
): Promise<string> {
  const connection = await server.connect();
  try {
    const end = random(4);
    if (end === 0) {
      // Closing over replies that nobody reads resets the connection.
      await send(connection, bytes, lengths.slice(0, random(lengths.length + 1)), random);
      return "vanish";
    }
    const events = answered(eventsOf(bytes, LIMITS));
    const [lines, taken] = await Promise.all([
      linesOf(connection),
      send(connection, bytes, lengths, random).then(async (taken) => {
        await closeWrite(connection);
        return taken;
      }),
    ]);
    assertEquals(lines.length, events.length, `replies: ${lines.join("")}`);
    lines.forEach((line, k) => checkReply(line, events[k]!, codes));
    return taken ? "read to the end" : "hung up on";
  } finally {
    connection.close();
  }
}

manyClientsTest(
  `any bytes over ${CONNECTIONS} sockets get their replies and leave nothing behind`,
  {
    limits: [`request-bytes = ${LIMITS.bytes}`],
    args: ["--log-level", "info"],
    amount: CONNECTIONS,
  },
  async (server) => {
    const codes = new Set<string>(ERROR_CODES);
    const counts = new Map<string, number>();
    let next = 0;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (next < CONNECTIONS) {
        const index = next++, random = fuzzRandom(index);
        const { kind, bytes } = stream(random, LIMITS);
        const lengths = cuts(random, bytes);
        try {
          const end = await client(server, random, { bytes, lengths }, codes);
          counts.set(end, (counts.get(end) ?? 0) + 1);
        } catch (error) {
          next = Infinity;
          console.log(`seed ${SEED}, connection ${index} of ${CONNECTIONS} (${kind})`);
          console.log(shown(bytes, lengths));
          throw error;
        }
      }
    }));
    const figures = [...counts].map(([end, times]) => `${times} ${end}`).join(", ");
    console.log(`seed ${SEED}: ${CONNECTIONS} connections, ${figures}`);
  },
);
