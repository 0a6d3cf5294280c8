/** What the page reads of a job that is compared with another one. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { readOther } from "../../web/other_job.js";
import { ways } from "../support/harness.ts";
import { pageOf } from "../support/http_client.ts";
import { end, submit, writeFormulas } from "../support/job_requests.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom } from "../support/random_numbers.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareSample, shareService } from "../support/shared_service.ts";
import { SEED } from "../support/suite_options.ts";

const ROWS = 60_000, POINTS = 250, CASES = 20;
/** A place that ascends in steps of all lengths, some of none, and a value. */
const STEPS = `
  export const units = { x: "s" };
  export const main = (_, { params }) => {
    let at = params.start, state = params.seed;
    const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
    const x = new Float64Array(${ROWS}), y = new Float64Array(${ROWS});
    for (let row = 0; row < ${ROWS}; row++) {
      if (row % 5 > 0) at += next() ** 9;
      x[row] = at;
      y[row] = next();
    }
    return { x, y, down: x.map((v) => -v) };
  };`;

const duckdb = await sharedDuckDB();
const sample = shareSample(10, 10);

/** Runs something as the page's own modules run, on the page of a service. */
async function onPage<T>(page: URL, body: () => Promise<T>): Promise<T> {
  const { fetch } = globalThis;
  Object.assign(globalThis, {
    document: { documentElement: { lang: "en" } },
    fetch: (path: string) => fetch(new URL(path, page)),
  });
  try {
    return await body();
  } finally {
    Object.assign(globalThis, { fetch });
    Reflect.deleteProperty(globalThis, "document");
  }
}

const column = (Name: string, Unit: string | null, Kind = "float64") => {
  return { Name, Kind, Type: "DOUBLE", Unit, Plots: true, Groups: false };
};
const X = column("x", "s"), Y = column("y", null);
const HOW = new URLSearchParams({ points: String(POINTS), spacing: "linear" });

for (const way of ways) {
  const shared = shareService(way, { args: ["--http", "127.0.0.1:0"] });
  const run = async () => {
    const folder = await shared.folder();
    await sample(folder);
    await writeFormulas(folder, { "steps.ts": STEPS });
    const Params = { start: 100, seed: 1 + SEED % 1_000_000 };
    const job = await end(
      shared.server,
      (await submit(shared.server, folder, "steps.ts", { Params })).Id,
    );
    assertEquals(job.State, "complete", JSON.stringify(job));
    return { shown: { id: job.Id, table: null }, path: join(folder, job.Result.File) };
  };

  Deno.test(`any part of x is read whole, and as finely as points allow [${way.name}]`, async () => {
    const { shown, path } = await run();
    const page = await pageOf(shared.server);
    const [[least, most]] = await duckdb.plainRows(
      `select min(x), max(x) from read_parquet(${quoted(path)})`,
    ) as [[number, number]];
    for (let index = 0; index < CASES; index++) {
      const random = fuzzRandom(index);
      const length = (most - least) / 10 ** random(5);
      const low = least - length / 2 + random(1e6) / 1e6 * (most - least);
      const high = low + length;
      const what = `x from ${low} to ${high}, case ${index}, seed ${SEED}`;
      const part: [number, number] = [low, high];
      const { reply, notes } = await onPage(
        page,
        () => readOther(shown, { columns: [Y], x: X, rows: null, part }, HOW),
      );
      const [[inside, min, max]] = await duckdb.plainRows(
        `select count(*), min(y), max(y) from read_parquet(${quoted(path)})
         where x between ${low} and ${high}`,
      ) as [[bigint, number | null, number | null]];
      assertEquals(notes.length, inside === 0n ? 1 : 0, what);
      if (inside === 0n) continue;
      const [[outside]] = await duckdb.plainRows(
        `select count(*) from read_parquet(${quoted(path)}, file_row_number = true)
         where x between ${low} and ${high}
         and (file_row_number < ${reply.From} or file_row_number >= ${reply.To})`,
      ) as [[bigint]];
      assertEquals(outside, 0n, `no row is left out: ${what}`);
      const { x, lines: [line] } = reply.Plot;
      const within = x.filter((at) => at! >= low && at! <= high).length;
      const fine = Math.min(Number(inside), POINTS / 4) / 2 - 2;
      assert(within >= fine, `${within} points of ${inside} rows: ${what}`);
      assert(Math.min(...line!.min.map((value) => value!)) <= min!, what);
      assert(Math.max(...line!.max.map((value) => value!)) >= max!, what);
    }
  });

  Deno.test(`what can't be compared is refused with the reason [${way.name}]`, async () => {
    const { shown, path } = await run();
    const page = await pageOf(shared.server);
    const reading = (columns: typeof X[], x: typeof X | null, rows = { from: 0, to: 9 }) =>
      onPage(page, () => readOther(shown, { columns, x, rows: x ? null : rows, part: null }, HOW));
    const refused = async (columns: typeof X[], x: typeof X | null) =>
      (await assertRejects(() => reading(columns, x), Error)).message;
    assertEquals(
      await refused([Y], column("x", "ms")),
      "the column x is DOUBLE (s) and not DOUBLE (ms).",
    );
    const time = { ...column("x", null, "timestamp"), Type: "TIMESTAMP(ms, UTC)" };
    assertEquals(
      await refused([Y], time),
      "the column x is DOUBLE (s) and not TIMESTAMP(ms, UTC).",
    );
    assertEquals(await refused([Y], column("t", "s")), "there is no column t that can be drawn.");
    assertEquals(await refused([column("z", null)], X), "there is no column z that can be drawn.");
    assertEquals(await refused([Y], column("down", null)), "the column down is not ascending.");
    const { notes, columns } = await reading([Y, column("z", null)], X);
    assertEquals(notes, ["there is no column z that can be drawn."]);
    assertEquals(columns.map(({ Name }) => Name), ["y"]);
    assertEquals((await reading([Y], null)).notes, []);
    const beyond = await reading([Y], null, { from: ROWS, to: ROWS + 9 });
    assertEquals(beyond.notes, ["nothing is in this part."]);
    await Deno.remove(path);
    assert(/steps_ansver\.parquet/.test(await refused([Y], X)));
  });
}
