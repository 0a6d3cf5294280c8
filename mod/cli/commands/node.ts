import { readTokenFile } from "../../access/token.ts";
import { ServiceError, SettingsError } from "../../common/errors.ts";
import { removeLeftParts } from "../../system/leftovers.ts";
import { log, reportFault } from "../../common/log.ts";
import { Hosts } from "../../remote/hosts.ts";
import { Roots } from "../../system/roots.ts";
import { readCa } from "../../server.ts";
import { LIMIT_ENTRIES } from "../../settings/entries.ts";
import type { Settings } from "../../settings/settings.ts";
import type { ClusterNode } from "../../cluster/node.ts";
import { LineSink } from "../output/line_sink.ts";
import { openLog } from "../service/log_output.ts";
import { stopSignal, tellStrangers } from "./serve.ts";
import { table } from "../arguments/help.ts";
import { configurationOf, NODE_OPTIONS } from "../arguments/setting_options.ts";
import { type Command, type Given, optionOf, PROGRAM } from "../arguments/usage.ts";

export const node: Command = {
  name: "node",
  operands: "",
  summary: "compute parts of jobs for a cluster",
  description:
    `Joins the cluster whose services and nodes meet at a Redis, and computes parts of jobs in
the same sandbox and limits as a service does, until it gets SIGTERM or SIGINT (Ctrl-C). Once it has
joined it prints one line: joined HOST:PORT as NAME.

Data, formulas and results lie in folders that all machines see. Each names its own --root for
them, as many as the service and in the same order.

Settings come from the file, the environment and the options, as those of serve do.
Of the limits these hold for a node:
${table(nodeLimits())}`,
  options: [
    ...NODE_OPTIONS,
    { name: "name", value: "NAME", help: "what it is called (default: its address and process)" },
  ],
  examples: [
    `${PROGRAM} node --cluster redis://192.0.2.1:6379 --root /srv/measurements`,
    `${PROGRAM} node --cluster redis://192.0.2.1:6379 --root /mnt/data --workers 8 --limit jobs=1`,
  ],
  run: runNode,
};

/** Limits that hold for a node, each with what it is for. */
function nodeLimits(): [name: string, help: string][] {
  return LIMIT_ENTRIES.filter(({ row }) => row.node !== undefined)
    .map(({ name, row: { node, help } }) => [name, typeof node === "string" ? node : help]);
}

async function runNode(given: Given): Promise<number> {
  const { settings, strangers } = configurationOf(given);
  const stdout = new LineSink(Deno.stdout), stderr = openLog(settings.logLevel);
  tellStrangers(strangers);
  try {
    const roots = rootsOf(settings);
    const stopping = new AbortController();
    const node = await makeNode(settings, roots, optionOf(given, "name") ?? null);
    const stopped = stopSignal(() => log.service.info("a node reads its configuration once only"));
    stopped.then(() => stopping.abort());
    const joined = node.start().then((name) =>
      stdout.add(() => `joined ${node.where} as ${name}\n`)
    );
    const cleared = joined.then(() => clear(roots, node, stopping.signal)).catch(() => {});
    await Promise.race([joined, stopped]);
    log.service.info("stopping at {signal}", { signal: await stopped });
    await node.stop(settings.limits.stopSeconds);
    await cleared;
    return 0;
  } finally {
    await stderr.drained(1000);
  }
}

/** @throws {SettingsError} */
function rootsOf({ roots }: Settings): Roots {
  try {
    return new Roots(roots);
  } catch (error) {
    throw error instanceof ServiceError ? new SettingsError(error.message) : error;
  }
}

/** @throws {SettingsError} */
async function makeNode(
  settings: Settings,
  roots: Roots,
  name: string | null,
): Promise<ClusterNode> {
  const { cluster: url, clusterCa, clusterSecret, hosts, workers, limits } = settings;
  if (url === null) throw new SettingsError("a node needs --cluster redis://HOST:PORT");
  const { ClusterNode } = await import("../../cluster/node.ts");
  return new ClusterNode({
    url,
    ca: clusterCa === null ? null : readCa(clusterCa),
    secret: clusterSecret === null ? null : readTokenFile(clusterSecret, "secret"),
    roots,
    hosts: new Hosts(hosts),
    workers,
    limits,
    name,
  });
}

async function clear(roots: Roots, node: ClusterNode, signal: AbortSignal): Promise<void> {
  try {
    const removed = await removeLeftParts(roots.directories, signal, (job) => node.wanted(job));
    if (removed > 0) log.service.warn("removed {removed} parts that nobody needs", { removed });
  } catch (thrown) {
    if (!signal.aborted) reportFault("what was left of jobs could not be removed", thrown);
  }
}
