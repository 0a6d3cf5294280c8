/** A result lies in the folder that was found under a root, whatever its path has been made to lead to meanwhile. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { writeSample } from "../support/fixtures.ts";
import { NEVER_LOST, nodesSeen, startClusterServer, startNode } from "../support/cluster.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { EXISTS, reach, submit, told } from "../support/job_requests.ts";
import { testWith } from "../support/needs.ts";
import { missingRedis, RedisServer } from "../support/redis.ts";
import { until } from "../support/until.ts";

/** Says that it runs, and waits for a file beside it. */
const WAITING = (kind: string) =>
  `${EXISTS}
export const main = async (frame, { log, params }) => {
  log("waits");
  while (!exists(params)) await new Promise((go) => setTimeout(go, 10));
  return ${kind};
};`;

const KINDS = { number: "frame.rows", table: "{ n: [1, 2, 3] }" };

/** What becomes of the folder while the job runs, and whether the job's result may lie in it. */
const MOVES: Readonly<
  Record<string, { move: (folder: string, outside: string) => Promise<void>; fits: boolean }>
> = {
  "a link out of the roots takes its place": {
    async move(folder, outside) {
      await Deno.rename(folder, `${folder}.old`);
      await Deno.symlink(outside, folder);
    },
    fits: false,
  },
  "a link to another folder takes its place": {
    async move(folder) {
      await Deno.rename(folder, `${folder}.old`);
      await Deno.mkdir(`${folder}.other`);
      await Deno.symlink(`${folder}.other`, folder);
    },
    fits: false,
  },
  "another folder takes its place": {
    async move(folder) {
      await Deno.rename(folder, `${folder}.old`);
      await Deno.mkdir(folder);
    },
    fits: false,
  },
  "it is moved out of the roots": {
    move: (folder, outside) => Deno.rename(folder, join(outside, "moved")),
    fits: false,
  },
  "it is moved away and back": {
    async move(folder) {
      await Deno.rename(folder, `${folder}.old`);
      await Deno.rename(`${folder}.old`, folder);
    },
    fits: true,
  },
};

/** Paths of all files below a folder, from there; links are not followed. */
async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const below = isDirectory ? await filesBelow(join(folder, name)) : [];
    if (isFile) found.push(name);
    found.push(...below.map((path) => join(name, path)));
  }
  return found.sort();
}

for (const way of ways) {
  Deno.test(`a result is never written through a link that replaced its folder [${way.name}]`, async (t) => {
    await using root = await tempDir();
    await using server = await startServer(way, { root: root.path });
    await moveAll(t, server, root.path);
  });

  testWith(
    missingRedis,
    `a result of a cluster is never written through a link that replaced its folder [${way.name}]`,
    async (t) => {
      await using root = await tempDir();
      await using redis = await RedisServer.start();
      await using server = await startClusterServer(way, redis, root.path);
      await using _node = await startNode(way, redis, root.path, NEVER_LOST);
      await nodesSeen(server, 1);
      await moveAll(t, server, root.path);
    },
  );
}

/** Does with the folder of a job of each kind whatever can be done with it. */
async function moveAll(t: Deno.TestContext, server: RunningServer, root: string): Promise<void> {
  const formulas = join(root, "formulas");
  await Deno.mkdir(formulas);
  let count = 0;
  for (const [kind, value] of Object.entries(KINDS)) {
    await Deno.writeTextFile(join(formulas, `${kind}.js`), WAITING(value));
    for (const output of kind === "table" ? ["result", "result/"] : ["result"]) {
      for (const [name, { move, fits }] of Object.entries(MOVES)) {
        await t.step(`${kind} as ${output}: ${name}`, async () => {
          await using outside = await tempDir();
          const folder = join(root, `work${++count}`);
          await Deno.mkdir(folder);
          await writeSample(formulas, 1000);
          const go = `go${count}`;
          const { Id } = await submit(server, folder, `../formulas/${kind}.js`, {
            Base: "../formulas/time_series.parquet",
            Output: output,
            Params: go,
          });
          await until("the formula to wait", async () => {
            const { Log } = await told(server, "Log", { Id });
            return Log.length > 0;
          });
          await move(folder, outside.path);
          await Deno.writeTextFile(join(formulas, go), "");
          const ended = await reach(server, Id, "complete", "failed");
          const text = JSON.stringify(ended);
          const everywhere = [
            ...await filesBelow(outside.path),
            ...(await filesBelow(root)).filter((path) => !path.startsWith("formulas/")),
          ].filter((path) => path.includes(`work${count}`) || !path.startsWith("work"));
          if (fits) {
            assertMatch(text, /"complete"/);
            assertEquals(everywhere.length, 1, text);
            assert(everywhere[0]!.startsWith(join(`work${count}`, "result")), everywhere[0]);
          } else {
            assertMatch(text, /OUTPUT_FAILED/);
            assertEquals(everywhere, [], text);
          }
        });
      }
    }
  }
}
