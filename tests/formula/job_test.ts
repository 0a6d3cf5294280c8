import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  job,
  listing,
  readColumn,
  readRows,
  rowGroups,
  runFormula,
  writeSample,
} from "../support/fixtures.ts";
import { type Reply, type RunningServer, ways } from "../support/harness.ts";
import { assertSameBits } from "../support/numeric_values.ts";
import { shareSample, shareService } from "../support/shared_service.ts";
import { until } from "../support/until.ts";
import { EXISTS } from "../support/job_requests.ts";

const services = ways.map((way) => ({ way, shared: shareService(way) }));

/** Three partitions, the last of them short. */
const ROWS = 150_000;
const copySample = shareSample(ROWS, 70_000);

function complete(reply: Reply): Reply["Response"] {
  assertEquals(reply.Response.Status, "complete", JSON.stringify(reply.Response));
  return reply.Response;
}

/** A test with a folder that jobs of a server may use. */
function jobTest(
  name: string,
  body: (context: {
    folder: string;
    run: (text: string, fields?: Record<string, unknown>) => Promise<Reply>;
    server: RunningServer;
  }) => Promise<void>,
): void {
  for (const { way, shared } of services) {
    Deno.test(`${name} [${way.name}]`, async () => {
      const { server } = shared;
      const folder = await shared.folder();
      await body({
        folder,
        server,
        run: (text, fields) => runFormula(server, folder, text, fields),
      });
    });
  }
}

jobTest("map writes derived columns row for row, over many row groups", async (test) => {
  const { u, i, rows } = await copySample(test.folder);
  const response = complete(
    await test.run(`
      export function map({ u, i }: Chunk) {
        const power = new Float64Array(u.length);
        for (let k = 0; k < power.length; k++) power[k] = u[k] * i[k];
        return { power, small: Float32Array.from(u), row: Int32Array.from(u, (_, k) => k) };
      }`),
  );
  assertEquals(response.Discription, { Directory: test.folder, File: "work_ansver.parquet" });
  assertEquals(listing(test.folder), ["time_series.parquet", "work.ts", "work_ansver.parquet"]);
  const result = join(test.folder, "work_ansver.parquet");
  assertSameBits(await readColumn(result, "power"), u.map((v, k) => v * i[k]!), "power");
  assertSameBits(await readColumn(result, "small"), u.map(Math.fround), "small");
  const { Kind, Rows, Partitions, BytesRead, BytesWritten, Workers, Seconds, Id } = response.Job!;
  assertEquals([Kind, Rows], ["map", rows]);
  assertEquals((await rowGroups(result)).length, Partitions);
  assert(Partitions > 1 && Workers >= 1 && Seconds > 0 && Id.length > 0);
  assertEquals(BytesWritten, (await Deno.stat(result)).size);
  const { size } = await Deno.stat(join(test.folder, "time_series.parquet"));
  assert(BytesRead < 0.8 * size, `${BytesRead} of ${size} bytes read for two of five columns`);
});

jobTest("chunk, combine and aggregate give one value as JSON with every digit", async (test) => {
  const { u } = await copySample(test.folder);
  const response = complete(
    await test.run(`
      export const chunk = ({ u }) => ({ rows: u.length, sum: u.reduce((a, b) => a + b, 0), max: Math.max(...u.subarray(0, 9)) });
      export const combine = (a, b) => ({ rows: a.rows + b.rows, sum: a.sum + b.sum, max: Math.max(a.max, b.max) });
      export const aggregate = (total, context) => ({ ...total, mean: total.sum / total.rows, of: context.rows });
    `),
  );
  const text = await Deno.readTextFile(join(test.folder, "work_ansver.txt"));
  const result = JSON.parse(text);
  assertEquals(response.Discription, { Directory: test.folder, File: "work_ansver.txt" });
  assertEquals(response.Result, result);
  assertEquals([result.rows, result.of], [ROWS, ROWS]);
  assertAlmostEquals(result.mean, u.reduce((a, b) => a + b, 0) / u.length, 1e-12);
  assertEquals([response.Job!.Kind, response.Job!.Rows], ["reduction", ROWS]);
});

jobTest("a reduction merges in the order of the rows and may return columns", async (test) => {
  const { rows } = await copySample(test.folder);
  complete(
    await test.run(`
      export const chunk = ({ n }) => ({ first: [n[0]], last: [n.at(-1)] });
      export const combine = (a, b) => ({ first: [...a.first, ...b.first], last: [...a.last, ...b.last] });
    `),
  );
  const table = await readRows(join(test.folder, "work_ansver.parquet"));
  assert(table.length > 1);
  assertEquals(table[0]!.first, 0);
  for (let k = 1; k < table.length; k++) {
    assertEquals(table[k]!.first, table[k - 1]!.last as number + 1);
  }
  assertEquals(table.at(-1)!.last, rows - 1);
});

jobTest("main gathers whole columns and runs reductions on all partitions", async (test) => {
  const { u, unit } = await copySample(test.folder);
  const response = complete(
    await test.run(`
      export const sum = ({ u }, context, power, shift) => u.reduce((a, v) => a + (v - shift) ** power, 0);
      export const add = (a, b) => a + b;
      export async function main(frame, context) {
        const mean = await frame.reduction(sum, add, 1, 0) / frame.rows;
        const variance = await frame.reduction(sum, add, 2, mean) / frame.rows;
        const u = await frame.column("u");
        const { unit, n } = await frame.columns(["unit", "n"]);
        return {
          mean, variance, rows: u.length, kind: u.constructor.name, at: u[123456], unit: unit[123456],
          n: n[123456], partitions: frame.partitions, same: context.rows === frame.rows,
        };
      }`),
  );
  const result = response.Result as Record<string, unknown>;
  const mean = u.reduce((a, b) => a + b, 0) / u.length;
  assertAlmostEquals(result.mean as number, mean, 1e-12);
  assertAlmostEquals(
    result.variance as number,
    u.reduce((a, v) => a + (v - mean) ** 2, 0) / u.length,
    1e-8,
  );
  assertEquals(
    [result.rows, result.kind, result.at, result.unit, result.n, result.same],
    [ROWS, "Float64Array", u[123456]!, unit[123456]!, 123456, true],
  );
  assertEquals(response.Job!.Kind, "main");
});

jobTest("main may return a table made by mapPartitions", async (test) => {
  const { u } = await copySample(test.folder);
  const response = complete(
    await test.run(`
      export const largest = ({ u }) => u.reduce((a, b) => a > b ? a : b);
      export const greater = (a, b) => a > b ? a : b;
      export function scale({ u }, context, by) {
        const scaled = u.slice();
        for (let k = 0; k < scaled.length; k++) scaled[k] /= by;
        return { scaled };
      }
      export async function main(frame) {
        return frame.mapPartitions(scale, await frame.reduction(largest, greater));
      }`),
  );
  assertEquals(response.Job!.Rows, ROWS);
  const largest = u.reduce((a, b) => Math.max(a, b));
  const scaled = await readColumn(join(test.folder, "work_ansver.parquet"), "scaled");
  assertSameBits(scaled, u.map((v) => v / largest), "scaled");
});

jobTest("the context gives partition, rows, schema and params, and keeps a log", async (test) => {
  await copySample(test.folder);
  const text = `
    export const chunk = ({ n }, context) => {
      context.log("partition", context.partition, { of: context.partitions });
      console.log("printed");
      return [[context.partition, context.rowStart, context.rows, n[0], n.length]];
    };
    export const combine = (a, b) => a.concat(b);
    export const aggregate = (parts, { params, schema, partitions }) => ({ parts, params, schema, partitions });
  `;
  const params = { gain: 1.5, names: ["a", "b"] };
  const { Result, Job } = complete(await test.run(text, { Params: params }));
  const result = Result as {
    parts: number[][];
    params: unknown;
    partitions: number;
    schema: { name: string }[];
  };
  assertEquals(result.params, params);
  assertEquals(result.parts.length, result.partitions);
  assertEquals(result.schema.map(({ name }) => name), ["time", "u", "i", "unit", "n"]);
  let row = 0;
  for (const [index, part] of result.parts.entries()) {
    const [partition, rowStart, rows, first, length] = part;
    assertEquals([partition, rowStart, first], [index, row, row]);
    assertEquals(rows, length);
    row += rows!;
  }
  const { Log } = Job as unknown as { Log: string[] };
  assertEquals(Log.filter((line) => line === "printed").length, result.partitions);
  assert(Log.includes(`partition 0 { of: ${result.partitions} }`), Log.join("\n"));
});

jobTest(
  "Output names the result, and its file extension follows the kind of result",
  async (test) => {
    await writeSample(test.folder, 1000);
    const map = `export const map = ({ u }) => ({ u });`;
    const named = complete(await test.run(map, { Output: "power.parquet" }));
    assertEquals(named.Discription, { Directory: test.folder, File: "power.parquet" });
    const text = complete(
      await test.run(`export const main = () => "done";`, { Output: "said.parquet" }),
    );
    assertEquals(text.Discription, { Directory: test.folder, File: "said.txt" });
    assertEquals(await Deno.readTextFile(join(test.folder, "said.txt")), `"done"\n`);
    const own = await test.run(map, { Output: "time_series" });
    assertEquals(own.Response.Error?.Code, "BAD_REQUEST");
  },
);

jobTest(
  "a formula imports its own files and the library, in JavaScript and TypeScript",
  async (test) => {
    await writeSample(test.folder, 1000);
    await Deno.mkdir(join(test.folder, "lib"));
    await Deno.writeTextFile(
      join(test.folder, "lib/scale.ts"),
      `import factor from "../factor.json" with { type: "json" };
     export const scale = (x: number): number => factor.factor * x;`,
    );
    await Deno.writeTextFile(join(test.folder, "factor.json"), `{ "factor": 4 }`);
    await Deno.writeTextFile(join(test.folder, "notes.txt"), "beside");
    const text = (types: boolean) => `
    import { scale } from "./lib/scale.ts";
    import { rfft } from "measuring/fft";
    ${types ? `import type { Chunk } from "measuring/types";` : ""}
    export const map = ({ u }${types ? ": Chunk" : ""}) => ({
      scaled: Float64Array.from(u, scale),
      bins: new Float64Array(u.length).fill(rfft(u).re.length),
      beside: Array.from(u, () => Deno.readTextFileSync(new URL("notes.txt", import.meta.url))),
    });`;
    for (const file of ["work.ts", "plain.mjs"]) {
      complete(await test.run(text(file === "work.ts"), { File: file }));
      const result = join(test.folder, `${file.replace(/\..*/, "")}_ansver.parquet`);
      const [, row] = await readRows(result);
      assertEquals(row!.scaled, 4 * 230 * Math.sin(0.0173));
      assertEquals([row!.bins, row!.beside], [501, "beside"]);
    }
  },
);

jobTest("every job gets fresh workers and the current formula", async (test) => {
  await writeSample(test.folder, 1000);
  const text = (version: number) => `
    let calls = 0;
    export const main = () => ({ version: ${version}, calls: ++calls, left: main.left ?? null, set: main.left = 1 });`;
  for (const version of [1, 2, 3]) {
    const { Result } = complete(await test.run(text(version)));
    assertEquals(Result, { version, calls: 1, left: null, set: 1 });
  }
});

jobTest(
  "int64 columns are exact: a bigint where a formula asks for one, an error otherwise",
  async (test) => {
    const { parquetWriteBuffer } = await import("hyparquet-writer");
    const big = [1n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n];
    const buffer = parquetWriteBuffer({ columnData: [{ name: "k", data: big, type: "INT64" }] });
    await Deno.writeFile(join(test.folder, "time_series.parquet"), new Uint8Array(buffer));
    complete(
      await test.run(`export const int64 = "bigint"; export const map = ({ k }) => ({ k });`),
    );
    assertEquals(await readColumn(join(test.folder, "work_ansver.parquet"), "k"), big);
    const refused = await test.run(`export const map = ({ k }) => ({ k });`);
    assertEquals(refused.Response.Error?.Code, "FORMULA_FAILED");
    assert(refused.Response.Error!.Message.includes(`int64 = "bigint"`));
  },
);

jobTest("times arrive as milliseconds and raw as the stored integers", async (test) => {
  await writeSample(test.folder, 100);
  const { Result } = complete(
    await test.run(`
      export const main = async (frame) => ({ time: (await frame.column("time"))[1], first: await frame.reduction(chunk, (a) => a).catch((e) => e.message) });
      export const chunk = (chunk) => 0;`),
  );
  assertEquals((Result as { time: number }).time, Date.UTC(2024, 0, 1, 1));
  assert((Result as { first: string }).first.includes("does not export"));
  const raw = complete(
    await test.run(`
      export const chunk = (chunk) => ({ raw: String(chunk.raw("time").values[1]), unit: chunk.raw("time").unit, names: Object.keys(chunk), none: chunk.validity("u") });
      export const combine = (a) => a;`),
  );
  assertEquals(raw.Result, {
    raw: String(Date.UTC(2024, 0, 1, 1)),
    unit: "ms",
    names: ["time", "u", "i", "unit", "n"],
    none: null,
  });
});

jobTest("an empty file gives an empty result with its columns", async (test) => {
  await writeSample(test.folder, 0);
  const response = complete(
    await test.run(`export const map = ({ u, n }) => ({ u, n, name: ["x"].slice(1) });`),
  );
  assertEquals([response.Job!.Rows, response.Job!.Partitions], [0, 1]);
  assertEquals(await readRows(join(test.folder, "work_ansver.parquet")), []);
  const mean = complete(
    await test.run(
      `export const chunk = ({ u }) => u.length; export const combine = (a, b) => a + b;`,
    ),
  );
  assertEquals(mean.Result, 0);
});

jobTest("jobs of several clients run side by side, and Info counts them", async (test) => {
  await writeSample(test.folder, 1000);
  await Deno.writeTextFile(
    join(test.folder, "slow.ts"),
    `export const main = async () => { while (!exists("go")) await new Promise((r) => setTimeout(r, 10)); return "went"; };
     ${EXISTS}`,
  );
  const slow = ["a", "b", "c"].map((Output) =>
    test.server.request(job(test.folder, { File: "slow.ts", Output }))
  );
  const info = (Request: string) => test.server.request({ Header: "Info", Request });
  await until(
    "two of the jobs to run",
    async () => (await info("Dask process")).Response.Discription === "Dask process: 2",
  );
  assertEquals((await info("Status")).Response.Discription, "Status: Work");
  await Deno.writeTextFile(join(test.folder, "go"), "");
  for (const reply of await Promise.all(slow)) assertEquals(complete(reply).Result, "went");
  assertEquals((await info("Status")).Response.Discription, "Status: Ready");
});
