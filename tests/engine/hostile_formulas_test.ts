/** What a formula may try, and what must hold afterwards. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { amountOf, LONG, SEED } from "../support/suite_options.ts";
import { job, listing, type Sample, writeSample } from "../support/fixtures.ts";
import {
  bothWays,
  type Reply,
  type RunningServer,
  startServer,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";
import { type Attack, ATTACKS, COLLECTION } from "../support/hostile_formulas.ts";
import { reach, submit, told } from "../support/job_requests.ts";
import { enginesOf } from "../support/processes.ts";
import { randomFrom } from "../support/random_numbers.ts";

const ROWS = 30_000;
/** Time limits of what never ends by itself, and of all else. */
const SHORT_SECONDS = LONG ? 2 : 1, LONG_SECONDS = 300;
/** Attacks that run side by side where none of them needs much memory: in the long suite each has the service alone. */
const TOGETHER = LONG ? 1 : 8, ENDLESS_TOGETHER = LONG ? 1 : 8;
const OF_COLLECTION = amountOf("hostile-formulas");
const FORMULA = "work.js";
const RESULT = "work_ansver.parquet";

interface Stage {
  server: RunningServer;
  /** Its root, with a folder for each attack. */
  root: string;
  sample: Sample;
  /** What each attack was answered. */
  replies: string[];
}

async function withStage(
  way: Way,
  run: (stage: Stage) => Promise<void>,
  jobs = ENDLESS_TOGETHER + 1,
): Promise<void> {
  await using folder = await tempDir();
  const root = folder.path;
  const sample = await writeSample(root, ROWS, 10_000);
  const args = ["--limit", `jobs=${jobs}`];
  await using server = await startServer(way, { root, args });
  const replies: string[] = [];
  try {
    await run({ server, root, sample, replies });
  } finally {
    console.log(replies.join("\n"));
  }
}

/** A folder for one attack, with data and a link out of it. */
async function folderFor({ root }: Stage, formula: string): Promise<string> {
  const folder = await Deno.makeTempDir({ dir: root });
  await Deno.copyFile(join(root, "time_series.parquet"), join(folder, "time_series.parquet"));
  await Deno.symlink("/etc/passwd", join(folder, "link"));
  await Deno.writeTextFile(join(folder, FORMULA), formula);
  return folder;
}

/** Runs an attack and looks at its reply and at what it left in its folder. */
async function attack(stage: Stage, name: string, attack: Attack): Promise<void> {
  const folder = await folderFor(stage, attack.formula);
  const before = listing(folder);
  const seconds = attack.endless ? SHORT_SECONDS : LONG_SECONDS;
  const began = performance.now();
  const reply = await stage.server.request(job(folder, {
    File: FORMULA,
    TimeoutSeconds: seconds,
    Params: { rows: [] },
    ...(attack.limits ? { Limits: attack.limits } : {}),
  }));
  const took = (performance.now() - began) / 1000;
  const end = assertEnd(name, attack, reply);
  if (end === "FORMULA_TIMEOUT") assert(took >= seconds, `${name}: answered after ${took} s`);
  const { Error: error } = reply.Response;
  stage.replies.push(`${name}: ${end}${error ? ` (${error.Message.slice(0, 120)})` : ""}`);
  const left = listing(folder).filter((file) => !before.includes(file));
  assertEquals(left, end === "complete" ? [RESULT] : [], name);
}

/** Gives how its job has ended. */
function assertEnd(name: string, { ends, message }: Attack, { Response }: Reply): string {
  const { Status, Error: error } = Response;
  const end = Status === "complete" ? Status : error!.Code;
  assert(ends.includes(end), `${name}: ${JSON.stringify(Response)}`);
  if (message && error) assertMatch(error.Message, message, name);
  return end;
}

/** An honest job gives the right result. */
async function assertHonest({ server, root, sample }: Stage): Promise<void> {
  await Deno.writeTextFile(
    join(root, "honest.js"),
    `export const chunk = (c) => c.u.reduce((a, b) => a + b, 0);
    export const combine = (a, b) => a + b;`,
  );
  const { Response } = await server.request(job(root, { File: "honest.js" }));
  const sum = sample.u.reduce((a, b) => a + b, 0);
  assert(Math.abs(Response.Result as number - sum) < 1e-6, JSON.stringify(Response));
}

/** What must hold after each attack, beside what its own folder tells. */
async function assertUnharmed(stage: Stage): Promise<void> {
  assertEquals((await enginesOf(stage.server)).filter(({ job }) => job !== null), []);
  const before = listing(stage.root);
  await assertHonest(stage);
  const left = listing(stage.root).filter((name) => !before.includes(name));
  assertEquals(left.filter((name) => !name.startsWith("honest")), []);
}

/** Attacks that run side by side. */
function groupsOf(attacks: [name: string, Attack][]): [name: string, Attack][][] {
  const kind = ([, { limits, endless }]: [string, Attack]) =>
    endless ? "endless" : limits?.LogBytes === undefined && limits ? "limited" : "quick";
  const sizes = { endless: ENDLESS_TOGETHER, limited: 1, quick: TOGETHER };
  return Object.entries(sizes).flatMap(([of, size]) => {
    const some = attacks.filter((one) => kind(one) === of);
    return Array.from(
      { length: Math.ceil(some.length / size) },
      (_, k) => some.slice(k * size, (k + 1) * size),
    );
  });
}

async function run(
  test: Deno.TestContext,
  way: Way,
  attacks: [name: string, Attack][],
): Promise<void> {
  await withStage(way, async (stage) => {
    for (const group of groupsOf(attacks)) {
      await test.step(`it ${group.map(([name]) => name).join("; ")}`, async () => {
        await Promise.all(group.map(([name, one]) => attack(stage, name, one)));
        await assertUnharmed(stage);
      });
    }
  });
}

/** Some of the collection, other ones with another seed. */
function picked(count: number): [name: string, Attack][] {
  const random = randomFrom(SEED + 301);
  const left = Object.entries(COLLECTION), some: typeof left = [];
  while (left.length > 0 && some.length < count) {
    some.push(...left.splice(random(left.length), 1));
  }
  return some;
}

for (const way of LONG ? bothWays : ways) {
  Deno.test(
    `a hostile formula harms its own job only [${way.name}]`,
    (test) => run(test, way, Object.entries(ATTACKS)),
  );

  Deno.test(`each hostile formula of the collection ends as expected [${way.name}]`, async (test) => {
    console.log(`${OF_COLLECTION} of the collection, seed ${SEED}`);
    await run(test, way, picked(OF_COLLECTION));
  });

  Deno.test(`Info answers and honest jobs run while formulas loop forever [${way.name}]`, async () => {
    const endless = Object.values(ATTACKS).filter((one) => one.endless);
    await withStage(way, async (stage) => {
      const { server } = stage;
      const jobs: string[] = [];
      for (const { formula } of endless) {
        const { Id } = await submit(server, await folderFor(stage, formula), FORMULA);
        jobs.push(Id);
        await reach(server, Id, "running");
      }
      const { Response } = await server.request({ Header: "Info", Request: "Status" });
      assertEquals(Response.Discription, "Status: Work");
      await assertHonest(stage);
      for (const Id of jobs) {
        assertEquals((await told(server, "Status", { Id })).State, "running");
        assertEquals((await told(server, "Cancel", { Id })).State, "cancelled");
      }
      await assertUnharmed(stage);
    }, endless.length + 1);
  });

  Deno.test(`memory that one job leaves behind doesn't count for the next one [${way.name}]`, () =>
    withStage(way, async (stage) => {
      const keeps = (megabytes: number) =>
        `const kept = []; for (let k = 0; k < ${megabytes}; k++) kept.push(new Uint8Array(1e6).fill(1));
        export const main = () => kept.length;`;
      const folder = await folderFor(stage, "");
      for (let round = 0; round < amountOf("left-memory"); round++) {
        for (const [megabytes, MemoryBytes] of [[1500, 3e9], [50, 450e6]] as const) {
          await Deno.writeTextFile(join(folder, FORMULA), keeps(megabytes));
          const request = job(folder, { File: FORMULA, Limits: { MemoryBytes } });
          const reply = await stage.server.request(request);
          assertEquals(reply.Response.Result, megabytes, JSON.stringify(reply.Response));
        }
      }
    }));
}
