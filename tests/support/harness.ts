/**
 * What tests of the whole program share: the ways to start it, a running server, temporary folders.
 *
 * @example
 * ```ts ignore
 * for (const way of ways) {
 *   Deno.test(`status is ready when nothing runs [${way.name}]`, async () => {
 *     await using folder = await tempDir();
 *     await using server = await startServer(way, { root: folder.path });
 *     const reply = await server.request({ Header: "Info", Request: "Status" });
 *     assertEquals(reply.Response.Discription, "Status: Ready");
 *   });
 * }
 * ```
 */
import { BINARY } from "../../scripts/binary.ts";
import { patiently } from "../../scripts/patience.ts";
import { LONG } from "./suite_options.ts";
import { RunningServer } from "../../scripts/running_server.ts";
import { serviceCommand } from "../../scripts/service_command.ts";

export { LineReader, type Reply, RunningServer, writeAll } from "../../scripts/running_server.ts";

/** A way to run the program. */
export interface Way {
  readonly name: "deno run" | "binary";
  /** The program with these arguments, not yet started. */
  command(args: readonly string[], options?: Deno.CommandOptions): Deno.Command;
}

/** The program from its sources, as the task `run` starts it, with its permissions. */
export const sources: Way = { name: "deno run", command: serviceCommand };

/** The compiled program. */
export const compiled: Way = {
  name: "binary",
  command: (args, options = {}) => new Deno.Command(BINARY, { ...options, args: [...args] }),
};

/** For tests of what may depend on how the program is run: both ways, in each suite. */
export const bothWays: readonly Way[] = [sources, compiled];

/** For all other tests: the compiled program in the short suite, the sources in the long one. */
export const ways: readonly Way[] = [LONG ? sources : compiled];

/** What a finished program left behind. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the program to its end. */
export async function finish(
  way: Way,
  args: readonly string[],
  options: Deno.CommandOptions & { input?: string } = {},
): Promise<Finished> {
  const { input, ...rest } = options;
  const child = way.command(args, {
    ...rest,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  }
  const [stdout, stderr, { code }] = await patiently(
    Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.status,
    ]),
    `${way.name} ${args.join(" ")}`,
    () => child.kill("SIGKILL"),
  );
  return { code, stdout, stderr };
}

/** How to start a server. */
export interface ServerOptions {
  /** Folders its jobs may use; the server's working directory where there is none. */
  root?: string | readonly string[];
  /** Further arguments of `serve`. */
  args?: readonly string[];
  cwd?: string;
  env?: Record<string, string>;
}

/**
 * Starts `serve` on a free port and waits until it listens.
 *
 * @throws Error with what it wrote to its standard error when it ends instead.
 */
export async function startServer(way: Way, options: ServerOptions = {}): Promise<RunningServer> {
  const { root = [], args = [], cwd, env } = options;
  const roots = (typeof root === "string" ? [root] : root).flatMap((path) => ["--root", path]);
  return await RunningServer.start(
    (streams) =>
      way.command(["serve", "--port", "0", ...roots, ...args], {
        ...(cwd === undefined ? {} : { cwd }),
        ...(env === undefined ? {} : { env }),
        ...streams,
      }),
    way.name,
  );
}

/** Starts `serve` of the compiled program by another one, which takes it as its last arguments. */
export async function startUnder(
  command: string,
  args: readonly string[],
  { root, args: further = [] }: { root: string; args?: readonly string[] },
): Promise<RunningServer> {
  const serve = [BINARY, "serve", "--port", "0", "--root", root, ...further];
  return await RunningServer.start(
    (streams) => new Deno.Command(command, { args: [...args, ...serve], ...streams }),
    compiled.name,
  );
}

/** A temporary folder, with its links resolved; disposing it removes it with all it holds. */
export interface TempDir extends AsyncDisposable {
  readonly path: string;
}

/** Makes a temporary folder. */
export async function tempDir(): Promise<TempDir> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "tcp_server_test_" }));
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
