import { assertEquals, assertObjectMatch } from "@std/assert";
import { join } from "@std/path";
import { ROOT } from "../../scripts/sources.ts";
import { writeSample } from "../support/fixtures.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { writeFormulas } from "../support/job_requests.ts";

/** Pages for languages that no test can run. */
const PAGES = ["labview", "matlab", "delphi"];
const WORK = "export const map = ({ u }, { params }) => ({ u: u.map((x) => params.gain * x) });";

/** The fenced blocks of a page, in their order, by what they are. */
async function blocksOf(page: string): Promise<{ kind: string; text: string }[]> {
  const text = await Deno.readTextFile(join(ROOT, "docs", "clients", `${page}.md`));
  return [...text.matchAll(/^```text (send|hex|reply)\n([^]*?)\n```$/gm)]
    .map(([, kind, text]) => ({ kind: kind!, text: text! }));
}

/** Sends bytes; gives all that comes until the service ends the connection. */
async function exchange({ hostname, port }: RunningServer, bytes: Uint8Array): Promise<string> {
  using connection = await Deno.connect({ hostname, port });
  const writer = connection.writable.getWriter();
  await writer.write(bytes as Uint8Array<ArrayBuffer>);
  return await new Response(connection.readable).text();
}

for (const way of ways) {
  for (const page of PAGES) {
    Deno.test(`the bytes of docs/clients/${page}.md are replied to as it says [${way.name}]`, async () => {
      await using folder = await tempDir();
      await writeSample(folder.path, 1000, 200);
      await writeFormulas(folder.path, { "work.ts": WORK });
      await using server = await startServer(way, { root: folder.path });
      const here = (text: string) => text.replaceAll("/data", folder.path);
      let asked = 0, bytes = new Uint8Array();
      for (const { kind, text } of await blocksOf(page)) {
        if (kind === "send") bytes = new TextEncoder().encode(here(text));
        else if (kind === "hex") {
          const told = Uint8Array.from(text.split(/\s+/), (pair) => parseInt(pair, 16));
          assertEquals(told, Uint8Array.of(...bytes, 0x0a));
          bytes = told;
        } else {
          const reply = await exchange(server, bytes);
          assertEquals([reply.indexOf("\n"), reply.at(-1)], [reply.length - 1, "\n"]);
          assertObjectMatch(JSON.parse(reply), JSON.parse(here(text)));
          asked++;
        }
      }
      assertEquals(asked, 3);
    });
  }
}

Deno.test("the pages for further languages tell the same of the wire", async () => {
  const told = await Promise.all(PAGES.map(blocksOf));
  for (const blocks of told) assertEquals(blocks, told[0]);
});
