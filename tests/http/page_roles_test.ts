import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { noBrowser, shareBrowser } from "../support/browser.ts";
import { writeSample } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { pageOf } from "../support/http_client.ts";
import { GATE, reach, submit, told, writeFormulas } from "../support/job_requests.ts";
import { as, member, writeTokens } from "../support/named_clients.ts";
import { testWith } from "../support/needs.ts";

const BOB = member("bob", "run"), EVE = member("eve", "look");

const openBrowser = shareBrowser();

for (const way of ways) {
  testWith(
    noBrowser,
    `the page has no cancel button for a viewer [${way.name}]`,
    async () => {
      await using folder = await tempDir();
      const data = join(folder.path, "data"), tokens = join(folder.path, "tokens.toml");
      await Deno.mkdir(data);
      await writeSample(data, 100);
      await writeFormulas(data, { "gate.ts": GATE });
      await writeTokens(tokens, [BOB, EVE]);
      await using server = await startServer(way, {
        root: data,
        args: ["--http", "127.0.0.1:0", "--tokens-file", tokens],
      });
      const page = await pageOf(server);
      const { Id } = await submit(as(server, BOB), data, "gate.ts");
      await reach(as(server, BOB), Id, "running");
      for (const [client, shown] of [[EVE, false], [BOB, true]] as const) {
        await using browser = await openBrowser();
        await browser.open(new URL(`/?token=${client.token}`, page));
        await browser.until(`document.documentElement?.dataset.role === "${client.role}"`);
        await browser.until(`document.querySelector("#rows .cancel") !== null`);
        const display = await browser.value(
          `getComputedStyle(document.querySelector("#rows .cancel")).display`,
        );
        assertEquals(display !== "none", shown, client.name);
      }
      await told(as(server, BOB), "Cancel", { Id });
    },
  );
}
