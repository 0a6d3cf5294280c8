/** What tests of a server with many clients share. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { LONG } from "./suite_options.ts";
import { bothWays, type RunningServer, startServer, tempDir, type Way, ways } from "./harness.ts";
import { until } from "./until.ts";
import { socketsOf } from "./process_figures.ts";

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

/** What comes of writing on to who has hung up. */
export function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.NotConnected;
}

/** How a test is run that does so much of something: in the long suite in each way, not at all for 0. */
export function waysOf(amount: number): readonly Way[] {
  return amount === 0 ? [] : LONG ? bothWays : ways;
}

/** How the server of a crowd is started. */
export interface ManyClientsOptions {
  /** Lines of the settings' `[limits]`. */
  limits?: readonly string[];
  /** Further arguments of `serve`. */
  args?: readonly string[];
  /** How much is done; of 0 there is no test. */
  amount?: number;
}

/**
 * A test of the whole program with these limits. When the clients of the test have gone, nothing of them may
 * be left.
 */
export function manyClientsTest(
  name: string,
  { limits = [], args = [], amount = 1 }: ManyClientsOptions,
  check: (server: RunningServer, title: string, folder: string) => Promise<void>,
): void {
  const run = async (way: Way) => {
    await using folder = await tempDir();
    const config = join(folder.path, "settings.toml");
    await Deno.writeTextFile(config, ['log-level = "error"', "[limits]", ...limits].join("\n"));
    await using server = await startServer(way, {
      root: folder.path,
      args: ["--config", config, ...args],
    });
    await check(server, `${name} [${way.name}]`, folder.path);
    await until("every socket to be closed", () => socketsOf(server) < OWN_SOCKETS);
    await until(
      "every connection but the asking one to be over",
      async () => (await statistic(server)).Connections === 1,
    );
    // That it listens, and who was refused a job, is told, and nothing else.
    const told = server.stderr.split("\n")
      .filter((line) => line && !/"part":"audit"|"message":"version \S+ listens on /.test(line));
    assertEquals(told, []);
  };
  for (const way of waysOf(amount)) Deno.test(`${name} [${way.name}]`, () => run(way));
}
