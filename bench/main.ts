/**
 * `denow task bench`: does the same works as Dask, pandas, Polars, DuckDB, hyparquet and numpy, in turn, and
 * prints the times as Markdown. Ends with exit code 1 where results are not equal.
 */
import { parseArgs } from "@std/cli/parse-args";
import { join, resolve } from "@std/path";
import { BINARY, compile, isCurrent } from "../scripts/binary.ts";
import type { RunningServer } from "../scripts/running_server.ts";
import { ROOT } from "../scripts/sources.ts";
import { DuckDB } from "../tests/support/parquet/duckdb.ts";
import { folderOf, makeData, pathOf } from "./data.ts";
import { clientsOverTcp, duckdbClients } from "./clients.ts";
import { freshDuckDB } from "./cold.ts";
import { duckdbPeer } from "./duckdb_peer.ts";
import type { Figure } from "./figure.ts";
import { infoRates } from "./info.ts";
import { type DoerName, measure } from "./measure.ts";
import { byRun, copyFormulas, overTcp, startService } from "./ours.ts";
import { type Doer, isLate, PeerProcess } from "./peer.ts";
import { pythonOf, startPython } from "./python.ts";
import { memory, rowsFor, smallJobs } from "./service.ts";
import { type Findings, markdown } from "./table.ts";
import type { Work } from "./work.ts";
import { WORKS } from "./works.ts";

const FIGURES = ["small-job", "info", "memory"];
const NAMES = [...WORKS.map(({ name }) => name), ...FIGURES];
const PEERS = ["DuckDB", "Polars", "Dask", "pandas", "hyparquet", "numpy"];

const HELP = `Usage: deno task bench [OPTIONS]

Options:
  --rows N         rows of the data (default 10000000)
  --repeat N       timed runs of each work, 5 or more for figures to keep (default 5)
  --only NAMES     works and figures to measure, with commas between them; \`groups\` is groups-texts, too
  --peers NAMES    peers to measure against (default DuckDB,Polars,Dask,pandas,hyparquet,numpy)
  --limit SECONDS  what one run of a Python peer or hyparquet may take (default 30)
  --binary FILE    the executable to measure (default dist/tcp_server, compiled anew where it is old)
  --folder DIR     where data and Python packages are kept (default bench-data)
  --json FILE      write every single time there
  --markdown FILE  write the tables there, too

Works:
  ${WORKS.map(({ name }) => name).join(", ")}
Figures:
  ${FIGURES.join(", ")}`;

const options = parseArgs(Deno.args, {
  string: ["rows", "repeat", "limit", "only", "peers", "binary", "folder", "json", "markdown"],
  boolean: ["help"],
  default: { rows: "10000000", repeat: "5", limit: "30" },
  unknown: (name: string) => {
    console.error(`there is no option ${name}; --help shows those there are`);
    Deno.exit(2);
  },
});

type Doers = Map<DoerName, Doer>;

async function bench(): Promise<Findings> {
  const [rows, repeat] = [count("rows"), count("repeat")];
  const only = listed("only", NAMES);
  const wanted = listed("peers", PEERS);
  const cache = path("folder") ?? join(ROOT, "bench-data");
  const binary = path("binary") ?? BINARY;
  if (binary === BINARY && !await isCurrent()) await compile();

  await using peers = new AsyncDisposableStack();
  const duckdb = peers.use(await DuckDB.open());
  const works = WORKS.filter(({ name }) => only.includes(name));
  for (const work of works) {
    const number = work.rows ?? rows;
    await makeData(duckdb, cache, number, work.data);
    if (work.beside) await makeData(duckdb, cache, number, work.beside);
  }
  const figures = FIGURES.filter((name) => only.includes(name));
  const figureRows = figures.flatMap((name) => rowsFor(name, rows));
  for (const number of figureRows) await makeData(duckdb, cache, number, "series");
  for (const number of new Set([...works.map((work) => work.rows ?? rows), ...figureRows])) {
    await copyFormulas(folderOf(cache, number));
    await Deno.mkdir(join(folderOf(cache, number), "results"), { recursive: true });
  }

  const server = peers.use(await startService(binary, cache));
  const findings: Findings = { rows, repeat, measured: [], figures: [], absent: {} };
  const doers = await startPeers(peers, duckdb, cache, wanted, findings.absent);
  const ours: Doers = new Map([["ours", overTcp(server, duckdb)], ["run", byRun(binary, duckdb)]]);
  const ways: Record<NonNullable<Work["way"]>, () => Promise<Doers>> = {
    cold: async () =>
      new Map([
        ["ours", byRun(binary, duckdb)],
        ["DuckDB", freshDuckDB(await pythonOf(cache))],
      ]),
    clients: async () =>
      new Map([["ours", clientsOverTcp(server, duckdb)], ["DuckDB", await duckdbClients()]]),
  };
  for (const work of works) {
    const number = work.rows ?? rows;
    const chosen = work.way
      ? await ways[work.way]()
      : new Map([...ours, ...doers.entries().filter(([name]) => takesPart(name, work))]);
    console.error(`${work.name}: ${[...chosen.keys()].join(", ")}`);
    const input = pathOf(cache, number, work.data);
    if (work.way === "clients") await copyFormulas(input);
    const output = join(folderOf(cache, number), "results", work.name);
    const beside = work.beside && pathOf(cache, number, work.beside);
    const places = { input, output, ...(beside && { beside }) };
    const one = await measure(work, number, chosen, places, repeat, duckdb, server);
    for (const [name, fault] of Object.entries(one.faults)) console.error(`  ${name} ${fault}`);
    findings.measured.push(one);
  }
  for (const name of figures) {
    console.error(name);
    findings.figures.push(...await figuresOf(name, server, binary, cache, rows));
  }
  return findings;
}

function takesPart(name: DoerName, { peers }: Work): boolean {
  return name === "a bare read" || peers.some((peer) => peer === name);
}

async function startPeers(
  stack: AsyncDisposableStack,
  duckdb: DuckDB,
  cache: string,
  wanted: readonly string[],
  absent: Findings["absent"],
): Promise<Doers> {
  const doers: Doers = new Map();
  if (wanted.includes("DuckDB")) doers.set("DuckDB", duckdbPeer(duckdb));
  const inPython = (["Polars", "Dask", "pandas", "numpy"] as const).filter((name) =>
    wanted.includes(name)
  );
  if (inPython.length) {
    try {
      const python = stack.use(startPython(await pythonOf(cache), count("limit")));
      doers.set("a bare read", python.as("a bare read"));
      for (const name of inPython) doers.set(name, python.as(name));
    } catch (error) {
      for (const name of inPython) {
        absent[name] = `not installed, ${error instanceof Error ? error.message : error}`;
      }
    }
  }
  if (wanted.includes("hyparquet")) {
    const script = new URL("hyparquet_peer.ts", import.meta.url).href;
    const config = `--config=${join(ROOT, "deno.json")}`;
    const args = ["run", "--quiet", "--allow-all", config, script];
    const peer = stack.use(new PeerProcess(Deno.execPath(), args, count("limit")));
    doers.set("hyparquet", peer.as("hyparquet"));
  }
  return doers;
}

async function figuresOf(
  name: string,
  server: RunningServer,
  binary: string,
  cache: string,
  rows: number,
): Promise<Figure[]> {
  if (name === "small-job") return await smallJobs(server, cache);
  if (name === "info") return await infoRates(binary, cache);
  return await memory(binary, cache, rows);
}

function count(name: "rows" | "repeat" | "limit"): number {
  const number = Number(options[name]);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--${name} must be a whole number above 0, not ${options[name]}`);
}

function listed(name: "only" | "peers", known: readonly string[]): readonly string[] {
  const names: readonly string[] = options[name]?.split(",") ?? known;
  return names.flatMap((one) => {
    const meant = known.filter((each) => each === one || each.startsWith(`${one}-`));
    if (meant.length) return meant;
    throw new Error(`--${name} has ${one}: use ${known.join(", ")}`);
  });
}

/** Paths are meant from where the task was started. */
function path(name: "binary" | "folder" | "json" | "markdown"): string | undefined {
  const given = options[name];
  return given && resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), given);
}

if (options.help) {
  console.log(HELP);
  Deno.exit(0);
}
try {
  const findings = await bench();
  const text = markdown(findings);
  console.log(text);
  const [json, file] = [path("json"), path("markdown")];
  if (json) await Deno.writeTextFile(json, `${JSON.stringify(findings, null, 2)}\n`);
  if (file) await Deno.writeTextFile(file, text);
  const faults = findings.measured.flatMap(({ faults }) => Object.values(faults));
  Deno.exit(faults.every(isLate) ? 0 : 1);
} catch (error) {
  console.error(`the bench failed: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
