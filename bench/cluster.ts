/**
 * `denow task bench:cluster [partitions]`: what a task costs on a cluster's node over the embedded engine, how
 * time falls with the number of nodes, what Redis does for a task, and how quickly parts are made one file.
 */
import { join } from "@std/path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { joinParts } from "../mod/engine/compute/join_parts.ts";
import { Loader } from "../mod/loader.ts";
import { GroupsFile } from "../mod/parquet/write/groups_file.ts";
import { encodeRowGroup } from "../mod/parquet/write/encode.ts";
import { compile, isCurrent } from "../scripts/binary.ts";
import {
  nodesSeen,
  type RunningNode,
  startClusterServer,
  startNode,
} from "../tests/support/cluster.ts";
import { job } from "../tests/support/fixtures.ts";
import { compiled, type RunningServer, startServer, tempDir } from "../tests/support/harness.ts";
import { RedisServer } from "../tests/support/redis.ts";
import { median } from "./measure.ts";

const PARTITIONS = Number(Deno.args[0] ?? 256);
/** Rows of a partition: so many that none is put together with the next. */
const ROWS = 66_000;
const REPEAT = 3;
const FORMULAS = {
  /** Waits in each partition, as if it computed on a core of its own. */
  "wait.ts": `export async function chunk(_, { rows }) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return rows;
  }
  export const combine = (a, b) => a + b;`,
  "count.ts": `export const chunk = (_, { rows }) => rows;
  export const combine = (a, b) => a + b;`,
  "copy.ts": `export const map = ({ k }) => ({ k });`,
};
const ONE = ["--workers", "1"];

if (!await isCurrent()) await compile();
await using temporary = await tempDir();
const folder = temporary.path;
for (const [name, text] of Object.entries(FORMULAS)) {
  await Deno.writeTextFile(join(folder, name), text);
}
{
  const data = Int32Array.from({ length: PARTITIONS * ROWS }, (_, k) => k);
  const buffer = parquetWriteBuffer({
    columnData: [{ name: "k", data, type: "INT32" }],
    rowGroupSize: ROWS,
  });
  await Deno.writeFile(join(folder, "time_series.parquet"), new Uint8Array(buffer));
}

/** Seconds that a job takes, from request to reply. */
async function seconds(server: RunningServer, File: string, repeat = REPEAT): Promise<number> {
  const times: number[] = [];
  for (let time = 0; time < repeat; time++) {
    const began = performance.now();
    const { Response } = await server.request(job(folder, { File }));
    if (Response.Status !== "complete") throw new Error(JSON.stringify(Response));
    times.push((performance.now() - began) / 1000);
  }
  console.error(`${File}: ${times.map((time) => time.toFixed(2)).join(" ")} s`);
  return median(times);
}

async function embedded(): Promise<Record<string, number>> {
  await using server = await startServer(compiled, { root: folder, args: ONE });
  await seconds(server, "count.ts");
  return {
    count: await seconds(server, "count.ts"),
    copy: await seconds(server, "copy.ts"),
    wait: await seconds(server, "wait.ts", 1),
  };
}

/** Runs something on a cluster of so many nodes that have a worker each. */
async function onNodes<T>(
  count: number,
  args: string[],
  check: (server: RunningServer, redis: RedisServer) => Promise<T>,
): Promise<T> {
  await using redis = await RedisServer.start();
  await using server = await startClusterServer(compiled, redis, folder, args);
  const nodes: RunningNode[] = [];
  try {
    for (let node = 0; node < count; node++) {
      nodes.push(await startNode(compiled, redis, folder, ["--limit", "jobs=1"]));
    }
    await nodesSeen(server, count);
    await seconds(server, "count.ts");
    return await check(server, redis);
  } finally {
    for (const node of nodes) await node.stop();
  }
}

/** Commands that Redis has run, those of scripts included; scripts and transactions, and their microseconds. */
async function commands(
  redis: RedisServer,
): Promise<{ calls: number; scripts: number; time: number }> {
  const client = redis.client();
  const info = await client.info("commandstats");
  client.disconnect();
  let calls = 0, scripts = 0, time = 0;
  for (const [, name, count, usec] of info.matchAll(/^cmdstat_(\S+?):calls=(\d+),usec=(\d+)/gm)) {
    calls += Number(count);
    if (name !== "evalsha" && name !== "exec") continue;
    scripts += Number(count);
    time += Number(usec);
  }
  return { calls, scripts, time };
}

async function memory(redis: RedisServer): Promise<number> {
  const client = redis.client();
  const info = await client.info("memory");
  client.disconnect();
  return Number(/^used_memory:(\d+)/m.exec(info)![1]);
}

/** Megabytes a second at which parts are made one file. */
async function joining(): Promise<number> {
  const id = crypto.randomUUID();
  const place = { id, attempt: 1, directory: folder, stem: "joined", mostBytes: 2 ** 40 };
  const values = crypto.getRandomValues(new BigInt64Array(8192));
  const column = new BigInt64Array(1 << 17).map((_, k) => values[k % 8192]! + BigInt(k));
  const group = encodeRowGroup([{ name: "k", type: "int64", values: column }]);
  const parts = [];
  for (let part = 0; part < 8; part++) {
    const file = new GroupsFile(join(folder, `.joined.${id}.${part}-bench.part`));
    for (let k = 0; k < 32; k++) file.appendJoined({ rows: group.rows, parts: [[group]] });
    const finished = file.finish();
    await file.sync();
    file.close();
    parts.push({ ...finished, file: `${part}-bench` });
  }
  const began = performance.now();
  const whole = { ...place, part: "whole-bench" };
  const { bytes } = await joinParts(parts, new Loader(), whole, new AbortController().signal);
  return bytes / 1e3 / (performance.now() - began);
}

const rows: string[][] = [["figure", "measured", "aim"]];
const here = await embedded();
const small = ["--limit", "task-partitions=1"];
const single = await onNodes(1, small, async (server, redis) => {
  const before = await commands(redis);
  const count = await seconds(server, "count.ts");
  const after = await commands(redis);
  const tasks = REPEAT * PARTITIONS;
  const each = (after.calls - before.calls) / tasks;
  const scripts = (after.scripts - before.scripts) / tasks;
  const time = (after.time - before.time) / tasks;
  const copy = await seconds(server, "copy.ts");
  const empty = await memory(redis);
  const full = seconds(server, "wait.ts", 1);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const task = (await memory(redis) - empty) / PARTITIONS;
  await full;
  return { count, copy, each, scripts, time, task };
});
const overhead = (theirs: number, ours: number) =>
  `${((theirs - ours) * 1000 / PARTITIONS).toFixed(1)} ms`;
rows.push(
  [
    `embedded engine, ${PARTITIONS} partitions, one worker: count`,
    `${here.count!.toFixed(2)} s`,
    "",
  ],
  [`one node, a task a partition: count`, `${single.count.toFixed(2)} s`, ""],
  ["overhead per task, a value", overhead(single.count, here.count!), "under 10 ms"],
  [
    "overhead per task, row groups in a file each",
    overhead(single.copy, here.copy!),
    "under 10 ms",
  ],
  ["Redis commands per task, those of scripts included", single.each.toFixed(0), ""],
  ["scripts and transactions per task", single.scripts.toFixed(1), ""],
  ["their time in Redis per task", `${single.time.toFixed(0)} µs`, ""],
  ["memory of Redis per task that waits", `${(single.task / 1000).toFixed(1)} kB`, ""],
  ["parts made one file", `${(await joining()).toFixed(0)} MB/s`, ""],
  [`embedded engine, 50 ms a partition`, `${here.wait!.toFixed(1)} s`, ""],
);
let first = 0;
for (const [count, aim] of [[1, ""], [2, "1.9 ×"], [4, "3.7 ×"]] as const) {
  const time = await onNodes(count, [], (server) => seconds(server, "wait.ts", 1));
  first ||= time;
  const nodes = count === 1 ? "1 node" : `${count} nodes`;
  rows.push([
    `${nodes}, 50 ms a partition`,
    `${time.toFixed(1)} s, ${(first / time).toFixed(2)} ×`,
    aim,
  ]);
}
console.log(
  rows.map((row, at) =>
    `| ${row.join(" | ")} |${at === 0 ? `\n|${row.map(() => " --- |").join("")}` : ""}`
  ).join("\n"),
);
