/** What tests of a server with many clients share. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type RunningServer, startServer, tempDir, type Way, ways } from "./harness.ts";
import { socketsOf, until } from "./watch.ts";

/** A question for a connection of its own, and one that keeps its connection open. */
export const STATUS = { Header: "Info", Request: "Status" };
export const ALIVE = '{"Header":"Info","Request":"Status","Connection":"keep-alive"}';

/** A text as it is sent. */
export const bytes = (text: string) => new TextEncoder().encode(text);
/** The error code of a reply, undefined where it tells of none. */
export const codeOf = (line: string) => JSON.parse(line).Response.Error?.Code;

/** Some of what `Info` tells. */
export interface Figures {
  Connections: number;
  Jobs: { Running: number; Queued: number; Done: number; Failed: number };
}

/** What `Info` tells on a connection of its own. */
export async function statistic(server: RunningServer): Promise<Figures> {
  return (await server.request(STATUS)).Response.Statistic as unknown as Figures;
}

/** More sockets than a server has without clients: it listens, and its engines are on sockets, too. */
export const OWN_SOCKETS = 15;

/**
 * A test of the whole program with these limits, once for every way to run it. When the clients of the
 * test have gone, nothing of them may be left.
 */
export function crowdTest(
  name: string,
  limits: string[],
  check: (server: RunningServer, title: string, folder: string) => Promise<void>,
): void {
  const run = async (way: Way) => {
    await using folder = await tempDir();
    const config = join(folder.path, "settings.toml");
    await Deno.writeTextFile(config, ['log-level = "error"', "[limits]", ...limits].join("\n"));
    await using server = await startServer(way, { root: folder.path, args: ["--config", config] });
    await check(server, `${name} [${way.name}]`, folder.path);
    await until("every socket to be closed", () => socketsOf(server) < OWN_SOCKETS);
    assertEquals((await statistic(server)).Connections, 1);
    assertEquals(server.stderr, "");
  };
  for (const way of ways) Deno.test(`${name} [${way.name}]`, () => run(way));
}
