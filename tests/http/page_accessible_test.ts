/// <reference lib="deno.unstable" />
import axe from "axe-core/axe.min.js" with { type: "text" };
import { assert, assertEquals } from "@std/assert";
import { noBrowser, shareBrowser } from "../support/browser.ts";
import { ways } from "../support/harness.ts";
import { LONG } from "../support/suite_options.ts";
import { testWith } from "../support/needs.ts";
import { LOOKS, PAGE_VIEWS, pageStage, showView } from "../support/page_views.ts";

/** The rules of WCAG 2.2 A and AA; targets are at least 24 px. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Runs axe in the page; gives what breaks a rule, in words. */
const CHECK = `axe.run(document, { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ["violations"] })
  .then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => id + ": " + help + ": " + target.join(" ") + ": " + failureSummary)))`;

/** What can be pressed and is smaller than 24 px one way, and what hangs over the side. */
const SMALL = `[...document.querySelectorAll("button, select, input, summary, a[href]")]
  .filter((one) => one.checkVisibility() && !one.classList.contains("skip"))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, { width, height, right }]) => width < 23.9 || height < 23.9 || right > innerWidth + 0.5)
  .map(([one, { width, height, right }]) => [one.outerHTML.slice(0, 120), width, height, right])`;

/** Nothing hangs over the side. */
const OVERHANG = `[document.documentElement.scrollWidth - innerWidth].filter((over) => over > 0)`;

const openBrowser = shareBrowser();

for (const way of ways) {
  const name =
    `each view keeps WCAG AA in both languages, schemes and widths, by axe [${way.name}]`;
  testWith(noBrowser, name, async () => {
    await using stage = await pageStage(way);
    const faults: unknown[] = [];
    // The short suite has half of them: each language, scheme and width twice, with each of the others.
    const looks = LONG
      ? LOOKS
      : LOOKS.filter(({ language, scheme, width }) =>
        (language === "ru") !== (scheme === "dark") !== (width === 390)
      );
    for (const look of looks) {
      await using browser = await openBrowser(look.language);
      for (const view of PAGE_VIEWS) {
        await showView(browser, stage, view, look);
        const where = `${view.name} ${JSON.stringify(look)}`;
        await browser.value(axe);
        for (const expression of [CHECK, SMALL, OVERHANG]) {
          for (const fault of await browser.value(expression)) faults.push([where, fault]);
        }
        assertEquals(await browser.value("document.documentElement.lang"), look.language);
      }
      // What is asked for and isn't there is told in the console, too.
      browser.faults.splice(0, Infinity, ...browser.faults.filter((one) => !/404/.test(one)));
      assertEquals(browser.faults, []);
    }
    assertEquals(faults, []);
  });
}

for (const way of ways) {
  testWith(noBrowser, `axe finds what is wrong [${way.name}]`, async () => {
    await using stage = await pageStage(way);
    await using browser = await openBrowser();
    await showView(browser, stage, PAGE_VIEWS[1]!, LOOKS[0]!);
    await browser.value(`document.querySelector("#rows a").style.color = "#eee",
      document.querySelector("#search").closest("label").replaceWith(document.querySelector("#search"))`);
    await browser.value(axe);
    const found: string[] = await browser.value(CHECK);
    for (const rule of ["color-contrast", "label"]) {
      assert(found.some((one) => one.startsWith(`${rule}:`)), `${rule} is not among ${found}`);
    }
  });
}
