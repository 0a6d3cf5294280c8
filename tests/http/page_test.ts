import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { BINARY } from "../../scripts/binary.ts";
import { ROOT } from "../../scripts/sources.ts";
import { LONG } from "../support/suite_options.ts";
import { type Browser, noBrowser, shareBrowser } from "../support/browser.ts";
import { type RunningServer, startServer, tempDir, type Way, ways } from "../support/harness.ts";
import { readColumn } from "../support/fixtures.ts";
import { api, pageOf } from "../support/http_client.ts";
import {
  end,
  EXISTS,
  GATE,
  QUICK,
  reach,
  submit,
  told,
  writeFormulas,
} from "../support/job_requests.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { shareSample } from "../support/shared_service.ts";

/** Pictures of the page lie here after the long suite. */
const PICTURES = join(ROOT, "dist", "pictures");

const WAVE_ROWS = 2_000_000;
/** Many rows of a spectrum: noise, and a peak at 50 Hz of a single row. */
const WAVE = `
  export const main = () => {
    const rows = ${WAVE_ROWS};
    const frequency = new Float64Array(rows), amplitude = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      frequency[row] = row * 5000 / rows;
      amplitude[row] = 0.001 * (1.5 + Math.sin(row * 12.9898)) + (frequency[row] === 50 ? 325 : 0);
    }
    return { frequency, amplitude, unit: new Array(rows).fill("pump") };
  };`;
/** A partition is done for every file that is there. */
const STEPS = `
  ${EXISTS}
  export const chunk = async ({ u }, { partition, log }) => {
    log("partition " + partition);
    while (!exists("step" + partition)) await new Promise((resolve) => setTimeout(resolve, 10));
    return u.length;
  };
  export const combine = (a, b) => a + b;`;
const POWER = `
  export const keep = ["time"];
  export const map = ({ u, i }) => ({ power: u.map((v, k) => v * i[k]) });`;
const FAILS = `export function main() {\n  throw new Error("<b>no</b>");\n}`;

/** For a service whose jobs still run when it is stopped. */
const STOP_AT_ONCE = ["--limit", "stop-seconds=0.1"];

type Body = (
  browser: Browser,
  page: URL,
  server: RunningServer,
  folder: string,
  way: Way,
) => Promise<void>;

const openBrowser = shareBrowser();
const sample = shareSample(200_000, 70_000);

function test(
  name: string,
  body: Body,
  { args = [], languages = "en", host = "127.0.0.1", clean = true }: {
    args?: string[];
    languages?: string;
    host?: string;
    clean?: boolean;
  } = {},
): void {
  for (const way of ways) {
    testWith(noBrowser, `${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      await sample(folder.path);
      await writeFormulas(folder.path, {
        ...{ "wave.ts": WAVE, "steps.ts": STEPS, "power.ts": POWER, "fails.ts": FAILS },
        ...{ "gate.ts": GATE, "quick.ts": QUICK },
      });
      await using server = await startServer(way, {
        root: folder.path,
        args: ["--http", `${host}:0`, ...args],
      });
      const page = await pageOf(server);
      await using browser = await openBrowser(languages);
      await browser.open(page);
      await body(browser, page, server, folder.path, way);
      if (clean) browser.assertClean(page);
    });
  }
}

/** An expression for the text of a job's row in the list. */
function row(id: string): string {
  return `(document.querySelector('#rows a[href="#${id}"]')?.closest("tr").innerText ?? "")`;
}

/** The rows that the plot says it shows, from 0; it counts them from 1. */
async function shown(browser: Browser): Promise<[from: number, to: number]> {
  const text = await browser.value(`document.querySelector(".plot .under").textContent`);
  const [, from, to] = /^\D*([\d,]+) to ([\d,]+) of/.exec(text)!;
  return [from!, to!].map((digits) => Number(digits.replaceAll(",", "")) - 1) as [number, number];
}

/** Does something and waits until the plot shows other rows; gives them. */
async function zoomed(browser: Browser, by: () => Promise<void>): Promise<[number, number]> {
  const before = await browser.value(`document.querySelector(".plot .under").textContent`);
  await by();
  await browser.until(
    `document.querySelector(".plot .under").textContent !== ${JSON.stringify(before)}`,
  );
  return await shown(browser);
}

const click = (browser: Browser, selector: string) =>
  browser.value(`document.querySelector(${JSON.stringify(selector)}).click()`);

/** Takes a picture once all has been drawn, for looking at. */
async function picture(browser: Browser, name: string): Promise<void> {
  if (!LONG) return;
  await Deno.mkdir(PICTURES, { recursive: true });
  await browser.value("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))");
  await browser.picture(join(PICTURES, `${name}.png`));
}

test(
  "the page shows a job from start to end, plots its millions of rows, and cancels another",
  async (browser, _, server, folder) => {
    await browser.until(`!document.querySelector("#no-jobs").hidden`);
    await browser.until(`document.querySelector("#state").textContent === "Ready"`);
    await browser.until(`document.querySelectorAll("#history canvas").length === 3`);

    const steps = await submit(server, folder, "steps.ts", { Client: "lab <7>" });
    await browser.until(`/running/.test(${row(steps.Id)})`);
    await browser.until(`document.querySelector("#state").textContent === "Working"`);
    await Deno.writeTextFile(join(folder, "step0"), "");
    assertMatch(
      await browser.until(`/of 200,000 rows/.test(${row(steps.Id)}) && ${row(steps.Id)}`),
      /\b70,000 of 200,000 rows, .* left/,
    );
    assert(await browser.value(`${row(steps.Id)}.includes("lab <7>")`), "text is no markup");
    await click(browser, `#rows a[href="#${steps.Id}"]`);
    await browser.until(`/partition 0/.test(document.querySelector("#job .log")?.textContent)`);
    for (const step of ["step1", "step2", "step3"]) {
      await Deno.writeTextFile(join(folder, step), "");
    }
    await browser.until(`/complete/.test(${row(steps.Id)})`);
    await browser.until(`document.querySelector("#job pre")?.textContent === "200000"`);

    const wave = await submit(server, folder, "wave.ts");
    await browser.until(`/complete/.test(${row(wave.Id)})`);
    await click(browser, `#rows a[href="#${wave.Id}"]`);
    await browser.until(`document.querySelector(".plot canvas")`);
    assertEquals(await shown(browser), [0, WAVE_ROWS - 1]);
    const label = `document.querySelector(".plot .canvas").ariaLabel`;
    assertMatch(
      await browser.value(label),
      /^amplitude over frequency: from 0 to 4,99\d(\.\d+)?, values from 0\.0005 to 325\.00\d*$/,
    );
    assertMatch(
      await browser.value(`document.querySelector(".columns").textContent`),
      /frequency DOUBLE\s*amplitude DOUBLE\s*unit STRING/,
    );

    // 50 Hz are at a hundredth of the width; twice nearer there is a single row.
    const near = await zoomed(browser, () => browser.drag(".plot .u-over", 0, 0.05));
    assert(near[0] === 0 && near[1] > 80_000 && near[1] < 130_000, String(near));
    assertMatch(await browser.value(label), /to 325\.00\d*$/);
    const nearer = await zoomed(browser, () => browser.drag(".plot .u-over", 0.5, 0.51));
    assert(nearer[1] - nearer[0] < 5000 && nearer[0] > near[0] && nearer[1] < near[1]);
    const out = await zoomed(browser, () => click(browser, ".plot button[title='Zoom out']"));
    assert(out[0] < nearer[0] && out[1] > nearer[1]);
    await zoomed(browser, () => click(browser, ".plot .buttons :last-child"));
    assertEquals(await shown(browser), [0, WAVE_ROWS - 1]);
    for (const box of [0, 1]) {
      await browser.value(`document.querySelectorAll(".plot input")[${box}].click()`);
    }
    await browser.until(`/from 0\\.00\\d* to/.test(${label})`); // 0 Hz has no place on a logarithmic axis

    const gate = await submit(server, folder, "gate.ts");
    await browser.until(`/running/.test(${row(gate.Id)})`);
    const cancel = `[...document.querySelectorAll("#rows .cancel")].find((one) => !one.hidden)`;
    await browser.value(`${cancel}.click()`);
    assertEquals(await browser.value(`${cancel}.textContent`), "Really cancel?");
    assertEquals((await told(server, "Status", { Id: gate.Id })).State, "running");
    await browser.value(`${cancel}.click()`);
    await browser.until(`/cancelled/.test(${row(gate.Id)})`);
    assertEquals((await end(server, gate.Id)).State, "cancelled");
  },
);

test(
  "every control works by keyboard alone and has a name",
  async (browser, _, server, folder) => {
    const power = await end(server, (await submit(server, folder, "power.ts")).Id);
    const gate = await submit(server, folder, "gate.ts");
    await reach(server, gate.Id, "running");
    await browser.until(`document.querySelectorAll("#rows tr").length === 2`);

    await browser.press("Tab");
    assertEquals(await browser.value("document.activeElement.className"), "skip");
    await browser.press("Enter");
    assertEquals(await browser.value("document.activeElement.id"), "jobs");
    await browser.tabTo(`it.hash === "#${power.Id}"`);
    await browser.press("Enter");
    await browser.until(`document.activeElement.id === "job-title"`);
    await browser.until(`document.querySelector(".plot canvas")`);

    await browser.tabTo(`it.tagName === "SELECT" && it.closest(".plot")`);
    assertEquals(await browser.value("document.activeElement.value"), "power");
    await browser.press("ArrowUp");
    await browser.until(
      `/^time over time/.test(document.querySelector(".plot .canvas").ariaLabel)`,
    );
    await browser.press("ArrowDown");
    await browser.until(
      `/^power over time/.test(document.querySelector(".plot .canvas").ariaLabel)`,
    );
    await browser.tabTo(`it.type === "checkbox"`);
    await browser.press(" ");
    assertEquals(await browser.value("document.activeElement.checked"), true);
    await browser.press(" ");
    await browser.tabTo(`it.title === "Zoom in"`);
    const all = await shown(browser);
    const half = await zoomed(browser, () => browser.press("Enter"));
    assertEquals(half, [50_000, 149_999]);
    await browser.tabTo(`it.classList.contains("canvas")`);
    assertEquals(await zoomed(browser, () => browser.press("+")), [75_000, 124_999]);
    assertEquals(await zoomed(browser, () => browser.press("ArrowRight")), [100_000, 149_999]);
    assertEquals(await zoomed(browser, () => browser.press("ArrowLeft")), [75_000, 124_999]);
    assertEquals(await zoomed(browser, () => browser.press("-")), half);
    assertEquals(await zoomed(browser, () => browser.press("Home")), all);

    const nodes = await browser.accessible();
    assert(nodes.length > 12, `only ${nodes.length} can have the focus`);
    for (const { role, name } of nodes) assert(name !== "", `a ${role} has no name`);

    for (let tabs = 0; tabs < 100; tabs++) {
      await browser.press("Tab", { shift: true });
      if (await browser.value(`document.activeElement.className === "close"`)) break;
    }
    await browser.press("Enter");
    await browser.until(`document.querySelector("#job").hidden`);
    assertEquals(await browser.value("document.activeElement.hash"), `#${power.Id}`);

    await browser.value("document.activeElement.blur(), scrollTo(0, 0)");
    await browser.tabTo(`it.classList.contains("cancel") && it.ariaLabel === "Cancel gate.ts"`);
    await browser.press("Enter");
    await browser.press("Enter");
    await browser.until(`/cancelled/.test(${row(gate.Id)})`);
  },
);

test(
  "the page uses the reader's language and colour scheme",
  async (browser, page, server, folder) => {
    for (const file of ["power.ts", "wave.ts", "fails.ts"]) {
      await end(server, (await submit(server, folder, file)).Id);
    }
    const [fails, wave, power] = await list(server);
    const gate = await submit(server, folder, "gate.ts", { Client: "lab 7" });
    const steps = await submit(server, folder, "steps.ts");
    await Deno.writeTextFile(join(folder, "step0"), "");
    await submit(server, folder, "quick.ts");
    await browser.until(`/из/.test(${row(steps.Id)})`);
    assertEquals(await browser.value("document.documentElement.lang"), "ru");
    assertEquals(
      await browser.value(`document.querySelector("#jobs-title").textContent`),
      "Задания",
    );
    assertMatch(await browser.value(row(gate.Id)), /выполняется/);
    const ground = () =>
      browser.value(`getComputedStyle(document.documentElement).backgroundColor`);
    const light = await ground();
    await picture(browser, "russian");
    await browser.value(`location.hash = "#${wave}"`);
    await browser.until(`document.querySelector(".plot canvas")`);
    await picture(browser, "russian_spectrum");
    await browser.colours("dark");
    assert(await ground() !== light);
    await browser.until(`document.querySelector(".plot canvas")`);
    await picture(browser, "russian_dark");

    const choose = (id: string, value: string) =>
      browser.value(`(() => { const it = document.querySelector("#${id}"); it.value = "${value}";
      it.dispatchEvent(new Event("change")); })()`);
    await choose("language", "en");
    assertEquals(await browser.value(`document.querySelector("#jobs-title").textContent`), "Jobs");
    for (const box of [0, 1]) {
      await browser.until(`document.querySelectorAll(".plot input").length === 2`);
      await browser.value(`document.querySelectorAll(".plot input")[${box}].click()`);
    }
    await browser.until(
      `/from 0\\.00\\d* to/.test(document.querySelector(".plot .canvas").ariaLabel)`,
    );
    await picture(browser, "dark_spectrum");
    await choose("theme", "light");
    assertEquals(await ground(), light);
    await browser.until(`document.querySelector(".plot canvas")`);
    assert(await browser.value(`document.querySelector(".plot input").checked`), "the look stays");
    await browser.value(`location.hash = "#${power}"`);
    await browser.until(
      `/^power over time/.test(document.querySelector(".plot .canvas")?.ariaLabel)`,
    );
    await picture(browser, "english");

    await browser.open(page);
    assertEquals(await browser.value("document.documentElement.lang"), "en", "a choice is kept");
    assertEquals(await ground(), light);
    await browser.size(380, 800);
    for (const id of [power, fails]) {
      await browser.value(`location.hash = "#${id}"`);
      await browser.until(`document.querySelector("#job-title")`);
      await picture(browser, id === power ? "narrow" : "narrow_failed");
      assert(
        await browser.value("document.documentElement.scrollWidth <= innerWidth"),
        "nothing hangs over the side",
      );
    }
    assertMatch(
      await browser.until(`document.querySelector("#job .error").textContent`),
      /^FORMULA_FAILED .*<b>no<\/b>/,
    );
  },
  { languages: "ru-RU,ru;q=0.9,en;q=0.5", args: STOP_AT_ONCE },
);

/** Ids of all jobs, the newest first. */
async function list(server: RunningServer): Promise<string[]> {
  const { Response } = await server.request({ Header: "Job", Request: { Action: "List" } });
  const { Jobs } = Response as unknown as { Jobs: { Id: string }[] };
  return Jobs.map(({ Id }) => Id);
}

test(
  "a page says that its service has gone, and resumes when it is back",
  async (browser, page, server, folder, way) => {
    await submit(server, folder, "gate.ts");
    await browser.until(`document.querySelectorAll("#rows tr").length === 1`);
    await server.stop();
    await browser.until(`/doesn't answer/.test(document.querySelector("#trouble").textContent)`);
    await using again = await startServer(way, {
      root: folder,
      args: ["--http", page.host],
    });
    await browser.until(`document.querySelector("#trouble").hidden`);
    await browser.until(`document.querySelectorAll("#rows tr").length === 0`);
    const { Id } = await submit(again, folder, "quick.ts");
    await browser.until(`/complete/.test(${row(Id)})`);
  },
  // Where no other service listens, so that the port is still free when this one comes back.
  { host: "127.0.0.2", args: STOP_AT_ONCE, clean: false },
);

const typed = async (way: Way) => {
  await using folder = await tempDir();
  await using secrets = await tempDir();
  const file = join(secrets.path, "token");
  await Deno.writeTextFile(file, "correct-horse-battery-staple", { mode: 0o600 });
  await using server = await startServer(way, {
    root: folder.path,
    args: ["--http", "127.0.0.1:0", "--http-token-file", file],
  });
  const page = await pageOf(server);
  await using browser = await openBrowser();
  await browser.open(page);
  assertEquals(await browser.value("document.activeElement.name"), "token");
  await picture(browser, "token");
  for (const key of "correct-horse-battery-staple") await browser.press(key);
  await browser.press("Enter");
  await browser.until(`document.querySelector("#state")?.textContent === "Ready"`);
  assertEquals(await browser.value("location.pathname + location.search"), "/");
  assertEquals(await browser.value("document.cookie"), "", "no script can read it");
  await browser.open(page);
  await browser.until(`document.querySelector("#state")?.textContent === "Ready"`);
};
for (const way of ways) {
  const name = `a token that is typed in opens the page, and the browser keeps it [${way.name}]`;
  testWith(noBrowser, name, () => typed(way));
}

test(
  "the address keeps the list that is looked at, and a job is retried from it",
  async (browser, _, server, folder) => {
    const run = async (file: string, fields: Record<string, unknown> = {}) =>
      (await end(server, (await submit(server, folder, file, fields)).Id)).Id;
    const long = { gain: 1, note: "n".repeat(300) };
    const first = await run("quick.ts", { Params: { gain: 2 }, Output: "doubled" });
    const other = await run("quick.ts", { Params: long });
    const failed = await run("fails.ts");
    await browser.until(`document.querySelectorAll("#rows tr").length === 3`);
    assertMatch(await browser.value(row(first)), /\{"gain":2\}\s*→ doubled/);
    assertMatch(await browser.value(row(first)), new RegExp(first.slice(0, 8)));
    await browser.until(`/FORMULA_FAILED .*<b>no<.b>/.test(${row(failed)})`);
    const cut =
      `document.querySelector('#rows a[href="#${other}"]').closest("tr").querySelector(".params")`;
    assert(await browser.value(`${cut}.scrollWidth > ${cut}.clientWidth`), "it is cut");
    assertMatch(await browser.value(`${cut}.title`), /^\{"gain":1,"note":"n{200}/);
    assertMatch(
      await browser.value(`document.querySelector("#rows .why").title`),
      /^The formula threw an error/,
    );

    const ids = `[...document.querySelectorAll("#rows a")].map((one) => one.hash.slice(1, 37))`;
    const lists = (...wanted: string[]) =>
      browser.until(`JSON.stringify(${ids}) === '${JSON.stringify(wanted)}'`);
    await browser.value(`document.querySelector("#search").focus()`);
    for (const key of "gain") await browser.press(key);
    await lists(other, first);
    await browser.until(`document.querySelector("#count").textContent === "2 jobs"`);
    await click(browser, `button[data-sort="submitted"]`);
    await lists(first, other);
    assertEquals(await browser.value("location.hash"), "#?search=gain&sort=submitted");
    await browser.tabTo(`it.id === "by-formula"`);
    await browser.until(`document.querySelector("#by-formula").options.length === 3`);
    await click(browser, `#rows a[href^="#${first}"]`);
    await browser.until(`document.querySelector("#job-title")`);
    const address = await browser.value("location.href");
    assertEquals(new URL(address).hash, `#${first}?search=gain&sort=submitted`);
    await browser.open("about:blank");
    await browser.open(address);
    await lists(first, other);
    await browser.until(`/quick.ts/.test(document.querySelector("#job-title")?.textContent)`);
    assertEquals(await browser.value(`document.querySelector("#search").value`), "gain");
    assertEquals(
      await browser.value(
        `document.querySelector('[data-sort="submitted"]').parentElement.ariaSort`,
      ),
      "ascending",
    );
    // What is asked for stands beside the list; a new job that fits comes into it.
    await browser.until(`/"Output": "doubled"/.test(document.querySelector("#job").innerText)`);
    const places =
      `["#jobs", "#job"].map((one) => document.querySelector(one).getBoundingClientRect())`;
    const [list_, job] = await browser.value(
      `${places}.map(({ left, right }) => ({ left, right }))`,
    );
    assert(
      list_.right <= job.left,
      `the list ends at ${list_.right}, the job begins at ${job.left}`,
    );
    await browser.value(`document.querySelector("#job .retry").click()`);
    assertEquals(
      await browser.value(`document.querySelector("#job .retry").textContent`),
      "Really retry?",
    );
    await browser.value(`document.querySelector("#job .retry").click()`);
    await browser.until(`!location.hash.startsWith("#${first}")`);
    const third = await browser.value("location.hash.slice(1, 37)");
    assertEquals((await end(server, third)).Output, "doubled");
    await lists(first, other, third);

    await browser.size(390, 844);
    await browser.until(`!document.querySelector("#jobs").checkVisibility()`);
    assertMatch(await browser.value(`document.querySelector(".close").innerText`), /^← All jobs$/);
    await click(browser, ".close");
    await browser.until(`document.querySelector("#jobs").checkVisibility()`);
    assertEquals(await browser.value("location.hash"), "#?search=gain&sort=submitted");
    await browser.value(`document.querySelector("#search").value = "no such job"`);
    await browser.value(`document.querySelector("#search").oninput()`);
    await browser.until(`!document.querySelector("#nothing-fits").hidden`);
    await click(browser, "#clear");
    await lists(first, other, failed, third);
    assertEquals(await browser.value("location.hash"), "#?sort=submitted");
  },
);

test(
  "an empty list tells commands that send the first job, and they do",
  async (browser, _, server, folder, way) => {
    const command = await browser.until(`document.querySelector("#first-job pre")?.textContent`);
    const bin = await Deno.makeTempDir();
    try {
      // The commands as they stand, where `tcp_server` is found.
      const words = way.name === "binary"
        ? [BINARY]
        : [Deno.execPath(), "run", "--quiet", "--allow-all", join(ROOT, "main.ts")];
      const script = `#!/bin/sh\nexec ${words.map(quoted).join(" ")} "$@"\n`;
      await Deno.writeTextFile(join(bin, "tcp_server"), script, { mode: 0o755 });
      const { success, stderr } = await new Deno.Command("sh", {
        args: ["-ec", command],
        env: { PATH: `${bin}:${Deno.env.get("PATH")}` },
        stdout: "null",
      }).output();
      assert(success, new TextDecoder().decode(stderr));
    } finally {
      await Deno.remove(bin, { recursive: true });
    }
    const [id] = await list(server);
    assertEquals((await end(server, id!)).State, "complete");
    await browser.until(`/complete/.test(${row(id!)})`);
    assertEquals(await browser.value(`document.querySelector("#no-jobs").hidden`), true);
    assert(await Deno.stat(join(folder, "first_ansver.parquet")));
  },
);

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

test(
  "a result is a table of any rows, and its plot is saved as a picture",
  async (browser, _, server, folder) => {
    const few =
      `export const main = () => ({ unit: ["V", "A"], mean: Float64Array.of(0.1 + 0.2, NaN) });`;
    await writeFormulas(folder, { "few.ts": few });
    const run = async (file: string) =>
      (await end(server, (await submit(server, folder, file)).Id)).Id;
    const [table, power] = [await run("few.ts"), await run("power.ts")];
    const cells = `[...document.querySelectorAll(".cells tbody tr")].map((row) =>
      [...row.children].map((cell) => cell.textContent))`;
    await browser.value(`location.hash = "#${table}"`);
    await browser.until(`document.querySelector(".cells td")`);
    assertEquals(await browser.value(cells), [
      ["1", "V", "0.30000000000000004"],
      ["2", "A", "NaN"],
    ]);
    assertEquals(
      await browser.value(
        `document.querySelector(".cells thead").innerText.trim().split(/\\s+/).join(" ")`,
      ),
      "Row unit STRING mean DOUBLE",
    );
    assertEquals(
      await browser.value(`document.querySelector("#job details:has(.plot)").open`),
      false,
    );
    assertEquals(await browser.value(`document.querySelector(".plot canvas")`), null);
    await click(browser, "#job details:has(.plot) > summary");
    await browser.until(`document.querySelector(".plot canvas")`);

    await browser.value(`location.hash = "#${power}"`);
    await browser.until(`document.querySelectorAll(".cells tbody tr").length === 50`);
    await browser.until(`document.querySelector(".plot canvas")`);
    assertMatch(
      await browser.value(`document.querySelector(".plot .under").textContent`),
      /^Rows 1 to 200,000 of 200,000\. Times are in UTC\./,
    );
    const values = await readColumn(join(folder, "power_ansver.parquet"), "power");
    const row_ = (at: number) => [
      (at + 1).toLocaleString("en"),
      new Date(Date.UTC(2024, 0, 1, at)).toISOString(),
      String(values[at]),
    ];
    const rows = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, k) => row_(from + k));
    assertEquals(await browser.value(cells), rows(0, 50));
    const press = (name: string) =>
      browser.value(`[...document.querySelectorAll(".cells button")]
        .find((one) => one.textContent === "${name}").click()`);
    const begins = (at: number) =>
      browser.until(`document.querySelector(".cells td").textContent === "${row_(at)[0]}"`);
    for (
      const [name, at] of [["Next", 50], ["Last", 199_950], ["Previous", 199_900], [
        "First",
        0,
      ]] as const
    ) {
      await press(name);
      await begins(at);
      assertEquals(await browser.value(cells), rows(at, at + 50), name);
    }
    await browser.value(`(() => { const it = document.querySelector(".cells input");
      it.value = "123456"; it.dispatchEvent(new Event("change")); })()`);
    await begins(123_455);
    assertEquals(await browser.value(cells), rows(123_455, 123_505));

    await browser.send("Page.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
    await click(browser, ".plot .save");
    const file = join(folder, "power.png");
    const bytes = await until("the picture to be saved", async () => {
      const found = await Deno.readFile(file).catch(() => null);
      return found !== null && found.length > 1000 ? found : null;
    });
    assertEquals([...bytes.slice(0, 8)], [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  },
);

test(
  "of several tables one is chosen, and read from its own file",
  async (browser, page, server, folder) => {
    await writeFormulas(folder, {
      "several.ts": `export const tables = ["low", "high"];
      export const map = ({ n }) => ({
        low: { n: n.filter((v) => v < 3) },
        high: { square: Float64Array.from(n.filter((v) => v > 199_990), (v) => v + 0.5) },
      });`,
    });
    const { Id, Tables } = await end(server, (await submit(server, folder, "several.ts")).Id);
    assertEquals(Tables.map(({ Name, Rows }: { Name: string; Rows: number }) => [Name, Rows]), [
      ["low", 3],
      ["high", 9],
    ]);
    await browser.value(`location.hash = "#${Id}"`);
    const values = `[...document.querySelectorAll(".cells tbody tr")].map((row) =>
    row.children[1].textContent)`;
    await browser.until(`document.querySelector(".cells td")`);
    assertEquals(await browser.value(values), ["0", "1", "2"]);
    await browser.value(`(() => {
    const select = document.querySelector("select[name=table]");
    select.value = "high";
    select.onchange();
  })()`);
    await browser.until(`document.querySelectorAll(".cells tbody tr").length === 9`);
    const wanted = Array.from({ length: 9 }, (_, k) => `${199_991.5 + k}`);
    assertEquals(await browser.value(values), wanted);
    assertMatch(
      await browser.value(`document.querySelector("#job").innerText`),
      /several_ansver\.low\.parquet, several_ansver\.high\.parquet/,
    );
    const { Columns, Table } = await api(page, `jobs/${Id}/result?table=high`);
    assertEquals([Table, Columns.map(({ Name }: { Name: string }) => Name)], ["high", ["square"]]);
    const plot = await api(page, `jobs/${Id}/plot?y=square&points=1&table=high`);
    assertEquals([plot.Rows, plot.Plot.lines[0].max], [9, [199_999.5]]);
    const { Error } = await api(page, `jobs/${Id}/result?table=hihg`);
    assertEquals([Error.Code, Error.Message], [
      "BAD_REQUEST",
      "the result has no table hihg: did you mean high?",
    ]);
    await Deno.remove(join(folder, "several_ansver.high.parquet"));
    assertEquals((await api(page, `jobs/${Id}/rows?table=high`)).Error.Code, "BASE_NOT_FOUND");
    assertEquals((await api(page, `jobs/${Id}/rows?table=low`)).Rows, 3);
  },
);
