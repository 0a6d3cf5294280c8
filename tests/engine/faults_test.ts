/** Processes that are killed, disks that are full, data that changes: what must hold afterwards. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { amountOf, LONG, SEED } from "../support/suite_options.ts";
import { job, listing, runFormula, writeSample } from "../support/fixtures.ts";
import {
  bothWays,
  type Reply,
  type RunningServer,
  startServer,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";
import {
  busyEngine,
  enginesOf,
  isPartial,
  killHard,
  lives,
  partialResult,
} from "../support/processes.ts";
import { randomFrom } from "../support/random_numbers.ts";
import { withoutLineage } from "../support/result_bytes.ts";
import { shareSample, shareService } from "../support/shared_service.ts";
import { fillUp, onSmallDisk } from "../support/small_disk.ts";
import { until } from "../support/until.ts";
import { HALF } from "../support/job_requests.ts";

/** For each way of running. */
const KILLS = amountOf("engine-kills");
/** So long that no engine which is only slow is taken for one that hangs. */
const SILENCE_SECONDS = 4;
const RESULT = "work_ansver.parquet";

/** Takes a while, so that a kill may come at any of its moments. */
const formula = (factor: number) =>
  `export async function map({ u, i }) {
    await new Promise((resolve) => setTimeout(resolve, 8));
    const power = new Float64Array(u.length);
    for (let row = 0; row < power.length; row++) power[row] = u[row] * i[row] * ${factor};
    return { power, u };
  }`;

interface Stage {
  folder: string;
  /** The bytes that a result of each factor has. */
  results: Map<number, Uint8Array<ArrayBuffer>>;
  names: string[];
}

/** Whether two results are the same, but for the job and the time that they tell. */
function sameBytes(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): boolean {
  const [one, other] = [withoutLineage(a), withoutLineage(b)];
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

async function honest(server: RunningServer, stage: Stage, factor: number): Promise<void> {
  const reply = await runFormula(server, stage.folder, formula(factor));
  assertEquals(reply.Response.Status, "complete", JSON.stringify(reply));
  const bytes = await Deno.readFile(join(stage.folder, RESULT));
  const known = stage.results.get(factor);
  assert(known === undefined || sameBytes(bytes, known), "an honest job gives the right result");
  stage.results.set(factor, bytes);
}

/** The result is that of before, that of the job, or none where there was none: never anything else. */
async function assertWhole(stage: Stage, before: number | null, factor: number): Promise<string> {
  const left = listing(stage.folder).filter((name) => !stage.names.includes(name));
  if (left.length === 0) {
    assertEquals(before, null, "an older result must stay");
    return "absent";
  }
  assertEquals(left, [RESULT]);
  const bytes = await Deno.readFile(join(stage.folder, RESULT));
  if (sameBytes(bytes, stage.results.get(factor)!)) return "whole";
  assert(before !== null && sameBytes(bytes, stage.results.get(before)!), "neither old nor new");
  return "older";
}

const writeData = shareSample(160_000, 20_000);

/** Waits until no result is half written any more. */
async function noPartial(folder: string): Promise<void> {
  await until("partial results to go", () => !listing(folder).some(isPartial));
}

async function allDead(pids: number[]): Promise<void> {
  await until("the engines to end", () => !pids.some(lives));
}

for (const [index, way] of (LONG ? bothWays : ways).entries()) {
  Deno.test(`a kill at any moment leaves no partial result and no server that doesn't answer [${way.name}]`, async () => {
    await using temporary = await tempDir();
    const folder = temporary.path;
    await writeData(folder);
    await Deno.writeTextFile(join(folder, "work.ts"), "");
    const stage: Stage = { folder, results: new Map(), names: listing(folder) };
    const counts: Record<string, number> = {};
    try {
      await killAgainAndAgain(way, stage, SEED + 501 + index, counts);
    } finally {
      console.log(`seed ${SEED}, ${KILLS} kills: ${JSON.stringify(counts)}`);
    }
    assertEquals(listing(folder).filter((name) => !stage.names.includes(name)), [RESULT]);
  });
}

/** @param counts Of what was killed, and of what was found afterwards. */
async function killAgainAndAgain(
  way: Way,
  stage: Stage,
  seed: number,
  counts: Record<string, number>,
): Promise<void> {
  const { folder } = stage, result = join(folder, RESULT);
  const start = () => startServer(way, { root: folder });
  const random = randomFrom(seed);
  const pick = <T>(choices: readonly T[]): T => choices[random(choices.length)]!;
  const count = (what: string) => counts[what] = (counts[what] ?? 0) + 1;
  let server = await start();
  try {
    await honest(server, stage, 2);
    await honest(server, stage, 3);
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = pick(["engine", "server", "all"]);
      const before = pick([null, 2]);
      if (before === null) await Deno.remove(result).catch(() => {});
      else await Deno.writeFile(result, stage.results.get(before)!);
      const running = runFormula(server, folder, formula(3)).catch(() => null);
      await new Promise((resolve) => setTimeout(resolve, random(260)));
      const pids = (await enginesOf(server)).map(({ pid }) => pid);
      if (victim !== "server") pids.forEach(killHard);
      if (victim !== "engine") await server.kill();
      const reply: Reply | null = await running;
      if (victim !== "engine") {
        await allDead(pids);
        server = await start();
      } else {
        const { Status, Error: error } = reply!.Response;
        assert(Status === "complete" || error!.Code === "FORMULA_FAILED", JSON.stringify(reply));
      }
      await noPartial(folder);
      count(victim);
      count(await assertWhole(stage, before, 3));
      if (kill % 10 === 0) await honest(server, stage, 2);
      else {assertEquals(
          (await server.request({ Header: "Info", Request: "Status" })).Header,
          "Info",
        );}
    }
    await honest(server, stage, 3);
  } finally {
    await server.stop();
  }
}

for (const way of ways) {
  Deno.test(`folders of engines that were killed with their server are removed at the next start [${way.name}]`, async () => {
    await using temporary = await tempDir();
    const folder = temporary.path;
    const TMPDIR = join(folder, "tmp");
    await Deno.mkdir(TMPDIR);
    await writeSample(folder, 1000);
    const options = { root: folder, env: { TMPDIR } };
    const honestly = `export const main = (frame) => frame.rows;`;
    const server = await startServer(way, options);
    assertEquals((await runFormula(server, folder, honestly)).Response.Result, 1000);
    const pids = (await enginesOf(server)).map(({ pid }) => pid);
    pids.forEach((pid) => Deno.kill(pid, "SIGSTOP"));
    await server.kill();
    pids.forEach(killHard);
    await allDead(pids);
    // One that was only just started may not hold its folder yet, and cleans up itself.
    const held = (name: string) =>
      name.startsWith("tcp_server_engine_") && listing(join(TMPDIR, name)).includes("alive");
    const left = listing(TMPDIR).filter(held);
    assert(left.length > 0, "the killed engine could not clean up");
    await using next = await startServer(way, options);
    await until("their folders to go", () => !listing(TMPDIR).some((name) => left.includes(name)));
    assertEquals((await runFormula(next, folder, honestly)).Response.Result, 1000);
  });

  Deno.test(`a start keeps a partial result that is still being written [${way.name}]`, async () => {
    await using temporary = await tempDir();
    const folder = temporary.path;
    const name = (id: string) => join(folder, `.work_ansver.${id}.part`);
    const [held, left] = [crypto.randomUUID(), crypto.randomUUID()].map(name) as [string, string];
    using file = await Deno.open(held, { write: true, createNew: true });
    file.lockSync(true);
    await Deno.writeTextFile(left, "half of it");
    await Deno.writeTextFile(join(folder, ".notes.part"), "not ours");
    await using _server = await startServer(way, { root: folder });
    await until(
      "what nobody writes to go",
      () => !listing(folder).some((name) => left.endsWith(name)),
    );
    assertEquals(listing(folder).length, 2);
  });

  Deno.test(`a hanging engine is ended and replaced [${way.name}]`, async () => {
    await using temporary = await tempDir();
    const folder = temporary.path;
    await writeData(folder);
    const config = join(folder, "service.toml");
    await Deno.writeTextFile(config, `[limits]\nsilence-seconds = ${SILENCE_SECONDS}\n`);
    await using server = await startServer(way, { root: folder, args: ["--config", config] });
    const stalled = runFormula(
      server,
      folder,
      `export const map = async () => await new Promise((go) => setTimeout(go, 1e9));`,
    );
    const { pid } = await busyEngine(server);
    Deno.kill(pid, "SIGSTOP");
    const { Error: error } = (await stalled).Response;
    assertEquals(error?.Code, "FORMULA_TIMEOUT");
    assertStringIncludes(error!.Message, `no sign of life for ${SILENCE_SECONDS} seconds`);
    assert(!lives(pid));
    const after = await runFormula(server, folder, `export const main = (frame) => frame.rows;`);
    assertEquals(after.Response.Result, 160_000);
  });

  /** Tells how the data of a running job is changed. */
  const changes: Record<string, (path: string) => Promise<void>> = {
    "shrinks": (path) => Deno.truncate(path, 1000),
    "grows": (path) => Deno.writeTextFile(path, "more", { append: true }),
    "is written anew in place": async (path) => {
      const bytes = await Deno.readFile(path);
      await Deno.writeFile(path, bytes.fill(7, 4, 1000));
    },
    "is replaced by another file of the same size and time": async (path) => {
      const { atime, mtime } = await Deno.stat(path);
      await Deno.copyFile(path, `${path}.new`);
      await Deno.utime(`${path}.new`, atime!, mtime!);
      await Deno.rename(`${path}.new`, path);
    },
    "is removed": (path) => Deno.remove(path),
  };
  const service = shareService(way);
  for (const [how, change] of Object.entries(changes)) {
    Deno.test(`a job fails when its data ${how} while it runs [${way.name}]`, async () => {
      const { server } = service, folder = await service.folder();
      await writeData(folder);
      const reply = runFormula(server, folder, HALF);
      await partialResult(folder);
      await change(join(folder, "time_series.parquet"));
      await Deno.writeTextFile(join(folder, "go"), "");
      const { Error: error } = (await reply).Response;
      assertEquals(error?.Code, "BASE_UNREADABLE", JSON.stringify(error));
      assertEquals(listing(folder).filter((name) => isPartial(name) || name === RESULT), []);
    });
  }
}

const COPY = `export const map = ({ u }) => ({ u: u.map(() => Math.random()) });`;

onSmallDisk("a full disk fails the job and nothing else", "size=9m", async (way, disk) => {
  await writeSample(disk, 200_000, 20_000);
  await using server = await startServer(way, { root: disk });
  assertEquals((await runFormula(server, disk, COPY)).Response.Status, "complete");
  const older = await Deno.readFile(join(disk, RESULT));
  const fill = await fillUp(disk);
  const names = listing(disk);
  for (const text of [COPY, `export const main = () => "x".repeat(1e6);`]) {
    const { Error: error } = (await runFormula(server, disk, text)).Response;
    assertEquals(error?.Code, "OUTPUT_FAILED", JSON.stringify(error));
    assertMatch(error!.Message, /no space is left .* make room/);
    assertEquals(listing(disk), names);
  }
  assertEquals(await Deno.readFile(join(disk, RESULT)), older);
  await Deno.remove(fill);
  assertEquals((await runFormula(server, disk, COPY)).Response.Status, "complete");
});

onSmallDisk("a read-only folder fails the job and nothing else", "size=20m", async (way, disk) => {
  await writeSample(disk, 20_000);
  await Deno.writeTextFile(join(disk, "work.ts"), COPY);
  await using server = await startServer(way, { root: disk });
  const remount = async (how: string) => {
    const args = ["-o", `remount,${how}`, disk];
    assert((await new Deno.Command("mount", { args }).output()).success);
  };
  await remount("ro");
  const { Error: error } = (await server.request(job(disk))).Response;
  assertEquals(error?.Code, "OUTPUT_FAILED", JSON.stringify(error));
  assertMatch(error!.Message, /may not write to/);
  await remount("rw");
  assertEquals((await server.request(job(disk))).Response.Status, "complete");
});

onSmallDisk(
  "no room for temporary files fails jobs until there is",
  "nr_inodes=1",
  async (way, disk) => {
    await using folder = await tempDir();
    await writeSample(folder.path, 1000);
    await using server = await startServer(way, { root: folder.path, env: { TMPDIR: disk } });
    const { Error: error } = (await runFormula(server, folder.path, COPY)).Response;
    assertEquals(error?.Code, "INTERNAL");
    assertMatch(error!.Message, /can't be made in .*; make room there or set TMPDIR/);
    const args = ["-o", "remount,nr_inodes=1000", disk];
    assert((await new Deno.Command("mount", { args }).output()).success);
    assertEquals((await runFormula(server, folder.path, COPY)).Response.Status, "complete");
  },
);
