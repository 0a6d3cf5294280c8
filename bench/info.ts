/** How many requests a second the service replies to over one connection. */
import { join } from "@std/path";
import { RunningServer } from "../scripts/running_server.ts";
import { ROOT } from "../scripts/sources.ts";
import type { Figure } from "./figure.ts";
import { onCores, startService } from "./ours.ts";

const REQUEST = JSON.stringify({ Header: "Info", Request: "Status", Connection: "keep-alive" });
const ALL_CORES = null;
const ONE_CORE = "0";

/**
 * Info requests one after another, beside what a server that only echoes reaches. Only one side works
 * at a time; waking the other one's core is most of a round trip where the machine is virtual, so that
 * both are also measured on one core.
 */
export async function infoRates(binary: string, root: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const cores of [ONE_CORE, ALL_CORES]) {
    const where = cores === null ? "two processes" : "both processes on one core";
    await using service = await startService(binary, root, cores);
    const info = await ping(service, cores);
    await using echo = await startEcho(info.bytes, cores);
    const bare = await ping(echo, cores);
    const unit = "a second";
    figures.push({
      name: "info",
      title: `Info, one after another over one connection, ${where}`,
      value: info.rate,
      unit,
      ...(cores === null ? {} : { mustReach: { least: 30_000 } }),
      note: `a bare echo ${Math.round(bare.rate).toLocaleString("en")} ${unit}`,
    });
  }
  return figures;
}

async function startEcho(bytes: number, cores: string | null): Promise<RunningServer> {
  const child = onCores(cores, Deno.execPath(), script("echo.ts", String(bytes)), {
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const server = new RunningServer(child, "the echo");
  await server.listening();
  return server;
}

async function ping(
  server: RunningServer,
  cores: string | null,
): Promise<{ rate: number; bytes: number }> {
  const args = script("ping.ts", String(server.port), REQUEST);
  const options = { stdin: "null", stdout: "piped", stderr: "inherit" } as const;
  const { stdout } = await onCores(cores, Deno.execPath(), args, options).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

function script(name: string, ...args: string[]): string[] {
  const config = `--config=${join(ROOT, "deno.json")}`;
  const path = new URL(name, import.meta.url).href;
  return ["run", "--quiet", "--allow-all", config, path, ...args];
}
