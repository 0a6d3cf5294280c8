import { assert, assertEquals } from "@std/assert";
import { edgesOf } from "../../mod/http/page/histogram_edges.ts";
import { Turns } from "../../mod/http/connections/turns.ts";
import { listing, readColumn, writeSample } from "../support/fixtures.ts";
import { type RunningServer, ways } from "../support/harness.ts";
import { api, pageOf } from "../support/http_client.ts";
import { end, QUICK, submit, writeFormulas } from "../support/job_requests.ts";
import { shareSample, shareService } from "../support/shared_service.ts";

const ROWS = 150_000;
/** Columns of every sort, with holes; one lone peak. */
const VARIED = `
  export const keep = ["time", "unit"];
  export const units = { wave: "V", big: "kWh" };
  export const map = ({ u, n }, { rowStart }) => ({
    wave: u.map((v, k) => rowStart + k === 123_456 ? 9e9 : v),
    holes: Float64Array.from(u, (v, k) => (rowStart + k) % 1000 < 500 ? NaN : v),
    big: BigInt64Array.from(n, (v) => BigInt(v) * 1000n),
    maybe: Array.from(n, (v) => v % 2 ? null : v),
    down: n.map((v) => -v),
  });`;

const sample = shareSample(ROWS, 40_000);
const services = ways.map((way) => {
  return { way, shared: shareService(way, { args: ["--http", "127.0.0.1:0"] }) };
});

function test(
  name: string,
  body: (page: URL, server: RunningServer, folder: string) => Promise<void>,
): void {
  for (const { way, shared } of services) {
    Deno.test(`${name} [${way.name}]`, async () => {
      const folder = await shared.folder();
      await sample(folder);
      await writeFormulas(folder, { "varied.ts": VARIED, "quick.ts": QUICK, "kinds.ts": KINDS });
      await body(await pageOf(shared.server), shared.server, folder);
    });
  }
}

/** Columns of all that a table shows. */
const KINDS = `
  export const map = ({ n, unit }) => {
    const stored = (values, unit, utc) => ({ values: BigInt64Array.from(values, BigInt), unit, utc });
    return {
      ns: stored(Array.from(n, (v) => 1_700_000_000_123_456_789n + BigInt(v)), "ns", true),
      before: stored(Array.from(n, (v) => -1n - BigInt(v)), "us", false),
      day: { values: Int32Array.from(n, (v) => 19_000 + v), unit: "day", utc: false },
      big: BigInt64Array.from(n, (v) => 9_007_199_254_740_993n + BigInt(v)),
      tenth: Float32Array.from(n, (v) => v / 10),
      double: Float64Array.from(n, (v) => v === 3 ? NaN : v / 3),
      odd: Array.from(n, (v) => v % 2 === 1),
      maybe: Array.from(n, (v) => v % 2 ? null : v),
      text: Array.from(unit, (v, k) => n[k] === 4 ? null : n[k] === 5 ? "x".repeat(999) : v),
      list: Array.from(n, (v) => [v, null, "<b>"]),
    };
  };`;

/** Least and greatest of a column's values by bins of rows, NaN and null left out. */
function envelope(values: unknown[], edges: number[]) {
  const min: (number | null)[] = [], max: (number | null)[] = [];
  for (let bin = 0; bin < edges.length - 1; bin++) {
    const some = values.slice(edges[bin], edges[bin + 1])
      .filter((value) => value !== null && !Number.isNaN(value)).map(Number);
    min.push(some.length === 0 ? null : some.reduce((a, b) => Math.min(a, b)));
    max.push(some.length === 0 ? null : some.reduce((a, b) => Math.max(a, b)));
  }
  return { min, max };
}

test(
  "a result gives its columns, and points of each that lose no peak",
  async (page, server, folder) => {
    const job = await end(server, (await submit(server, folder, "varied.ts")).Id);
    assertEquals(job.State, "complete", JSON.stringify(job));
    const before = listing(folder);
    const path = `jobs/${job.Id}`;
    const { File, Rows, Columns } = await api(page, `${path}/result`);
    assertEquals([File, Rows], ["varied_ansver.parquet", ROWS]);
    assertEquals(Columns.map(({ Name, Kind }: Record<string, string>) => `${Name} ${Kind}`), [
      ...["time timestamp", "unit string", "wave float64", "holes float64"],
      ...["big int64", "maybe float64", "down int32"],
    ]);
    assertEquals(
      Columns.map(({ Unit }: Record<string, string | null>) => Unit),
      [null, null, "V", null, "kWh", null, null],
    );
    const names = (what: string) =>
      Columns.filter((column: Record<string, boolean>) => column[what])
        .map(({ Name }: { Name: string }) => Name);
    assertEquals(names("Plots"), ["time", "wave", "holes", "big", "maybe", "down"]);
    assertEquals(names("Groups"), ["unit", "big", "down"]);
    for (const column of ["wave", "holes", "big", "maybe", "down", "time"]) {
      const values = await readColumn(`${folder}/${File}`, column);
      for (
        const [from, to, points] of [[0, ROWS, 700], [39_990, 40_010, 1000], [50_000, 140_001, 9]]
      ) {
        const { Edges, Plot, ...rest } = await api(
          page,
          `${path}/plot?y=${column}&from=${from}&to=${to}&points=${points}`,
        );
        assertEquals(rest, { From: from, To: to, Rows: ROWS });
        assertEquals(Edges.length - 1, Math.min(points!, to! - from!));
        const { min, max } = envelope(values, Edges);
        const expected = { x: Edges.slice(0, -1), lines: [{ min, max }] };
        assertEquals(Plot, { ...expected, ascending: true, rounded: [] }, `${column} ${from}`);
      }
    }
    assertEquals(listing(folder), before, "looking leaves nothing behind");
  },
);

test("a column may be x, and the reply says whether it ascends", async (page, server, folder) => {
  const { Id } = await end(server, (await submit(server, folder, "varied.ts")).Id);
  const plot = (query: string) => api(page, `jobs/${Id}/plot?y=wave&${query}`);
  const overTime = await plot("x=time&points=10");
  const hour = 3_600_000, start = Date.UTC(2024, 0, 1);
  assertEquals(
    overTime.Plot.x,
    overTime.Edges.slice(0, -1).map((row: number) => start + row * hour),
  );
  assertEquals(overTime.Plot.ascending, true);
  assertEquals((await plot("x=down")).Plot.ascending, false);
  const log = await plot("spacing=log&points=20");
  assertEquals(log.Edges.slice(0, 2), [0, 1]);
  assert(Math.max(...log.Plot.lines[0].max) === 9e9);
});

test("the reply says what can't be shown", async (page, server, folder) => {
  const job = await end(server, (await submit(server, folder, "varied.ts")).Id);
  const code = async (path: string) => (await api(page, path)).Error?.Code;
  for (
    const query of [
      ...["", "y=none", "y=unit", "y=wave&x=unit", "y=wave&from=5&to=5", "y=wave&points=0"],
      ...["y=wave&points=1e9", "y=wave&from=-1", "y=wave&spacing=odd"],
    ]
  ) assertEquals(await code(`jobs/${job.Id}/plot?${query}`), "BAD_REQUEST", query);
  for (
    const [query, message] of [
      ["y=wave&pionts=9", "there is no pionts of a plot: did you mean points?"],
      ["y=wave&x=time&x=down", "x is given twice"],
      ["y=wave&y=down&y=wave", "the column wave is named twice"],
      ["y=a&y=b&y=c&y=d&y=e&y=f&y=g", "a plot has 6 columns at most, not 7"],
      ["y=wave&y=down&group=unit", "a plot by groups is of one column"],
      [
        "y=wave&group=holes",
        "the column holes holds DOUBLE: groups are of texts, booleans or integers",
      ],
      [
        "y=wave&group=down",
        "the column down has more than 1000 values, and a plot 12 lines at most",
      ],
      [
        "y=down&y=wav",
        'there is no column wav: the columns are "wave", "big", "time", "unit", "maybe", "down", "holes"',
      ],
      ["y=wave&spacing=lgo", "spacing can't be lgo: did you mean log?"],
    ]
  ) {
    const { Error } = await api(page, `jobs/${job.Id}/plot?${query}`);
    assertEquals([Error.Code, Error.Message], ["BAD_REQUEST", message]);
  }
  assertEquals(await code("jobs/none/result"), "JOB_NOT_FOUND");
  const text = await end(server, (await submit(server, folder, "quick.ts", { Params: [1] })).Id);
  assertEquals(await api(page, `jobs/${text.Id}/result`), {
    ...{ File: "quick_ansver.txt", Rows: ROWS, Text: "[1]" },
  });
  const beyond = await api(page, `jobs/${job.Id}/plot?y=down&from=999999999&to=1000000000`);
  assertEquals([beyond.From, beyond.To], [ROWS - 1, ROWS]);
});

test(
  "a result that is gone or was replaced is not shown as the job's",
  async (page, server, folder) => {
    const gone = await end(server, (await submit(server, folder, "varied.ts")).Id);
    await Deno.remove(`${folder}/varied_ansver.parquet`);
    assertEquals((await api(page, `jobs/${gone.Id}/result`)).Error.Code, "BASE_NOT_FOUND");
    await writeSample(folder, 7, 7, "varied_ansver.parquet");
    assertEquals((await api(page, `jobs/${gone.Id}/result`)).Error.Code, "BASE_NOT_FOUND");
  },
);

Deno.test("bins cover all rows, none is empty, and there are no more than asked for", () => {
  for (const spacing of ["linear", "log"] as const) {
    for (const [from, to] of [[0, 1], [0, 2], [5, 17], [0, 1_000_000], [999, 1_000_000]]) {
      for (const bins of [1, 2, 7, 1000]) {
        const edges = edgesOf({ from: from!, to: to! }, bins, spacing);
        assertEquals([edges[0], edges.at(-1)], [from, to]);
        assert(edges.length - 1 <= Math.min(bins, to! - from!), `${spacing} ${from} ${to} ${bins}`);
        assert(edges.every((edge, k) => k === 0 || edge > edges[k - 1]!));
      }
    }
  }
  assertEquals(edgesOf({ from: 0, to: 999 }, 3, "log"), [0, 9, 99, 999]);
});

Deno.test("a few requests run at once, a few more wait, and the others are refused", async () => {
  const turns = new Turns(2, 1);
  const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const begun: number[] = [];
  const takes = gates.map(({ promise }, k) =>
    turns.take(() => {
      begun.push(k);
      return promise;
    })
  );
  const late = await turns.take(() => Promise.resolve()).catch((error) => error.code);
  assertEquals([begun, late], [[0, 1], "BUSY"]);
  gates[1]!.reject(new Error("failed"));
  await takes[1]!.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(begun, [0, 1, 2]);
  for (const { resolve } of gates) resolve();
  await Promise.all([takes[0], takes[2]]);
  assertEquals(await turns.take(() => Promise.resolve("free")), "free");
  turns.close();
  assertEquals(await turns.take(() => Promise.resolve()).catch((error) => error.code), "BUSY");
});

test("rows of a result are told with all their digits", async (page, server, folder) => {
  const job = await end(server, (await submit(server, folder, "kinds.ts")).Id);
  assertEquals(job.State, "complete", JSON.stringify(job));
  const path = `jobs/${job.Id}/rows`;
  const expected = (row: number) => [
    ...[`2023-11-14T22:13:20.${123_456_789 + row}Z`, `1969-12-31T23:59:59.${999_999 - row}`],
    new Date((19_000 + row) * 86_400_000).toISOString().slice(0, 10),
    ...[String(9_007_199_254_740_993n + BigInt(row)), String(row / 10)],
    ...[row === 3 ? "NaN" : String(row / 3), String(row % 2 === 1), row % 2 ? null : String(row)],
    row === 4 ? null : row === 5 ? `${"x".repeat(300)}…` : `unit ${row % 7}`,
    JSON.stringify([row, null, "<b>"]),
  ];
  const { Page: first, ...place } = await api(page, path);
  assertEquals([place, first.count], [{ From: 0, To: 200, Rows: ROWS }, 200]);
  first.rows.forEach((row: unknown, at: number) => assertEquals(row, expected(at)));
  for (const [from, to] of [[3, 6], [39_990, 40_010], [149_900, ROWS]] as const) {
    const { Page, From, To } = await api(page, `${path}?from=${from}&to=${to}`);
    assertEquals([From, To, Page.rows.length], [from, to, to - from]);
    Page.rows.forEach((row: unknown, at: number) => assertEquals(row, expected(from + at)));
  }
  assertEquals((await api(page, `${path}?from=149990&to=150100`)).To, ROWS);
  for (const query of ["from=150000", "from=5&to=5", "from=0&to=201", "from=-1", "to=x"]) {
    assertEquals((await api(page, `${path}?${query}`)).Error.Code, "BAD_REQUEST", query);
  }
});
