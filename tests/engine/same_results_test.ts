/** What jobs give, wherever they are computed: by engines of the service's machine, or on a cluster's nodes. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { LONG } from "../support/suite_options.ts";
import { NEVER_LOST, startClusterServer, startNode } from "../support/cluster.ts";
import { FileServer } from "../support/file_server.ts";
import { listing, readColumn, runFormula, type Sample } from "../support/fixtures.ts";
import {
  bothWays,
  type RunningServer,
  startServer,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";
import { testWith } from "../support/needs.ts";
import { sameBytes } from "../support/numeric_values.ts";
import { missingRedis, RedisServer } from "../support/redis.ts";
import { timelessLineage, withoutLineage } from "../support/result_bytes.ts";
import { shareSample } from "../support/shared_service.ts";

/** Partitions of the sample; not a power of two, so that parts are of different lengths. */
const GROUPS = 9, GROUP = 66_000, ROWS = GROUPS * GROUP - 1234;
const RESULT = "work_ansver.parquet";
const writeData = shareSample(ROWS, GROUP);

interface Stage {
  server: RunningServer;
  folder: string;
  sample: Sample;
  files: FileServer;
}

interface Engines {
  name: string;
  missing: string | null;
  run(way: Way, check: (stage: Stage) => Promise<void>): Promise<void>;
}

/** Makes a folder with a sample, and an HTTP server of it. */
async function onSample(check: (stage: Omit<Stage, "server">) => Promise<void>): Promise<void> {
  await using temporary = await tempDir();
  const folder = join(temporary.path, "data");
  await Deno.mkdir(folder);
  const sample = await writeData(folder);
  await using files = new FileServer(folder);
  await check({ folder, sample, files });
}

const engines: Engines[] = [
  {
    name: "this machine",
    missing: null,
    run: (way, check) =>
      onSample(async (stage) => {
        const args = ["--allow-host", stage.files.host];
        await using server = await startServer(way, { root: stage.folder, args });
        await check({ ...stage, server });
      }),
  },
  {
    name: "a cluster",
    missing: missingRedis,
    run: (way, check) =>
      onSample(async (stage) => {
        const args = ["--allow-host", stage.files.host];
        await using redis = await RedisServer.start();
        // The second node knows the folder under another name.
        const other = `${stage.folder}-elsewhere`;
        await Deno.symlink(stage.folder, other);
        await using _one = await startNode(way, redis, stage.folder, [...args, ...NEVER_LOST]);
        await using _two = await startNode(way, redis, other, [...args, ...NEVER_LOST]);
        await using server = await startClusterServer(way, redis, stage.folder, args);
        await check({ ...stage, server });
      }),
  },
];

/** Results by what they are called: all ways and engines must give the same bytes. */
const known = new Map<string, { bytes: Uint8Array; lineage: unknown }>();

/** @param check Looks at the values, the first time. */
async function assertSame(
  name: string,
  path: string,
  check: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const read = await Deno.readFile(path);
  const bytes = withoutLineage(read);
  // The port of an HTTP server is another one each time.
  const lineage = JSON.parse(
    JSON.stringify(timelessLineage(read)).replaceAll(/127\.0\.0\.1:\d+/g, "HOST"),
  );
  const first = known.get(name);
  if (first === undefined) {
    await check();
    known.set(name, { bytes, lineage });
  } else {
    assert(sameBytes(bytes, first.bytes), `${name} has other bytes than before`);
    assertEquals(lineage, first.lineage, `${name} comes from elsewhere than before`);
  }
}

/** A column of a result holds just these values. */
async function assertColumn(
  path: string,
  column: string,
  expected: ArrayLike<unknown>,
): Promise<void> {
  const found = await readColumn(path, column);
  assertEquals(found.length, expected.length, column);
  for (let row = 0; row < found.length; row++) {
    if (!Object.is(found[row], expected[row])) {
      throw new Error(`${column}[${row}]: ${found[row]}, not ${expected[row]}`);
    }
  }
}

for (const way of LONG ? bothWays : ways) {
  for (const { name, missing, run } of engines) {
    testWith(
      missing,
      `jobs give the same results on ${name} [${way.name}]`,
      (t) => run(way, (stage) => steps(t, stage)),
    );
  }
}

async function steps(t: Deno.TestContext, stage: Stage): Promise<void> {
  const { server, folder, sample, files } = stage;
  const { u, i, unit } = sample;
  const answer = async (formula: string, fields: Record<string, unknown> = {}) => {
    const { Response } = await runFormula(server, folder, formula, fields);
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    return Response;
  };

  await t.step("row for row", async () => {
    const { Job } = await answer(
      `export const units = { power: "VA" };
       export const map = ({ u, i }, { partition, partitions, rowStart, rows }) => {
        if (rows !== u.length) throw new Error("rows");
        return { power: u.map((v, k) => v * i[k]), where: u.map((_, k) => rowStart + k), partition: u.map(() => partition / partitions) };
      }`,
    );
    assertEquals(Job!.Partitions, GROUPS);
    assertEquals(Job!.Rows, ROWS);
    const path = join(folder, RESULT);
    await assertSame("row for row", path, async () => {
      await assertColumn(path, "power", u.map((v, k) => v * i[k]!));
      await assertColumn(path, "where", u.map((_, k) => k));
      const partition = u.map((_, k) => Math.floor(k / GROUP) / GROUPS);
      await assertColumn(path, "partition", partition);
    });
  });

  await t.step("with rows of neighbours", async () => {
    await answer(
      `export const overlap = { before: 9, after: 4 };
      export const map = ({ u }) => ({ sum: u.map((_, k) => {
        let sum = 0;
        for (let at = Math.max(0, k - 9); at <= Math.min(u.length - 1, k + 4); at++) sum += u[at];
        return sum;
      }) });`,
    );
    await assertSame("overlap", join(folder, RESULT), async () => {
      const sums = u.map((_, k) => {
        let sum = 0;
        for (let at = Math.max(0, k - 9); at <= Math.min(ROWS - 1, k + 4); at++) sum += u[at]!;
        return sum;
      });
      await assertColumn(join(folder, RESULT), "sum", sums);
    });
  });

  await t.step("beside columns that are kept, and of rows that a filter lets through", async () => {
    await answer(
      `export const keep = ["unit", "n"];
      export const map = ({ u }) => ({ twice: u.map((v) => 2 * v) });`,
    );
    await assertSame("keep", join(folder, RESULT), async () => {
      await assertColumn(join(folder, RESULT), "unit", unit);
      await assertColumn(join(folder, RESULT), "twice", u.map((v) => 2 * v));
    });
    const { Job } = await answer(
      `export const filter = { n: { $gte: 100_000, $lt: 500_000 } };
      export const keep = ["n"];
      export const map = ({ u }) => ({ twice: u.map((v) => 2 * v) });`,
    );
    assertEquals(Job!.Rows, 400_000);
    await assertSame("filter", join(folder, RESULT));
  });
  await t.step("one value of all", async () => {
    const reduce = `
      export const chunk = ({ u, n }, { partition }) => ({ sum: u.reduce((a, b) => a + b, 0), first: n[0], from: partition, seen: new Map([[partition, n.length]]) });
      export const combine = (a, b) => ({ sum: a.sum + b.sum, first: a.first, from: a.from, seen: new Map([...a.seen, ...b.seen]) });
      export const aggregate = ({ sum, first, seen }, { rows, partitions }) => ({ sum, first, seen: [...seen], rows, partitions });`;
    const { Result } = await answer(reduce) as { Result: Record<string, unknown> };
    assertEquals(Result.rows, ROWS);
    assertEquals(Result.partitions, GROUPS);
    assertEquals(Result.first, 0);
    assertEquals((Result.seen as number[][]).map(([partition]) => partition), [
      ...Array(GROUPS).keys(),
    ]);
    // Not the same as added up one by one, yet to the last bit the same everywhere.
    await assertSame("one value", join(folder, "work_ansver.txt"));
    const filtered = await answer(
      `export const filter = { n: { $gte: 5, $lt: 500_000 } }; ${reduce}`,
    ) as { Result: Record<string, unknown> };
    assertEquals(filtered.Result.rows, 499_995);
    assertEquals(filtered.Result.first, 5);
  });

  await t.step("days and months by the clocks of a zone", async () => {
    for (const every of ["1d", "1mo"]) {
      await answer(
        `import { resample } from "measuring/groups";
        export const { chunk, combine, aggregate } = resample("time", "${every}", {
          zone: "America/New_York", empty: "linear",
        }).count().mean("u").std("i").last("time", "end");`,
      );
      await assertSame(every, join(folder, RESULT), async () => {
        const counts = await readColumn(join(folder, RESULT), "count") as number[];
        assertEquals(counts.reduce((a, b) => a + b), ROWS);
        if (every === "1d") {
          assertEquals([...new Set(counts.slice(1, -1))].toSorted(), [23, 24, 25]);
        }
      });
    }
    const { Error: error } = (await runFormula(
      server,
      folder,
      `import { resample } from "measuring/groups";
      export const { chunk, combine, aggregate } = resample("time", "1d", { zone: "Europe/Moskow" });`,
    )).Response;
    assertEquals(error?.Code, "FORMULA_FAILED");
    assertMatch(error!.Message, /no zone "Europe\/Moskow"; did you mean "Europe\/Moscow"\?/);
    assertEquals(error!.Where, "work.ts:2:52");
  });

  await t.step("medians and quantiles of groups", async () => {
    const by = async (options: string, keys = `["unit", interval("time", "1q")]`) =>
      await runFormula(
        server,
        folder,
        `import { groupBy, interval } from "measuring/groups";
        export const { chunk, combine, aggregate } = groupBy(${keys}, ${options})
          .median("u").quantile("i", 0.999).count();`,
      );
    assertEquals((await by("{}")).Response.Status, "complete");
    await assertSame("medians", join(folder, RESULT), async () => {
      const counts = await readColumn(join(folder, RESULT), "count") as number[];
      assertEquals(counts.reduce((a, b) => a + b), ROWS);
    });
    assertEquals((await by("{ digestBeyond: 2000 }", `"unit"`)).Response.Status, "complete");
    await assertSame("digests", join(folder, RESULT), async () => {
      const exact = await readColumn(join(folder, RESULT), "exact_u") as boolean[];
      assert(exact.includes(false));
    });
    // Two columns, each with a value in every row.
    const { Status, Error: error } = (await by("{ mostValues: 1_000_000 }")).Response;
    assertEquals([Status, error?.Code], ["error", "FORMULA_FAILED"]);
    assertMatch(error!.Message, /more than 1000000 values of "u", "i".+mostValues: 2000000/);
  });

  await t.step("groups of what map makes, with rows of neighbours", async () => {
    await answer(
      `import { groupBy } from "measuring/groups";
      export const overlap = { before: 1 };
      export const keep = ["unit"];
      export const map = ({ u, i }) => ({
        step: u.map((v, k) => k === 0 ? NaN : v * i[k] - u[k - 1] * i[k - 1]),
        sign: u.map(Math.sign),
      });
      export const { chunk, combine, aggregate } = groupBy(["unit", "sign"])
        .sum("step").std("step").median("step").count("step");`,
    );
    await assertSame("mapped groups", join(folder, RESULT), async () => {
      const counts = await readColumn(join(folder, RESULT), "count_step") as number[];
      assertEquals(counts.reduce((a, b) => a + b), ROWS - 1);
    });
  });

  await t.step("windows within groups", async () => {
    await answer(
      `import { groupBy } from "measuring/groups";
      export const { chunk, combine, aggregate } = groupBy("unit").apply(["time", "n", "u"],
        ({ time, n, u }, { unit }) => ({
          time, n, name: Array.from(u, () => unit + "!"),
          change: u.map((v, k) => k === 0 ? NaN : v - u[k - 1]),
        }));`,
    );
    await assertSame("windows", join(folder, RESULT), async () => {
      const found = await readColumn(join(folder, RESULT), "n") as number[];
      assertEquals(found.length, ROWS);
      const names = [...new Set(unit)].sort();
      const wanted = names.flatMap((name) => unit.flatMap((one, n) => one === name ? [n] : []));
      await assertColumn(join(folder, RESULT), "n", wanted);
      await assertColumn(join(folder, RESULT), "unit", wanted.map((n) => unit[n]));
    });
  });

  await t.step("large partial values, and columns made of them", async () => {
    await answer(
      `export const chunk = ({ u }) => ({ u: u.slice(0, 30_000), big: [BigInt(u.length)] });
      export const combine = (a, b) => {
        const u = new Float64Array(a.u.length + b.u.length);
        u.set(a.u);
        u.set(b.u, a.u.length);
        return { u, big: [...a.big, ...b.big] };
      };
      export const aggregate = ({ u, big }) => ({ u, big: Array.from(u, (_, k) => big[k % big.length]) });`,
    );
    await assertSame("columns of a reduction", join(folder, RESULT), async () => {
      const heads = u.filter((_, k) => k % GROUP < 30_000);
      await assertColumn(join(folder, RESULT), "u", heads);
    });
  });

  await t.step("whole columns, and partitions mapped by main", async () => {
    const { Result } = await answer(
      `export const main = async (frame, { rows }) => {
        const u = await frame.column("u");
        return { length: u.length, last: u[u.length - 1], rows };
      };`,
    );
    assertEquals(Result, { length: ROWS, last: u[ROWS - 1], rows: ROWS });
    await answer(
      `export const half = ({ u }) => ({ half: u.map((v) => v / 2) });
      export const main = (frame) => frame.mapPartitions(half);`,
    );
    await assertSame("main", join(folder, RESULT), async () => {
      await assertColumn(join(folder, RESULT), "half", u.map((v) => v / 2));
    });
  });

  await t.step("what a formula imports, its parameters, its log and its own name", async () => {
    await Deno.mkdir(join(folder, "lib"), { recursive: true });
    await Deno.writeTextFile(
      join(folder, "lib", "gain.ts"),
      `import table from "./table.json" with { type: "json" };
      export const gain = (unit: string): number => table[unit] ?? 0;
      export const here: string = import.meta.filename!.split("/").at(-1)!;`,
    );
    await Deno.writeTextFile(join(folder, "lib", "table.json"), `{ "unit 1": 3 }`);
    await Deno.writeTextFile(join(folder, "offset.txt"), "7");
    const { Job, Result } = await answer(
      `import { gain, here } from "./lib/gain.ts";
      const offset = Number(Deno.readTextFileSync(new URL("./offset.txt", import.meta.url)));
      export const chunk = ({ unit }, { params, partition, log }) => {
        log("partition", partition);
        return { sum: unit.reduce((sum, name) => sum + gain(name), 0) * params.factor + offset, here };
      };
      export const combine = (a, b) => ({ sum: a.sum + b.sum, here: a.here });`,
      { Params: { factor: 2 } },
    ) as unknown as { Job: { Log: string[] }; Result: unknown };
    const ones = unit.filter((name) => name === "unit 1").length;
    assertEquals(Result, { sum: 6 * ones + 7 * GROUPS, here: "gain.ts" });
    const lines = Array.from({ length: GROUPS }, (_, k) => `partition ${k}`);
    assertEquals(Job.Log.toSorted(), lines.toSorted());
  });

  await t.step("several files, one of them on an HTTP server", async () => {
    await Deno.copyFile(join(folder, "time_series.parquet"), join(folder, "more.parquet"));
    const { Result } = await answer(
      `export const chunk = ({ n }) => n.reduce((a, b) => a + b, 0);
      export const combine = (a, b) => a + b;`,
      { Base: ["time_series.parquet", files.url("more.parquet")] },
    );
    assertEquals(Result, ROWS * (ROWS - 1));
    await Deno.remove(join(folder, "more.parquet"));
  });

  await t.step("a folder of Parquet files, where that is asked for", async () => {
    const formula = `export const map = ({ u, n }) => ({ u, n });`;
    const { Discription, Job } = await answer(formula, { Output: "parts/" });
    assertEquals(Discription, { Directory: folder, File: "parts/" });
    assertEquals(Job!.Rows, ROWS);
    const names = listing(join(folder, "parts"));
    assert(names.every((name) => /^part\.\d+\.parquet$/.test(name)), names.join());
    const columns = await answer(
      `export const chunk = ({ n }) => [n.length, n[0]];
      export const combine = (a, b) => [a[0] + b[0], Math.min(a[1], b[1])];`,
      { Base: "parts" },
    );
    assertEquals(columns.Result, [ROWS, 0]);
    const ordered = await answer(
      `export const main = async (frame) => (await frame.column("n")).every((n, k) => n === k);`,
      { Base: "parts" },
    );
    assertEquals(ordered.Result, true);
    // The next one takes its place.
    await answer(formula, { Output: "parts/" });
    await Deno.writeTextFile(join(folder, "parts", "notes.txt"), "mine");
    const { Response } = await runFormula(server, folder, formula, { Output: "parts/" });
    assertEquals(Response.Error?.Code, "OUTPUT_FAILED");
    assertMatch(Response.Error!.Message, /notes\.txt/);
    assertEquals(Deno.readTextFileSync(join(folder, "parts", "notes.txt")), "mine");
    await Deno.remove(join(folder, "parts"), { recursive: true });
    const other = `export const map = ({ u }, { partition }) => partition > 6 ? { v: u } : { u };`;
    const mixed = await runFormula(server, folder, other, { Output: "parts/" });
    assertEquals(mixed.Response.Error?.Code, "FORMULA_FAILED");
    assertMatch(
      mixed.Response.Error!.Message,
      /^column "u" is missing in partition \d+, but not in those before; /,
    );
    assert(!listing(folder).includes("parts"));
  });

  await t.step("errors tell the same", async () => {
    const refused = async (formula: string, fields: Record<string, unknown> = {}) =>
      (await runFormula(server, folder, formula, fields)).Response.Error;
    assertEquals(
      await refused(
        `export function map({ u }, { partition }) {\n  if (partition === 7) throw new RangeError("too deep");\n  return { u };\n}`,
      ),
      {
        Code: "FORMULA_FAILED",
        Message: "map on partition 7: RangeError: too deep",
        Where: "work.ts:2:30",
        Stack: "at map (work.ts:2:30)",
      },
    );
    assertEquals(
      (await refused(
        `export const map = ({ u }, { partition }) => partition > 6 ? { v: u } : { u };`,
      ))
        ?.Message,
      `column "u" is missing in partition 7, but not in those before; a formula must return the same columns for every partition`,
    );
    assertEquals((await refused(`export const map = 5;`))?.Code, "FORMULA_INVALID");
    assertEquals((await refused(`export const map = (;`))?.Code, "FORMULA_INVALID");
    assertEquals(
      (await refused(`export const map = ({ u }) => ({ u });`, { Base: "none.parquet" }))?.Code,
      "BASE_NOT_FOUND",
    );
    assertEquals(
      (await refused(`export const map = () => new Promise(() => {});`, { TimeoutSeconds: 0.5 }))
        ?.Code,
      "FORMULA_TIMEOUT",
    );
    assertEquals(
      (await refused(`export const map = ({ u }) => ({ u });`, { Limits: { ResultBytes: 3e6 } }))
        ?.Code,
      "TOO_LARGE",
    );
  });

  assertEquals(listing(folder).filter((name) => name.startsWith(".")), []);
}
