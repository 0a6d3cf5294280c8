/**
 * `denow task demo [folder]`: makes a recording of the mains, starts the service, sends it requests
 * over TCP and shows what comes back. Ends with exit code 1 when anything is not as it must be.
 */
import { format as formatBytes } from "@std/fmt/bytes";
import { join, relative, resolve } from "@std/path";
import { preview, showDerived, showSpectrum, showText } from "./demo/results.ts";
import { faint, heading, ProgressBar, Wandering } from "./demo/screen.ts";
import { writeTimeSeries } from "./demo/time_series.ts";
import { type Reply, RunningServer } from "./running_server.ts";
import { serviceCommand } from "./service_command.ts";
import { ROOT } from "./sources.ts";

const ROWS = 1_000_000;
const BASE = "time_series.parquet";
const STATUS = ["Status", "Dask process", "All process", "All statistic"];
const POLL_MILLISECONDS = 100;
const SHOWN_CHARACTERS = 300;

/** The jobs: a formula of examples/formulas/, what it does, how its result is shown. */
const JOBS = [
  { file: "power.ts", task: "columns derived from columns", show: showDerived },
  { file: "statistics.ts", task: "statistics of the whole file", show: showText },
  { file: "spectrum.ts", task: "spectrum of the voltage", show: showSpectrum },
];

async function makeData(folder: string): Promise<void> {
  const path = join(folder, BASE);
  const bar = new ProgressBar("writing rows");
  const started = performance.now();
  const size = await writeTimeSeries(path, ROWS, (rows) => bar.update(rows, ROWS));
  bar.end();
  const seconds = (performance.now() - started) / 1000;
  console.log(`${formatBytes(size)} written in ${seconds.toFixed(1)} s`);
  await preview(path);
  for (const { file } of JOBS) {
    await Deno.copyFile(join(ROOT, "examples", "formulas", file), join(folder, file));
  }
}

function startService(folder: string): Promise<RunningServer> {
  const args = ["serve", "--port", "0", "--root", folder];
  return RunningServer.start((streams) => serviceCommand(args, streams), "deno run");
}

async function showStatus(server: RunningServer): Promise<void> {
  for (const name of STATUS) {
    const request = { Header: "Info", Request: name };
    const { Response } = await exchange(server, request);
    if (name !== STATUS.at(-1)) continue;
    for (const [key, value] of Object.entries(Response.Statistic ?? {})) {
      console.log(`  ${faint(key.padEnd(12))}${JSON.stringify(value)}`);
    }
  }
}

async function runJob(server: RunningServer, folder: string, job: typeof JOBS[number]) {
  const fields = { Directory: ".", Base: BASE, File: job.file };
  const { Response } = await exchange(server, { Header: "Dask", Request: fields });
  const { File } = Response.Discription as { File: string };
  console.log(`\nread back from ${File}:`);
  await job.show(join(folder, File), join(folder, BASE));
}

/** Sends a request and shows it and its reply; while the service works its status is asked and shown. */
async function exchange(server: RunningServer, request: unknown): Promise<Reply> {
  console.log(`\n> ${JSON.stringify(request)}`);
  const waiting = new Wandering();
  let settled = false;
  const answer = server.request(request).finally(() => settled = true);
  try {
    while (!settled) {
      const pause = new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
      await Promise.race([answer, pause]);
      if (settled) break;
      const status = await server.request({ Header: "Info", Request: "Status" });
      waiting.update("running", String(status.Response.Discription));
    }
  } finally {
    waiting.end();
  }
  const reply = await answer;
  console.log(`< ${shorten(reply)}`);
  if (reply.Response.Status !== "complete") throw new Error("the service replied with an error");
  return reply;
}

/** The reply as it came, without the long parts. */
function shorten(reply: Reply): string {
  return JSON.stringify(reply, (key, value) => {
    const long = key === "Statistic" || key === "Result" || key === "Log";
    const text = long ? JSON.stringify(value) : "";
    return text.length > SHOWN_CHARACTERS ? `… ${text.length} characters …` : value;
  });
}

async function demo(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const place = relative(Deno.env.get("INIT_CWD") ?? Deno.cwd(), folder) || ".";

  heading(`1  A recording: ${join(place, BASE)}`);
  await makeData(folder);

  heading("2  The service");
  await using server = await startService(folder);
  console.log(`listening on ${server.hostname}:${server.port}`);
  await showStatus(server);

  for (const [index, job] of JOBS.entries()) {
    heading(`${3 + index}  A job: ${job.task}, by ${job.file}`);
    await runJob(server, folder, job);
  }

  await server.stop();
  heading(`All done; the data, the formulas and the results are in ${place}`);
}

try {
  const base = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  await demo(Deno.args[0] === undefined ? join(ROOT, "demo-data") : resolve(base, Deno.args[0]));
} catch (error) {
  console.error(`the demo failed: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
