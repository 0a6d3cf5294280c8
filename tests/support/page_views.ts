/** The views of the page: what is looked at by tests and on pictures. */
import type { Browser } from "./browser.ts";
import { type RunningServer, startServer, type TempDir, tempDir, type Way } from "./harness.ts";
import { writeSample } from "./fixtures.ts";
import { pageOf } from "./http_client.ts";
import { end, GATE, QUICK, reach, submit, writeFormulas } from "./job_requests.ts";

const POWER = `
  export const keep = ["time"];
  export const map = ({ u, i }, { params }) =>
    ({ power: u.map((v, k) => v * i[k] * (params?.gain ?? 1)) });`;
const MEANS = `
  const add = (groups, unit, value) => {
    const group = groups.get(unit) ?? { rows: 0, sum: 0 };
    groups.set(unit, { rows: group.rows + 1, sum: group.sum + value });
  };
  export const chunk = ({ unit, u }, { log, partition }) => {
    const groups = new Map();
    for (let row = 0; row < u.length; row++) add(groups, unit[row], u[row]);
    log("partition", partition, "has", groups.size, "units");
    return [...groups];
  };
  export const combine = (a, b) => [...a, ...b];
  export const aggregate = (parts) => {
    const groups = new Map();
    for (const [unit, { rows, sum }] of parts) {
      const group = groups.get(unit) ?? { rows: 0, sum: 0 };
      groups.set(unit, { rows: group.rows + rows, sum: group.sum + sum });
    }
    const all = [...groups.values()];
    return {
      unit: [...groups.keys()],
      rows: Int32Array.from(all, ({ rows }) => rows),
      mean: Float64Array.from(all, ({ rows, sum }) => sum / rows),
    };
  };`;
const FAILS = `
  export function map({ u }, { params }) {
    if (params.limit < 300) throw new RangeError("the limit " + params.limit + " is below the amplitude");
    return { u };
  }`;

/** Columns of three units and of none; a time without rows. */
const CHANNELS = `
  export const keep = ["time", "unit"];
  export const units = { u: "V", mean: "V", i: "A", power: "W" };
  export const map = ({ u, i, n }) => {
    const out = (values) => values.map((v, k) => n[k] > 22_000 && n[k] < 26_000 ? NaN : v);
    return {
      u: out(u),
      mean: out(u.map((v, k) => 150 + v / 9 + (n[k] % 7) * 9)),
      i: out(i),
      power: out(u.map((v, k) => v * i[k])),
    };
  };`;

/** A service with jobs in all states, and one that has none. */
export interface Stage extends AsyncDisposable {
  readonly page: URL;
  readonly emptyPage: URL;
  readonly server: RunningServer;
  readonly folder: string;
  /** Ids of jobs by what they came to. */
  readonly jobs: Readonly<
    Record<"plot" | "half" | "channels" | "table" | "value" | "failed" | "running", string>
  >;
}

/** Starts both services and runs the jobs. */
export async function pageStage(way: Way): Promise<Stage> {
  const folder: TempDir = await tempDir(), nothing: TempDir = await tempDir();
  await writeSample(folder.path, 50_000, 10_000);
  await writeFormulas(folder.path, {
    "power.ts": POWER,
    "channels.ts": CHANNELS,
    "means_by_unit.ts": MEANS,
    "limits.ts": FAILS,
    "value.ts": QUICK,
    "wait.ts": GATE,
  });
  const args = ["--http", "127.0.0.1:0", "--limit", "stop-seconds=0.1"];
  const server = await startServer(way, { root: folder.path, args });
  const empty = await startServer(way, { root: nothing.path, args });
  const run = async (file: string, fields: Record<string, unknown>) =>
    (await end(server, (await submit(server, folder.path, file, fields)).Id)).Id;
  const gains: string[] = [];
  for (const gain of [0.5, 1, 1.5]) {
    const Output = `power_${gain}.parquet`;
    const fields = { Params: { gain, channel: "A" }, Output, Client: "laboratory 7" };
    gains.push(await run("power.ts", fields));
  }
  const jobs = {
    half: gains[0]!,
    table: await run("means_by_unit.ts", { Client: "stand" }),
    value: await run("value.ts", { Params: { mean: 0.25, rows: 50_000 }, Key: "value of may" }),
    failed: await run("limits.ts", { Params: { limit: 230 }, Client: "laboratory 7" }),
    plot: await run("power.ts", {
      Params: { gain: 2, channel: "B", note: "as measured in May" },
      To: "2024-04-01",
    }),
    channels: await run("channels.ts", { Client: "laboratory 7" }),
    running: "",
  };
  jobs.running = (await submit(server, folder.path, "wait.ts", { Client: "stand" })).Id;
  await reach(server, jobs.running, "running");
  return {
    page: await pageOf(server),
    emptyPage: await pageOf(empty),
    server,
    folder: folder.path,
    jobs,
    async [Symbol.asyncDispose]() {
      for (const one of [server, empty, folder, nothing]) await one[Symbol.asyncDispose]();
    },
  };
}

/** A view: where it is, and an expression that is true once all of it is there. */
export interface PageView {
  name: string;
  url(stage: Stage): URL;
  shown: string;
}

const of = (hash: (stage: Stage) => string) => (stage: Stage) => new URL(hash(stage), stage.page);
const CHARTS = `document.querySelectorAll("#history canvas").length === 3`;
const ROWS = `document.querySelector("#rows tr") && ${CHARTS}`;
const REQUEST = `document.querySelectorAll("#job h3").length > 1`;

const PLOTTED =
  `document.querySelector(".plot canvas") && document.querySelector(".cells td") && ${REQUEST} && ${CHARTS}`;

/** Every view of the page. */
export const PAGE_VIEWS: readonly PageView[] = [
  {
    name: "empty",
    url: ({ emptyPage }) => emptyPage,
    shown: `document.querySelector("#first-job pre") && ${CHARTS}`,
  },
  { name: "list", url: of(() => "/"), shown: ROWS },
  {
    name: "filtered",
    url: of(() => "/#?search=gain&formula=power.ts&sort=-seconds"),
    shown: `document.querySelectorAll("#rows tr").length === 4 && ${CHARTS}`,
  },
  {
    name: "nothing_fits",
    url: of(() => "/#?search=nosuchjob&state=failed"),
    shown: `!document.querySelector("#nothing-fits").hidden && ${CHARTS}`,
  },
  {
    name: "plot",
    url: of(({ jobs }) => `/#${jobs.plot}`),
    shown: PLOTTED,
  },
  {
    name: "lines",
    url: of(({ jobs }) => `/#${jobs.channels}?y=u&y=mean&y=i`),
    shown: `${PLOTTED} && document.querySelectorAll(".lines .line svg").length === 3`,
  },
  {
    name: "third_unit",
    url: of(({ jobs }) => `/#${jobs.channels}?y=u&y=i&y=power&rows=101-160&hide=1`),
    shown: `${PLOTTED} && !document.querySelector(".note").hidden`,
  },
  {
    name: "groups",
    url: of(({ jobs }) => `/#${jobs.channels}?y=mean&group=unit&rows=101-300`),
    shown: `${PLOTTED} && document.querySelectorAll(".lines .line svg").length === 7`,
  },
  {
    name: "two_jobs",
    url: of(({ jobs }) => `/#${jobs.plot}?y=power&rows=101-300&with=${jobs.half}`),
    shown: `${PLOTTED} && document.querySelectorAll(".lines .line svg").length === 2`,
  },
  {
    name: "no_other",
    url: of(({ jobs }) => `/#${jobs.plot}?y=power&with=${jobs.table}`),
    shown: `${PLOTTED} && document.querySelector(".plot .error")?.hidden === false`,
  },
  {
    name: "table",
    url: of(({ jobs }) => `/#${jobs.table}`),
    shown: `document.querySelector("#job .cells td") && ${REQUEST} && ${CHARTS}`,
  },
  {
    name: "formula",
    url: of(({ jobs }) => `/#${jobs.table}`),
    shown: `document.querySelector("#job .cells td") && ${REQUEST} && ${CHARTS} &&
      (document.querySelector("#job .formula").open = true) &&
      document.querySelector("#job .files li") && document.querySelector("#job .log time") &&
      (document.querySelector("#job .files").scrollIntoView(), true)`,
  },
  {
    name: "csv",
    url: of(({ jobs }) => `/#${jobs.plot}`),
    shown: `${PLOTTED} &&
      (document.querySelector("#job .csv").open = true) &&
      (document.querySelector("#job .csv").scrollIntoView(), true)`,
  },
  {
    name: "value",
    url: of(({ jobs }) => `/#${jobs.value}`),
    shown: `document.querySelectorAll("#job pre").length > 2 && ${REQUEST} && ${CHARTS}`,
  },
  {
    name: "failed",
    url: of(({ jobs }) => `/#${jobs.failed}`),
    shown: `document.querySelector("#job .error pre") && ${REQUEST} && ${CHARTS}`,
  },
  {
    name: "running",
    url: of(({ jobs }) => `/#${jobs.running}`),
    shown: `/waiting/.test(document.querySelector("#job .log")?.textContent) && ${REQUEST}`,
  },
  {
    name: "no_job",
    url: of(() => "/#00000000-0000-4000-8000-000000000000"),
    shown: `document.querySelector("#job .error") && ${CHARTS}`,
  },
];

/** A way to look at the page. */
export interface Look {
  language: "en" | "ru";
  scheme: "light" | "dark";
  width: 1280 | 390;
}

/** All ways to look at the page. */
export const LOOKS: readonly Look[] = (["en", "ru"] as const).flatMap((language) =>
  (["light", "dark"] as const).flatMap((scheme) =>
    ([1280, 390] as const).map((width) => ({ language, scheme, width }))
  )
);

/** Shows a view, in a tab that was opened for the language, and waits until all of it is there. */
export async function showView(
  browser: Browser,
  stage: Stage,
  view: PageView,
  { scheme, width }: Look,
): Promise<void> {
  await browser.size(width, width === 390 ? 844 : 900);
  await browser.colours(scheme);
  await browser.open("about:blank");
  await browser.open(view.url(stage));
  await browser.until(view.shown);
  await browser.value("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))");
}
