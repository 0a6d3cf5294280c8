/** What the page's buttons save. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { noBrowser, shareBrowser } from "../support/browser.ts";
import { listing, writeSample } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { pageOf } from "../support/http_client.ts";
import { end, submit, writeFormulas } from "../support/job_requests.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const KINDS = `
  export const map = ({ n }) => ({
    big: BigInt64Array.from(n, (v) => 9_007_199_254_740_993n + BigInt(v)),
    odd: Array.from(n, (v) => v % 2 === 1),
    raw: Array.from(n, (v) => Uint8Array.of(v)),
  });`;

const openBrowser = shareBrowser();

for (const way of ways) {
  testWith(noBrowser, `the page saves a file and a choice of it [${way.name}]`, async () => {
    await using folder = await tempDir();
    await using target = await tempDir();
    await writeSample(folder.path, 100);
    await writeFormulas(folder.path, { "kinds.ts": KINDS });
    const args = ["--http", "127.0.0.1:0"];
    await using server = await startServer(way, { root: folder.path, args });
    const page = await pageOf(server);
    const submitted = await submit(server, folder.path, "kinds.ts", { Output: `Ось "1"` });
    const { Id, Result } = await end(server, submitted.Id);
    const path = join(folder.path, Result.File);
    await using browser = await openBrowser();
    const { targetInfo } = await browser.send("Target.getTargetInfo");
    await browser.send("Browser.setDownloadBehavior", {
      browserContextId: targetInfo.browserContextId,
      behavior: "allow",
      downloadPath: target.path,
    });
    await browser.open(new URL(`/#${Id}`, page));
    await browser.until(`document.querySelector("#job .csv input")`);
    const press = (selector: string) =>
      browser.value(`document.querySelector(${JSON.stringify(selector)}).click()`);
    const arrived = async (ending: string) =>
      join(
        target.path,
        await until("the file", () => listing(target.path).find((name) => name.endsWith(ending))),
      );
    await press("#job .saving button");
    assertEquals(await Deno.readFile(await arrived(".parquet")), await Deno.readFile(path));
    await browser.value(`{
      const form = document.querySelector("#job .csv");
      form.open = true;
      for (const box of form.querySelectorAll("[type=checkbox]")) {
        box.checked = ["big", "odd"].includes(box.value);
      }
      const [first, last] = form.querySelectorAll("[type=number]");
      first.value = "11";
      last.value = "12";
    }`);
    await press("#job .csv button");
    assertEquals(
      await Deno.readTextFile(await arrived(".csv")),
      "big,odd\r\n9007199254741003,false\r\n9007199254741004,true\r\n",
    );
    await Deno.remove(path);
    await press("#job .saving button");
    const refused = `document.querySelector("#job .saving .refused").textContent`;
    assertMatch(await browser.until(refused), /Ось "1"\.parquet/);
  });
}
