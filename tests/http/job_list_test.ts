import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { writeSample } from "../support/fixtures.ts";
import { bothWays, type RunningServer, startServer, tempDir } from "../support/harness.ts";
import { api, pageOf } from "../support/http_client.ts";
import {
  end,
  GATE,
  QUICK,
  reach,
  submit,
  type Told,
  told,
  writeFormulas,
} from "../support/job_requests.ts";

const FAILS = `export const main = (_, { params }) => { throw new Error("no " + params.what); };`;

function test(
  name: string,
  body: (page: URL, server: RunningServer, folder: string) => Promise<void>,
): void {
  for (const way of bothWays) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      await writeSample(folder.path, 100);
      await writeFormulas(folder.path, { "gate.ts": GATE, "quick.ts": QUICK, "fails.ts": FAILS });
      await using server = await startServer(way, {
        root: folder.path,
        args: ["--http", "127.0.0.1:0", "--state", `${folder.path}_state`],
      });
      try {
        await body(await pageOf(server), server, folder.path);
      } finally {
        await server.stop();
        await Deno.remove(`${folder.path}_state`, { recursive: true });
      }
    });
  }
}

test("the list is searched, filtered, sorted and cut off", async (page, server, folder) => {
  const run = async (file: string, fields: Record<string, unknown>) =>
    (await end(server, (await submit(server, folder, file, fields)).Id)).Id;
  const two = await run("quick.ts", { Params: { gain: 2 }, Output: "two", Client: "lab" });
  const three = await run("quick.ts", { Params: { gain: 3, note: "Ось" }, Client: "stand" });
  const failed = await run("fails.ts", { Params: { what: "Power" } });
  const gate = await submit(server, folder, "gate.ts", { Params: { gate: "gain" } });
  await reach(server, gate.Id, "running");
  const ids = async (query: string) =>
    (await api(page, `jobs?${query}`)).Jobs.map(({ Id }: Told) => Id);
  assertEquals(await ids(""), [gate.Id, failed, three, two]);
  assertEquals(await ids("search=GAIN"), [gate.Id, three, two]);
  assertEquals(await ids("search=gain+quick"), [three, two]);
  assertEquals(await ids(`search=${encodeURIComponent("ОСЬ")}`), [three]);
  assertEquals(await ids(`search=${failed.slice(0, 8)}`), [failed]);
  assertEquals(await ids("search=no+power"), [failed], "the error's message");
  assertEquals(await ids("search=formula_failed"), [failed]);
  assertEquals(await ids("search=two"), [two], "the result's name");
  assertEquals(await ids("state=complete,failed"), [failed, three, two]);
  assertEquals(await ids("state=running"), [gate.Id]);
  assertEquals(await ids("formula=quick.ts&client=lab"), [two]);
  assertEquals(await ids("sort=submitted"), [two, three, failed, gate.Id]);
  assertEquals(await ids("sort=file"), [failed, gate.Id, three, two]);
  assertEquals(await ids("sort=-file&limit=3"), [three, two, gate.Id]);
  const { Submitted } = await told(server, "Status", { Id: three });
  assertEquals(await ids(`from=${Submitted}`), [gate.Id, failed, three]);
  assertEquals(await ids(`to=${Submitted}`), [two]);
  assertEquals((await api(page, "jobs?limit=3")).More, true);
  assertEquals((await api(page, "jobs?limit=4")).More, false);
  assertEquals(await api(page, "names"), {
    Formulas: ["fails.ts", "gate.ts", "quick.ts"],
    Clients: ["127.0.0.1", "lab", "stand"],
  });

  const { Jobs } = await api(page, "jobs?search=gain+lab");
  assertEquals([Jobs[0].Params, Jobs[0].Output], ['{"gain":2}', "two"]);
  const refused: [query: string, message: RegExp][] = [
    ["stat=failed", /there is no stat of a list: did you mean state\?/],
    ["before=x", /there is no before of a list/],
    ["state=fail", /state can't be fail: did you mean failed\?|state can't be fail: use/],
    ["sort=seconds,file", /sort can't be seconds,file: use submitted, file/],
    ["sort=--file", /sort can't be -file/],
    ["limit=0", /limit must be a whole number from 1 to/],
    ["limit=5000", /limit must be a whole number from 1 to/],
    ["from=yesterday", /from must be a time in UTC such as/],
    ["to=2024-13-01T00:00Z", /to must be a time in UTC/],
    [`search=${"a".repeat(201)}`, /search must have at most 200 characters/],
    [`search=${"a+".repeat(11)}`, /and 10 words/],
  ];
  for (const [query, message] of refused) {
    const { Error } = await api(page, `jobs?${query}`);
    assertEquals(Error?.Code, "BAD_REQUEST", query);
    assertMatch(Error.Message, message);
  }
  await Deno.writeTextFile(join(folder, "gain"), "");
  await end(server, gate.Id);
});

test("a job is retried with all that it asked for", async (page, server, folder) => {
  const asked = {
    Params: { deep: [1, { "Ось": null }], long: "x".repeat(1000) },
    Inputs: { limits: "time_series.parquet" },
    ...{ Output: "again", Codec: "zstd", TimeoutSeconds: 60, Priority: 3, Client: "lab 7" },
    ...{ Limits: { LogBytes: 1000 }, From: "2024-01-01", To: "2024-01-02", Time: "time" },
    Filter: { unit: "unit 3" },
  };
  const first = await submit(server, folder, "quick.ts", { ...asked, Key: "once" });
  await end(server, first.Id);
  const { Request } = await api(page, `jobs/${first.Id}/request`);
  assertEquals(Request, {
    ...{ Directory: folder, Base: "time_series.parquet", File: "quick.ts" },
    ...asked,
  });
  const { Job } = await api(page, `jobs/${first.Id}/retry`, "POST");
  assert(Job.Id !== first.Id);
  const again = await end(server, Job.Id);
  assertEquals([again.State, again.Client, again.Priority, again.Output, again.Key], [
    ...["complete", "lab 7", 3, "again", undefined],
  ]);
  assertEquals((await api(page, `jobs/${Job.Id}/request`)).Request, Request);
  assert(again.Params.length < 400 && again.Params.endsWith("…"), again.Params);
  const file = join(folder, "again.txt");
  assertEquals(JSON.parse(await Deno.readTextFile(file)), asked.Params);

  await Deno.remove(join(folder, "quick.ts"));
  assertEquals((await api(page, `jobs/${first.Id}/retry`, "POST")).Error.Code, "FORMULA_NOT_FOUND");
  for (const what of ["retry", "cancel"]) {
    assertEquals((await api(page, `jobs/none/${what}`, "POST")).Error.Code, "JOB_NOT_FOUND");
  }
  assertEquals((await api(page, "jobs/none/request")).Error.Code, "JOB_NOT_FOUND");
});
