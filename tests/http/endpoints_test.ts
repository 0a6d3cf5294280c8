import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { patiently } from "../../scripts/patience.ts";
import { History } from "../../mod/http/metrics/history.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { missingCommand, testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { api, get, pageOf } from "../support/http_client.ts";
import { end, GATE, QUICK, reach, submit, told, writeFormulas } from "../support/job_requests.ts";
import { writeSample } from "../support/fixtures.ts";
import { eventsIn } from "../support/log_lines.ts";

const FAILS = `export const main = () => { throw new Error("no"); };`;
const DIES =
  `export const main = () => { const all = []; for (;;) all.push(new Array(1e6).fill({})); };`;

function test(
  name: string,
  body: (page: URL, server: RunningServer, folder: string) => Promise<void>,
  args: string[] = [],
): void {
  for (const way of ways) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      await writeSample(folder.path, 10_000, 4000);
      await writeFormulas(folder.path, {
        ...{ "gate.ts": GATE, "quick.ts": QUICK, "fails.ts": FAILS, "dies.ts": DIES },
        "power.ts": "export const map = ({ u, i }) => ({ power: u.map((v, k) => v * i[k]) });",
      });
      await using server = await startServer(way, {
        root: folder.path,
        args: ["--http", "127.0.0.1:0", ...args],
      });
      await body(await pageOf(server), server, folder.path);
    });
  }
}

/** Waits until jobs can run. */
async function ready(page: URL): Promise<void> {
  await until("jobs to be able to run", async () => (await get(page, "/readyz")).status === 200);
}

/** Figures of a scrape by name and labels, their text being what the format allows. */
async function scrape(page: URL): Promise<Map<string, number>> {
  const { status, headers, text } = await get(page, "/metrics");
  assertEquals(status, 200);
  assertMatch(headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  const figures = new Map<string, number>();
  let family = "";
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# HELP ")) continue;
    const [, name] = /^# TYPE (\w+) (?:counter|gauge|histogram)$/.exec(line) ?? [];
    if (name !== undefined) family = name;
    else {
      const [, key = "", value] = /^(measuring_\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})?) (\S+)$/
        .exec(line) ?? [];
      assert(key !== "" && key.startsWith(family), `${line} stands below ${family}`);
      assert(!figures.has(key), `${key} twice`);
      figures.set(key, Number(value));
    }
  }
  return figures;
}

test(
  "healthz reports that the service is alive, readyz that jobs can run",
  async (page, server) => {
    assertEquals((await get(page, "/healthz")).text, "ok\n");
    await ready(page);
    assertEquals((await get(page, "/readyz")).text, "ready\n");
    assertEquals((await get(page, "/readyz", {}, { method: "HEAD" })).status, 200);
    assertEquals(eventsIn(server.stderr), []);
  },
);

test("readyz says why no more jobs are accepted", async (page, server, folder) => {
  await ready(page);
  const gate = await submit(server, folder, "gate.ts");
  await reach(server, gate.Id, "running");
  const next = await submit(server, folder, "quick.ts");
  const full = await get(page, "/readyz");
  assertEquals([full.status, full.text], [503, "the queue is full\n"]);
  assertEquals((await get(page, "/healthz")).status, 200);
  await Deno.writeTextFile(join(folder, "go"), "");
  await end(server, next.Id);
  assertEquals((await get(page, "/readyz")).status, 200);
}, ["--limit", "jobs=1", "--limit", "queue=1"]);

test("metrics count requests, jobs, bytes and engines", async (page, server, folder) => {
  const before = await scrape(page);
  assertEquals(before.get("measuring_job_wait_seconds_count"), 0);
  await server.request({ Header: "Info", Request: "Status" });
  await server.request({ Header: "Nothing" });
  const power = await told(server, "Status", {
    Id: (await end(server, (await submit(server, folder, "power.ts")).Id)).Id,
  });
  await end(server, (await submit(server, folder, "fails.ts")).Id);
  const gate = await submit(server, folder, "gate.ts");
  await reach(server, gate.Id, "running");
  const during = await scrape(page);
  assertEquals(during.get("measuring_jobs_running"), 1);
  await told(server, "Cancel", { Id: gate.Id });
  const after = await scrape(page);
  const figure = (name: string) => after.get(`measuring_${name}`);
  assertEquals(figure('job_duration_seconds_count{state="complete"}'), 1);
  assertEquals(figure('job_duration_seconds_count{state="failed"}'), 1);
  assertEquals(figure('job_duration_seconds_count{state="cancelled"}'), 1);
  assertEquals(figure('job_duration_seconds_bucket{le="+Inf",state="complete"}'), 1);
  assertEquals(figure('job_errors_total{code="FORMULA_FAILED"}'), 1);
  assertEquals(figure('job_errors_total{code="CANCELLED"}'), 1);
  assertEquals(figure("job_wait_seconds_count"), 3);
  assertEquals(figure("job_read_bytes_total"), power.BytesRead);
  assertEquals(figure("job_written_bytes_total"), power.BytesWritten);
  assertEquals(figure('request_duration_seconds_count{header="info"}'), 1);
  assertEquals(figure('request_duration_seconds_count{header="other"}'), 1);
  assert(figure('request_duration_seconds_count{header="job"}')! >= 7);
  assert(figure("received_bytes_total")! > during.get("measuring_received_bytes_total")!);
  assert(figure("sent_bytes_total")! > figure("received_bytes_total")!, "replies are longer");
  assertEquals([figure("jobs_running"), figure("jobs_queued")], [0, 0]);
  assertEquals([figure("jobs_running_limit"), figure("jobs_queued_limit")], [2, 1000]);
  assert(figure("server_resident_bytes")! > 1e7);
  assert(figure('http_requests_total{status="200"}')! >= 2);
  await until("another engine, for a cancelled job takes its own along", async () => {
    const engines = await scrape(page);
    return engines.get("measuring_engine_losses_total") === 1 &&
      engines.get("measuring_engine_starts_total") === 2;
  });
});

test(
  "the page on monitoring describes each metric and no other",
  async (page, server, folder) => {
    await end(server, (await submit(server, folder, "fails.ts")).Id);
    await server.request({ Header: "Info", Request: "Status" });
    await get(page, "/healthz");
    const figures = [...(await scrape(page)).keys()];
    const names = figures.map((key) => key.replace(/(_bucket|_sum|_count)?(\{.*)?$/, ""));
    const told = await Deno.readTextFile(new URL("../../docs/monitoring.md", import.meta.url));
    const listed = [...told.matchAll(/^\| `(measuring_\w+)`/gm)].map(([, name]) => name!);
    assertEquals([...new Set(names)].sort(), listed.sort());
  },
);

test("an engine that ran out of memory is counted", async (page, server, folder) => {
  await end(server, (await submit(server, folder, "dies.ts", { Limits: { HeapBytes: 3e7 } })).Id);
  const figures = await scrape(page);
  assertEquals(figures.get('measuring_job_errors_total{code="OUT_OF_MEMORY"}'), 1);
});

const missing = missingCommand(["promtool", "prometheus"]);
for (const way of ways) {
  testWith(missing, `promtool finds no fault in the metrics [${way.name}]`, async () => {
    await using folder = await tempDir();
    await writeSample(folder.path, 100);
    await writeFormulas(folder.path, { "quick.ts": QUICK });
    const args = ["--http", "127.0.0.1:0"];
    await using server = await startServer(way, { root: folder.path, args });
    const page = await pageOf(server);
    await end(server, (await submit(server, folder.path, "quick.ts")).Id);
    const tool = new Deno.Command("promtool", {
      args: ["check", "metrics"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = tool.stdin.getWriter();
    await writer.write(new TextEncoder().encode(await (await fetch(`${page}metrics`)).text()));
    await writer.close();
    const { code, stdout, stderr } = await tool.output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assertEquals([code, said], [0, ""]);
  });
}

test("jobs, their details and their logs can be requested", async (page, server, folder) => {
  const first = await end(server, (await submit(server, folder, "power.ts")).Id);
  const gate = await submit(server, folder, "gate.ts");
  await reach(server, gate.Id, "running");
  const { Jobs } = await api(page, "jobs");
  assertEquals(Jobs.map(({ Id, State }: Record<string, string>) => [Id, State]), [
    [gate.Id, "running"],
    [first.Id, "complete"],
  ]);
  assertEquals((await api(page, `jobs/${first.Id}`)).Job, await told(server, "Status", first));
  const log = async () => (await api(page, `jobs/${gate.Id}/log`)).Log;
  await until("the first line of the log", async () => (await log()).length > 0);
  assertEquals(await log(), ["waiting"]);
  assertEquals((await api(page, "jobs/none")).Error.Code, "JOB_NOT_FOUND");
  assertEquals((await get(page, "/api/none")).status, 404);
  await Deno.writeTextFile(join(folder, "go"), "");
  await end(server, gate.Id);
});

test("a listener is told of every change", async (page, server, folder) => {
  const { body } = await fetch(new URL("/api/events", page));
  const states: string[] = [];
  let id = "", text = "", service = false;
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  const follow = async () => {
    while (states.at(-1) !== "complete") {
      const { value, done } = await reader.read();
      assert(!done, `the events end after ${states}`);
      const events = (text + value).split("\n\n");
      text = events.pop()!;
      for (const event of events) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
        if (name === "service") service = JSON.parse(data!).Version !== undefined;
        if (name !== "jobs") continue;
        const [job] = JSON.parse(data!);
        if (job === undefined) id = (await submit(server, folder, "gate.ts")).Id;
        else {
          assertEquals(job.Id, id);
          if (states.at(-1) !== job.State) states.push(job.State);
          if (job.State === "running") await Deno.writeTextFile(join(folder, "go"), "");
        }
      }
    }
  };
  await patiently(follow(), "the job to be told complete", () => reader.cancel());
  await reader.cancel();
  assert(service);
  assertEquals(states.filter((state) => state !== "queued"), ["running", "complete"]);
});

test("the number of pages with live updates is limited, and one that closes makes room", async (page) => {
  const listen = () => fetch(new URL("/api/events", page));
  const pages = await Promise.all(Array.from({ length: 32 }, listen));
  assert(pages.every(({ status }) => status === 200));
  const late = await listen();
  assertEquals([late.status, (await late.json()).Error.Code], [503, "BUSY"]);
  await pages[7]!.body!.cancel();
  await until("room for one more", async () => {
    const next = await listen();
    await next.body!.cancel();
    return next.status === 200;
  });
  for (const { body } of pages) await body!.cancel();
});

test("a stopping service ends live replies", async (page, server) => {
  const { body } = await fetch(new URL("/api/events", page));
  const [first] = await Promise.all([new Response(body).text(), server.stop()]);
  assertMatch(first, /^event: jobs\ndata: \[\]\n\n/);
});

test(
  "a client that never finishes its request doesn't keep the service from stopping",
  async (page, server) => {
    using slow = await Deno.connect({ hostname: "127.0.0.1", port: Number(page.port) });
    await slow.write(new TextEncoder().encode("GET /healthz HTTP/1.1\r\nHost: 127"));
    await get(page, "/healthz");
    await server.stop();
  },
);

test("the history begins with the service", async (page) => {
  const { Samples } = await api(page, "history");
  assert(Samples.length >= 1);
  assert(Samples[0].server > 1e7 && Samples[0].used > 0 && Samples[0].load >= 0);
});

Deno.test("the last samples are kept, the oldest first", () => {
  const history = new History(3);
  const times = () => history.samples.map(({ time }) => time);
  assertEquals(times(), []);
  for (let time = 1; time <= 7; time++) {
    history.add({
      ...{ time, server: 1, engines: null, used: null },
      ...{ load: 0, running: 0, queued: 0 },
    });
    const kept = Math.min(time, 3);
    assertEquals(times(), Array.from({ length: kept }, (_, k) => time - kept + 1 + k));
  }
});
