/**
 * Takes a picture of each view of the page in both languages, both colour schemes and both widths, for looking
 * at: `./denow task pictures`. They go to `dist/pictures`; names of views follow for some of them only. With
 * `--readme` alone it takes the picture of the README instead.
 */
import { join } from "@std/path";
import { ROOT } from "../../scripts/sources.ts";
import { noBrowser, openBrowser } from "./browser.ts";
import { sources } from "./harness.ts";
import { LOOKS, PAGE_VIEWS, pageStage, showView } from "./page_views.ts";

const FOLDER = join(ROOT, "dist", "pictures");

if (noBrowser !== null) throw new Error(noBrowser);
const forReadme = Deno.args.length === 1 && Deno.args[0] === "--readme";
const unknown = forReadme
  ? []
  : Deno.args.filter((name) => !PAGE_VIEWS.some((view) => view.name === name));
if (unknown.length > 0) {
  const names = PAGE_VIEWS.map(({ name }) => name).join(", ");
  console.error(`there is no view ${unknown.join(", ")}: use ${names}`);
  Deno.exit(2);
}
await Deno.mkdir(FOLDER, { recursive: true });
await using stage = await pageStage(sources);
await using chromium = await openBrowser();
for (const look of forReadme ? [] : LOOKS) {
  await using browser = await chromium.tab(look.language);
  for (const view of PAGE_VIEWS) {
    if (Deno.args.length > 0 && !Deno.args.includes(view.name)) continue;
    await showView(browser, stage, view, look);
    const { language, scheme, width } = look;
    await browser.picture(join(FOLDER, `${view.name}_${language}_${scheme}_${width}.png`));
  }
}
if (forReadme) {
  await using browser = await chromium.tab("en");
  const view = PAGE_VIEWS.find(({ name }) => name === "plot")!;
  await showView(browser, stage, view, { language: "en", scheme: "light", width: 1280 });
  await browser.picture(join(ROOT, "docs", "page.png"), 0.65);
}
console.log(`pictures of the page are in ${forReadme ? "docs" : FOLDER}`);
