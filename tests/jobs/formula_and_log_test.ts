/** What is kept of a job's formula: its text as it ran, and when and where its lines were printed. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { createHash } from "node:crypto";
import { writeSample } from "../support/fixtures.ts";
import { bothWays, startServer, tempDir } from "../support/harness.ts";
import { get, pageOf } from "../support/http_client.ts";
import { ask, end, submit, told, writeFormulas } from "../support/job_requests.ts";
import { as, member, writeTokens } from "../support/named_clients.ts";

const PARTS = `
  import { half } from "./lib/half.ts";
  // Мощность
  export const chunk = ({ u }: { u: Float64Array }, { log, partition }) => {
    log("partition", partition);
    console.log("half", half(u.length));
    return partition;
  };
  export const combine = (a: number, b: number) => a + b;
  export const aggregate = (sum: number) => {
    console.log("sum", sum);
    return sum;
  };`;
const HALF = "export const half = (rows: number) => rows / 2;\n";
/** Longer than what is kept, which ends within a letter. */
const LONG = `//${"ы".repeat(40_000)}\nexport const main = () => 1;\n`;
const ANN = member("ann", "run"), BOB = member("bob", "run"), EVE = member("eve", "look");

const ROWS = 264_000;

const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");

for (const way of bothWays) {
  Deno.test(`a job keeps its formula's text and the times of its lines [${way.name}]`, async () => {
    await using folder = await tempDir();
    await using state = await tempDir();
    await using secrets = await tempDir();
    await writeSample(folder.path, ROWS, ROWS / 4);
    await Deno.mkdir(join(folder.path, "lib"));
    await writeFormulas(folder.path, {
      "parts.ts": PARTS,
      "lib/half.ts": HALF,
      "long.ts": LONG,
      "broken.ts": "export const main = ((;",
      "fails.ts": "export function main() { throw new Error('no'); }",
    });
    const tokens = join(secrets.path, "tokens.toml");
    await writeTokens(tokens, [ANN, BOB, EVE]);
    const start = () =>
      startServer(way, {
        root: folder.path,
        args: ["--http", "127.0.0.1:0", "--state", state.path, "--tokens-file", tokens],
      });
    const ids: Record<string, string> = {};
    {
      await using server = await start();
      const ann = as(server, ANN);
      const began = Date.now();
      for (const name of ["parts", "long", "broken", "fails"]) {
        ids[name] = (await submit(ann, folder.path, `${name}.ts`)).Id;
        await end(ann, ids[name]);
      }
      const ended = Date.now();
      const { Log, LogTimes, LogPartitions } = await told(ann, "Log", { Id: ids.parts });
      assertEquals([LogTimes.length, LogPartitions.length], [Log.length, Log.length]);
      assertEquals(Log.length, 9);
      for (const time of LogTimes) {
        assert(Date.parse(time) >= began && Date.parse(time) <= ended, `${time} is not in the run`);
        assertEquals(new Date(time).toISOString(), time);
      }
      for (let partition = 0; partition < 4; partition++) {
        const lines = Log.filter((_: string, at: number) => LogPartitions[at] === partition);
        assertEquals(lines, [`partition ${partition}`, `half ${ROWS / 8}`]);
      }
      assertEquals([Log.at(-1), LogPartitions.at(-1)], ["sum 6", null]);
      // What it was then, whatever becomes of the file.
      await Deno.writeTextFile(join(folder.path, "parts.ts"), "export const main = () => 2;");
    }
    await using server = await start();
    const ann = as(server, ANN), page = await pageOf(server);
    const formulaOf = async (name: string) =>
      (await told(ann, "Formula", { Id: ids[name] })).Formula;
    const whole = {
      Text: PARTS,
      Cut: false,
      Bytes: new TextEncoder().encode(PARTS).length,
      Modules: [
        { Name: "parts.ts", SHA256: digestOf(PARTS) },
        { Name: "lib/half.ts", SHA256: digestOf(HALF) },
      ],
    };
    assertEquals(await formulaOf("parts"), whole);
    const long = await formulaOf("long");
    assertEquals([long.Cut, long.Bytes], [true, new TextEncoder().encode(LONG).length]);
    assert(LONG.startsWith(long.Text) && long.Text.length === 2 + (65536 - 2) / 2);
    assertEquals(long.Modules, [{ Name: "long.ts", SHA256: digestOf(LONG) }]);
    assertEquals(await formulaOf("broken"), null);
    assertEquals((await formulaOf("fails")).Cut, false);
    const [first] = (await ask(ann, "List")).Jobs;
    assertEquals([first.Formula, first.Log], [undefined, undefined], "lists are short");

    const path = `jobs/${ids.parts}/formula`;
    const authorization = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` });
    const shown = async (path: string, client: typeof ANN) =>
      JSON.parse((await get(page, `/api/${path}`, authorization(client))).text);
    assertEquals(await shown(path, ANN), { Formula: whole });
    assertEquals(await shown(path, EVE), { Formula: whole });
    const other = await get(page, `/api/${path}`, authorization(BOB));
    assertEquals([other.status, JSON.parse(other.text).Error.Code], [404, "JOB_NOT_FOUND"]);
    assertEquals((await get(page, `/api/${path}`)).status, 401);
    const refused = await ask(as(server, BOB), "Formula", { Id: ids.parts });
    const unknown = await ask(as(server, BOB), "Formula", { Id: "none" });
    assertEquals(refused.Error.Code, "JOB_NOT_FOUND");
    assertEquals(refused.Error.Message.replace(ids.parts!, "none"), unknown.Error.Message);
    const log = await shown(`jobs/${ids.parts}/log`, ANN);
    assertEquals(log.LogTimes.length, 9, "kept over the restart");
  });
}

for (const way of bothWays) {
  Deno.test(`a job whose parameters are null is listed with none [${way.name}]`, async () => {
    await using folder = await tempDir();
    await writeSample(folder.path, 10);
    await writeFormulas(folder.path, { "one.ts": "export const main = () => 1;" });
    await using server = await startServer(way, { root: folder.path });
    const { Id } = await submit(server, folder.path, "one.ts", { Params: null });
    assertEquals((await end(server, Id)).Params, undefined);
  });
}
