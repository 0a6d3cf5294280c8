/** Plots of the page in a browser: several columns, groups of one, and two jobs. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { type Browser, noBrowser, shareBrowser } from "../support/browser.ts";
import { ways } from "../support/harness.ts";
import { testWith } from "../support/needs.ts";
import { pageStage, type Stage } from "../support/page_views.ts";
import { until } from "../support/until.ts";

const openBrowser = shareBrowser();

function test(
  name: string,
  body: (browser: Browser, stage: Stage) => Promise<void>,
  languages = "en",
): void {
  for (const way of ways) {
    testWith(noBrowser, `${name} [${way.name}]`, async () => {
      await using stage = await pageStage(way);
      await using browser = await openBrowser(languages);
      await body(browser, stage);
    });
  }
}

const UNDER = `document.querySelector(".plot .at + .under")?.textContent`;
const LABEL = `document.querySelector(".plot .canvas")?.ariaLabel`;
/** The legend: what each line is called, `pressed` where it is drawn. */
const LEGEND = `[...document.querySelectorAll(".lines .line")].map((one) =>
  one.textContent + (one.ariaPressed === "true" ? "" : " (hidden)"))`;
/** Columns and groups that can be chosen, by the label of the choice. */
const choice = (label: string) =>
  `[...document.querySelectorAll(".plot label")].find((one) => one.textContent.startsWith("${label} "))
    .querySelector("select")`;

async function choose(browser: Browser, label: string, value: string): Promise<void> {
  await browser.value(`(() => { const it = ${choice(label)}; it.value = ${JSON.stringify(value)};
    it.dispatchEvent(new Event("change")); })()`);
}

async function legend(browser: Browser, ...names: string[]): Promise<void> {
  await browser.until(`JSON.stringify(${LEGEND}) === ${JSON.stringify(JSON.stringify(names))}`);
}

async function hash(browser: Browser, id: string, query: string): Promise<void> {
  await browser.until(`location.hash === ${JSON.stringify(`#${id}${query}`)}`);
}

/** Leaves the page and opens its address again. */
async function reopen(browser: Browser): Promise<void> {
  const address = await browser.value("location.href");
  await browser.open("about:blank");
  await browser.open(address);
}

test(
  "a plot has several columns, a second axis for a second unit, and tells a third",
  async (browser, { page, folder, jobs: { channels } }) => {
    await browser.open(new URL(`/#${channels}`, page));
    await browser.until(`/^u \\(V\\) over time/.test(${LABEL})`);
    assertEquals(await browser.value(`document.querySelector(".lines").hidden`), true);
    await choose(browser, "with", "mean");
    await browser.until(`/^2 lines over time: .*; u \\(V\\) from .*; mean \\(V\\)/.test(${LABEL})`);
    await hash(browser, channels, "?y=u&y=mean&x=time");
    await legend(browser, "u (V)", "mean (V)");
    await choose(browser, "with", "i");
    await browser.until(`/^3 lines .*; i \\(A\\) from -9\\.99\\d+ to 10\\.0\\d+$/.test(${LABEL})`);
    await choose(browser, "with", "power");
    await browser.until(`!document.querySelector(".plot .note").hidden`);
    assertEquals(
      await browser.value(`document.querySelector(".plot .note").textContent`),
      "Not drawn: power (W). A plot has room for two units, which are here: V, A.",
    );
    await legend(browser, "u (V)", "mean (V)", "i (A)", "power (W) (hidden)");
    assertMatch(await browser.value(LABEL), /^3 lines/);
    assertEquals(await browser.value(`${choice("a line for each")}.disabled`), true);

    await reopen(browser);
    await legend(browser, "u (V)", "mean (V)", "i (A)", "power (W) (hidden)");
    await browser.until(`/^3 lines/.test(${LABEL})`);
    await browser.value(
      `document.querySelector(".lines .drop[aria-label='Remove i (A)']").click()`,
    );
    await legend(browser, "u (V)", "mean (V)", "power (W)");
    await browser.until(`document.querySelector(".plot .note").hidden`);
    await browser.until(`/; power \\(W\\) from/.test(${LABEL})`);

    // By keyboard alone: a line is hidden, and shown again.
    await browser.tabTo(`it.classList.contains("line") && it.textContent === "mean (V)"`);
    await browser.press("Enter");
    await legend(browser, "u (V)", "mean (V) (hidden)", "power (W)");
    await hash(browser, channels, "?y=u&y=mean&y=power&x=time&hide=1");
    assertEquals(await browser.value("document.activeElement.textContent"), "mean (V)");
    await reopen(browser);
    await legend(browser, "u (V)", "mean (V) (hidden)", "power (W)");
    await browser.tabTo(`it.classList.contains("line") && it.textContent === "mean (V)"`);
    await browser.press("Enter");
    await legend(browser, "u (V)", "mean (V)", "power (W)");
    await hash(browser, channels, "?y=u&y=mean&y=power&x=time");

    await browser.tabTo(`it.title === "Zoom in"`);
    await browser.press("Enter");
    await hash(browser, channels, "?y=u&y=mean&y=power&x=time&rows=12501-37500");
    await browser.until(
      `/^Rows 12,501 to 37,500 of/.test(document.querySelector(".plot .at + .under").textContent)`,
    );
    await browser.send("Page.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
    await browser.value(`document.querySelector(".plot .save").click()`);
    const bytes = await until("the picture to be saved", async () => {
      const found = await Deno.readFile(join(folder, "u_ mean_ power.png")).catch(() => null);
      return found !== null && found.length > 1000 ? found : null;
    });
    const high = await browser.value(`document.querySelector(".plot canvas").height`);
    assert(new DataView(bytes.buffer).getUint32(20) > high, "names of lines are below the plot");
    // The way back leads to what was looked at before, and another address to what it says.
    await browser.value(`location.hash = "#${channels}?y=i&x=&log=y"`);
    await browser.until(`/^i \\(A\\) over row number/.test(${LABEL})`);
    assertEquals(await browser.value(`document.querySelector(".plot input").checked`), true);
    await browser.value("history.back()");
    await browser.until(`/^3 lines/.test(${LABEL})`);
    browser.assertClean(page);

    await browser.value(`location.hash = "#${channels}?y=u&y=powre"`);
    await browser.until(`document.querySelector(".plot .error")?.hidden === false`);
    assertMatch(
      await browser.value(`document.querySelector(".plot .error").textContent`),
      /^there is no column powre: the columns are "power", /,
    );
    await browser.value(
      `document.querySelector(".lines .drop[aria-label='Remove powre']").click()`,
    );
    await browser.until(`/^u \\(V\\) over time/.test(${LABEL})`);
    assertEquals(await browser.value(`document.querySelector(".plot .error").hidden`), true);
  },
);

test(
  "a plot has a line for each value of a column, by the address, too",
  async (browser, { page, jobs: { channels } }) => {
    await browser.open(new URL(`/#${channels}?search=channels`, page));
    await browser.until(`/^u \\(V\\) от time/.test(${LABEL})`);
    await choose(browser, "отдельные линии по", "unit");
    const units = Array.from({ length: 7 }, (_, k) => `unit ${k}`);
    await legend(browser, ...units);
    await browser.until(`/^7 линий от time: .*; unit 6 от /.test(${LABEL})`);
    await hash(browser, channels, "?search=channels&y=u&x=time&group=unit");
    assert(await browser.value(`${choice("вместе с")}.disabled`));
    await browser.tabTo(`it.classList.contains("line") && it.textContent === "unit 3"`);
    await browser.press(" ");
    await hash(browser, channels, "?search=channels&y=u&x=time&group=unit&hide=3");
    await reopen(browser);
    await legend(browser, ...units.map((name, k) => k === 3 ? `${name} (hidden)` : name));
    // A search changes the list and leaves the plot.
    await browser.value(`(() => { const it = document.querySelector("#search");
      it.value = "channels.ts"; it.oninput(); })()`);
    await hash(browser, channels, "?search=channels.ts&y=u&x=time&group=unit&hide=3");
    await choose(browser, "отдельные линии по", "");
    await browser.until(`/^u \\(V\\) от time/.test(${LABEL})`);
    await hash(browser, channels, "?search=channels.ts&y=u&x=time");
    browser.assertClean(page);
    await browser.value(`location.hash = "#${channels}?y=u&group=time"`);
    await browser.until(`document.querySelector(".plot .error")?.hidden === false`);
    assertMatch(
      await browser.value(`document.querySelector(".plot .error").textContent`),
      /^the column time holds TIMESTAMP/,
    );
  },
  "ru-RU,ru;q=0.9",
);

test(
  "another job's result is drawn over the plot, from the address, too, or it says why not",
  async (browser, stage) => {
    const { page, folder, server, jobs: { plot, table, channels, running } } = stage;
    const { Response } = await server.request({ Header: "Job", Request: { Action: "List" } });
    const { Jobs } = Response as unknown as { Jobs: { Id: string; Output?: string }[] };
    const of = (output: string) => Jobs.find(({ Output }) => Output === output)!.Id;
    const [half, whole] = [of("power_0.5.parquet"), of("power_1.parquet")];
    const short = (id: string) => id.slice(0, 8);
    const error = `document.querySelector(".plot .error")`;
    const fails = (message: string) =>
      browser.until(
        `${error}?.hidden === false && ${error}.textContent === ${JSON.stringify(message)}`,
      );

    await browser.open(new URL(`/#${plot}`, page));
    const offered = `[...${
      choice("compared with")
    }.options].map((one) => one.textContent.split(" · ")[0])`;
    await browser.until(`${LABEL} && ${offered}.length === 5`);
    assertEquals(await browser.value(offered), [
      "no other job",
      short(of("power_1.5.parquet")),
      short(whole),
      short(half),
      "another one, by its ID…",
    ]);
    await choose(browser, "compared with", half);
    await legend(browser, `power · ${short(plot)}`, `power · ${short(half)}`);
    await hash(browser, plot, `?y=power&x=time&with=${half}`);
    // The same products, twice and half as large; the other one's go on for years.
    await browser.until(
      `/^2 lines over time: from 1 Jan 2024 00:00:00 to .* 20(28|29) .*; power · ${
        short(plot)
      } from/.test(${LABEL})`,
    );
    await reopen(browser);
    await legend(browser, `power · ${short(plot)}`, `power · ${short(half)}`);
    await browser.tabTo(`it.title === "Zoom in"`);
    browser.requests.splice(0);
    await browser.press("Enter");
    await hash(browser, plot, `?y=power&x=time&with=${half}&rows=547-1638`);
    await browser.until(`/^Rows 547 to 1,638 /.test(${UNDER})`);
    const asked = browser.requests.map((url) => new URL(url))
      .filter(({ pathname }) => pathname === `/api/jobs/${half}/plot`)
      .map(({ searchParams }) => ["from", "to"].map((name) => searchParams.get(name)));
    assertEquals(asked[0], [null, null], "first all of it, then what is looked at");
    const [from, to] = asked.at(-1)!.map(Number) as [number, number];
    assert(from <= 546 && from > 400 && to >= 1638 && to < 1800, `rows ${from} to ${to}`);

    // The key chooses one by its id; a line of it is hidden.
    await choose(browser, "compared with", "?");
    await browser.until(`document.activeElement.placeholder === "ID of a job"`);
    for (const key of whole) await browser.press(key);
    await browser.press("Enter");
    await legend(browser, `power · ${short(plot)}`, `power · ${short(whole)}`);
    await browser.tabTo(`it.textContent === "power · ${short(whole)}" && it.className === "line"`);
    await browser.press("Enter");
    await legend(browser, `power · ${short(plot)}`, `power · ${short(whole)} (hidden)`);
    await hash(browser, plot, `?y=power&x=time&with=${whole}&rows=547-1638&hide=1`);
    browser.assertClean(page);

    await Deno.remove(`${folder}/power_1.parquet`);
    await browser.value(`location.hash = "#${plot}?y=power&with=${whole}"`);
    await browser.until(`/^${short(whole)}: .*power_1.parquet/.test(${error}?.textContent)`);
    assertMatch(await browser.value(LABEL), /^power over time/, "the first one is drawn");
    await browser.value(`location.hash = "#${plot}?y=power&with=${table}"`);
    await fails(`${short(table)}: there is no column time that can be drawn.`);
    await browser.value(`location.hash = "#${plot}?y=power&x=&with=${table}"`);
    await fails(`${short(table)}: there is no column power that can be drawn.`);
    await browser.value(`location.hash = "#${plot}?y=power&with=${running}"`);
    await browser.until(`/^${short(running)}: .* is running/.test(${error}?.textContent)`);
    await browser.value(`location.hash = "#${plot}?y=power&with=${plot}"`);
    await fails(`${short(plot)}: this is the job itself.`);
    await browser.value(`location.hash = "#${plot}?y=power&with=nosuchjob"`);
    await browser.until(`/^nosuchjo: .*nosuchjob/.test(${error}?.textContent)`);
    await browser.value(`location.hash = "#${channels}?y=power&with=${half}"`);
    await legend(browser, `power (W) · ${short(channels)}`, `power · ${short(half)}`);
    // A unit that differs has an axis of its own.
    assertEquals(await browser.value(`document.querySelectorAll(".plot .u-axis").length`), 3);
  },
);
