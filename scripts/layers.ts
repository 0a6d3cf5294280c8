/**
 * Checks that imports go one way: from a layer to those below it, and never in a circle.
 * `deno run -A scripts/layers.ts --write` also writes the table of the layers into the docs.
 */
import { toFileUrl } from "@std/path";
import { MarkedTable } from "./marked_table.ts";
import { filesUnder, ROOT, STARTED } from "./sources.ts";

/** A layer: modules that import each other and what lies below them, never what lies above. */
interface Layer {
  /** Modules by their paths, or a room: all files of a folder, its own folders not included. */
  places: readonly string[];
  /** What it is for, in a few words. */
  purpose: string;
}

/** The project's layers from top to bottom; docs/architecture.md shows them as a table. */
const LAYERS: readonly Layer[] = [
  layer("measurements against other programs", "bench/"),
  layer("what is no test, for tests and measurements", "tests/support/", "tests/support/parquet/"),
  layer("the suite's runner", "scripts/suite/"),
  layer("building, releasing, checking", "scripts/"),
  layer("the demo", "scripts/demo/"),
  layer("the program", "main.ts"),
  layer("the command line", "mod/cli/"),
  layer("one file a command", "mod/cli/commands/"),
  layer("what a running service needs of the command line", "mod/cli/service/"),
  layer("what is printed: tables, bars, lines", "mod/cli/output/"),
  layer("what shells are told of commands and options", "mod/cli/completions/"),
  layer("options that commands share", "mod/cli/arguments/"),
  layer("the package's public module", "mod/mod.ts"),
  layer("Server: start and stop", "mod/server.ts"),
  layer("Handler: one client's requests in, replies out", "mod/handler.ts"),
  layer("the HTTP server", "mod/http/"),
  layer("the page's requests", "mod/http/page/"),
  layer("figures over HTTP", "mod/http/metrics/"),
  layer("connections over HTTP and their limits", "mod/http/connections/"),
  layer("Manager: routes a request", "mod/manager.ts"),
  layer("Service: memory, load, processes, counters", "mod/service.ts"),
  layer("Jobs: the queue and the state of each job", "mod/jobs/"),
  layer("Math: one job from its request to its result", "mod/math.ts"),
  layer("nodes that share the work over Redis", "mod/cluster/"),
  layer("TCP and Client: both ends of a connection", "mod/tcp.ts", "mod/client.ts", "mod/base.ts"),
  layer("settings and where they come from", "mod/settings/"),
  layer("the wire format", "mod/wire/"),
  layer("engines as the server has them", "mod/engine/host/"),
  layer("tokens, addresses, certificates", "mod/access/"),
  layer("folders, globs, processes, systemd", "mod/system/"),
  layer("the start of an engine process", "mod/engine/process/start.ts"),
  layer("the engine process", "mod/engine/process/process.ts"),
  layer("the engine's side of the steps of a job, one a file", "mod/engine/process/steps/"),
  layer("a job in its engine: its session, data, workers", "mod/engine/process/"),
  layer("one formula on one dataset", "mod/engine/compute/computation.ts"),
  layer("how formulas are computed, one file a kind", "mod/engine/compute/kinds/"),
  layer("rows, reductions, outcomes of a formula", "mod/engine/compute/"),
  layer("formula workers and the cell that holds them", "mod/engine/workers/"),
  layer("a formula's files, copied and checked", "mod/engine/snapshot/"),
  layer("what a server and its engines say to each other", "mod/engine/link/"),
  layer("the steps of a job, one a file: messages and checks", "mod/engine/link/steps/"),
  layer("what starts as a worker", "workers/"),
  layer("formulas that the page runs", "views/"),
  layer("where results came from, and what became of that", "mod/lineage/"),
  layer("Loader: opens data, writes results", "mod/loader.ts"),
  layer("results: their names, and how they get them", "mod/result/", "mod/result/tables/"),
  layer("the tasks of a formula worker, one a file", "mod/formula/tasks/"),
  layer("how a formula runs in its worker", "mod/formula/"),
  layer("what a formula finds of the language", "mod/formula/realm/"),
  layer("tables that are joined to the data", "mod/dataset/joins/"),
  layer("files as one table, and filters", "mod/dataset/"),
  layer("from Parquet to record batches of Arrow", "mod/arrow/"),
  layer("from typed arrays to lines of CSV", "mod/csv/"),
  layer("from typed arrays to pages and files", "mod/parquet/write/"),
  layer("from pages to typed arrays", "mod/parquet/read/"),
  layer("encodings and codecs", "mod/parquet/encodings/"),
  layer("the structures of the specification", "mod/parquet/format/"),
  layer("bytes in and out", "mod/parquet/io/"),
  layer("files on HTTP servers", "mod/remote/"),
  layer("the modules that formulas import", "mod/std/"),
  layer("group-bys and resampling", "mod/std/grouping/"),
  layer("zones and their calendars", "mod/std/calendar/"),
  layer("filters, windows, convolution", "mod/std/signal/"),
  layer("Fourier transforms", "mod/std/fourier/"),
  layer("sums, moments, quantiles, curves", "mod/std/numeric/"),
  layer("the types of chunks and frames", "mod/std/types.ts"),
  layer("options of the library's functions", "mod/std/common/"),
  layer("WebAssembly and how it is called", "mod/kernel/"),
  layer("jobs: what is asked for, and how they stand", "mod/job/"),
  layer("errors, JSON, words", "mod/common/"),
];

function layer(purpose: string, ...places: string[]): Layer {
  return { purpose, places };
}

/** Modules that others are reached from: the program, the libraries, what a worker starts with, commands. */
const ENTRIES = ["main.ts", "mod/mod.ts", ...STARTED];
/** Folders whose own modules are all reached from: each is a command, or a part of one. */
const COMMANDS = ["scripts", "bench"];

/** The layers in the docs. */
export const LAYERS_TABLE: MarkedTable = new MarkedTable(
  "docs/architecture.md",
  "layers",
  ["modules", "purpose"],
  LAYERS.map(({ places, purpose }) => [
    places.map((place) => `\`${place}\``).join(", "),
    purpose,
  ]),
);

/** Which of the program's modules each of them imports, by path from the project's folder. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Reads the program's import graph. @throws Error when a module can't be resolved or parsed. */
export async function readImports(): Promise<ImportGraph> {
  const graph = new Map<string, string[]>();
  const commands = (await Promise.all(COMMANDS.map(filesUnder))).flat()
    .filter((path) => path.endsWith(".ts") && !path.startsWith("bench/formulas/"));
  for (const entry of [...ENTRIES, ...commands]) {
    if (graph.has(entry)) continue;
    for (const module of await moduleInfo(entry)) {
      const path = projectPath(module.specifier);
      if (path === undefined) continue;
      if (module.error !== undefined) throw new Error(`${path}: ${module.error}`);
      const imports = (module.dependencies ?? [])
        .map(({ code, type }) => projectPath((code ?? type)?.specifier))
        .filter((path) => path !== undefined);
      graph.set(path, imports);
    }
  }
  return graph;
}

interface ModuleInfo {
  specifier: string;
  error?: string;
  dependencies?: { code?: { specifier?: string }; type?: { specifier?: string } }[];
}

async function moduleInfo(entry: string): Promise<ModuleInfo[]> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: ["info", "--json", entry],
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)).modules;
}

function projectPath(specifier: string | undefined): string | undefined {
  const root = `${toFileUrl(ROOT)}/`;
  if (!specifier?.startsWith(root) || !specifier.endsWith(".ts")) return undefined;
  return decodeURIComponent(specifier.slice(root.length));
}

/** What is wrong with the graph, a sentence each. */
export function importFaults(graph: ImportGraph): string[] {
  const faults: string[] = [];
  for (const [path, imports] of graph) {
    const rank = rankOf(path);
    if (rank < 0) {
      faults.push(`${path} is in no layer; give it one in scripts/layers.ts`);
      continue;
    }
    for (const target of imports) {
      if (rankOf(target) >= 0 && rankOf(target) < rank) {
        faults.push(`${path} imports ${target}, which is above it`);
      }
    }
  }
  return [...faults, ...circles(graph).map((circle) => `a circle: ${circle.join(" → ")}`)];
}

/** The row of a module's layer: the one that names it, or else the one that has its folder as a room. */
function rankOf(path: string): number {
  const named = LAYERS.findIndex(({ places }) => places.includes(path));
  if (named >= 0) return named;
  const room = path.slice(0, path.lastIndexOf("/") + 1);
  return room === "" ? -1 : LAYERS.findIndex(({ places }) => places.includes(room));
}

/** Circles of imports, each from a module back to itself; one for each edge that closes one. */
function circles(graph: ImportGraph): string[][] {
  const found: string[][] = [];
  const trail: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string) => {
    if (finished.has(path)) return;
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path]);
      return;
    }
    trail.push(path);
    for (const target of graph.get(path) ?? []) visit(target);
    trail.pop();
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return found;
}

/** The program's modules that no import leads to. */
export async function unreached(graph: ImportGraph): Promise<string[]> {
  const paths = [...await filesUnder("mod"), ...await filesUnder("workers")];
  return paths.filter((path) => path.endsWith(".ts") && !graph.has(path));
}

if (import.meta.main) {
  if (Deno.args.includes("--write")) await LAYERS_TABLE.write();
  const graph = await readImports();
  const idle = (await unreached(graph)).map((path) => `${path} is imported by nothing`);
  const faults = [...importFaults(graph), ...idle];
  if (!await LAYERS_TABLE.isCurrent()) {
    faults.push(`${LAYERS_TABLE.path} shows other layers; deno run -A scripts/layers.ts --write`);
  }
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exit(1);
  console.log(`Checked the imports of ${graph.size} modules`);
}
