/** How many requests a second the service replies to over one connection. */
import { fromFileUrl, join } from "@std/path";
import { hasPython } from "../scripts/python.ts";
import { RunningServer } from "../scripts/running_server.ts";
import { ROOT } from "../scripts/sources.ts";
import type { Figure } from "./figure.ts";
import { onCores, startService } from "./ours.ts";

const REQUEST = JSON.stringify({ Header: "Info", Request: "Status", Connection: "keep-alive" });
const ALL_CORES = null;
const ONE_CORE = "0";

/**
 * Info requests one after another, beside what a server that only echoes reaches. The client is in Python,
 * whose sockets take a third of the time that Deno's do. Only one side works at a time; waking the other
 * one's core is most of a round trip where the machine is virtual, so that both are also measured on one core.
 * Without a Python there is nothing to measure with.
 */
export async function infoRates(binary: string, root: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  if (!await hasPython()) {
    console.error("  not measured: python3 is not there");
    return figures;
  }
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
      note: `a bare echo ${Math.round(bare.rate).toLocaleString("en")} ${unit}`,
    });
  }
  return figures;
}

async function startEcho(bytes: number, cores: string | null): Promise<RunningServer> {
  const config = `--config=${join(ROOT, "deno.json")}`;
  const path = new URL("echo.ts", import.meta.url).href;
  const args = ["run", "--quiet", "--allow-all", config, path, String(bytes)];
  return await RunningServer.start(
    (streams) => onCores(cores, Deno.execPath(), args, streams),
    "the echo",
  );
}

async function ping(
  server: RunningServer,
  cores: string | null,
): Promise<{ rate: number; bytes: number }> {
  const args = [fromFileUrl(new URL("ping.py", import.meta.url)), String(server.port), REQUEST];
  const options = { stdin: "null", stdout: "piped", stderr: "inherit" } as const;
  const { stdout } = await onCores(cores, "python3", args, options).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}
