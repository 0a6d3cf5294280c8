/** This project's executable: as a service over TCP, and as `run`. */
import { basename, dirname, fromFileUrl, join } from "@std/path";
import { type Reply, RunningServer } from "../scripts/running_server.ts";
import { type DuckDB, quoted } from "../tests/support/parquet/duckdb.ts";
import { checkOfFolders, rowsOf } from "./duckdb_peer.ts";
import type { Doer, Result } from "./peer.ts";
import type { Work } from "./work.ts";

/** Workers of a job, as many as a peer has threads. */
const WORKERS = 2;

const FORMULAS = fromFileUrl(new URL("formulas", import.meta.url));

/** Starts the service on a free port, on some of the cores only where they are given. */
export async function startService(
  binary: string,
  root: string,
  cores: string | null = null,
): Promise<RunningServer> {
  const args = ["serve", "--port", "0", "--workers", String(WORKERS), "--root", root];
  return await RunningServer.start(
    (streams) => onCores(cores, binary, args, streams),
    "the executable",
  );
}

/** Puts the formulas beside the data. */
export async function copyFormulas(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(FORMULAS)) {
    await Deno.copyFile(join(FORMULAS, name), join(folder, name));
  }
}

/** Sends a job and waits for its reply. @throws Error when the job failed. */
export async function sendJob(
  server: RunningServer,
  input: string,
  { formula, params, rowsAsked }: Pick<Work, "formula" | "params" | "rowsAsked">,
  output = overTcpName(formula),
  inputs: Record<string, string> = {},
): Promise<Reply["Response"]> {
  const fields = {
    Directory: dirname(input),
    Base: basename(input),
    File: `${formula}.ts`,
    Params: params ?? null,
    ...rowsAsked,
    Inputs: inputs,
    Output: output,
  };
  return checked(await server.request({ Header: "Dask", Request: fields }));
}

/** Jobs over TCP, from the request to the reply. */
export function overTcp(server: RunningServer, duckdb: DuckDB): Doer {
  return {
    async run(work, { input, beside }) {
      await removeResult(input, overTcpName(work.formula));
      const inputs = beside ? { [work.beside!]: beside } : {};
      const started = performance.now();
      const response = await sendJob(server, input, work, outputOf(work), inputs);
      const seconds = (performance.now() - started) / 1000;
      const result = await resultOf(response, work, input, duckdb);
      return { seconds, jobSeconds: response.Job!.Seconds, result };
    },
  };
}

/** Jobs by `run`, from the start of the process to its end. */
export function byRun(binary: string, duckdb: DuckDB): Doer {
  return {
    async run(work, { input, beside }) {
      await removeResult(
        input,
        work.folders ? overTcpName(work.formula) : `${work.formula}_ansver`,
      );
      const job = ["--directory", dirname(input), "--base", basename(input)];
      const params = work.params ? ["--params", JSON.stringify(work.params)] : [];
      const { From, To } = work.rowsAsked ?? {};
      const rows = From && To ? ["--from", From, "--to", To] : [];
      const inputs = beside ? ["--input", `${work.beside}=${beside}`] : [];
      const output = work.folders ? ["--output", outputOf(work)] : [];
      const asked = [...params, ...rows, ...inputs, ...output];
      const args = ["run", ...job, "--file", `${work.formula}.ts`, ...asked];
      // It takes every core it may: on a larger machine it may take as many as the others.
      const cores = navigator.hardwareConcurrency > WORKERS ? `0-${WORKERS - 1}` : null;
      const options = { stdin: "null", stdout: "piped", stderr: "inherit" } as const;
      const started = performance.now();
      const { stdout } = await onCores(cores, binary, args, options).output();
      const seconds = (performance.now() - started) / 1000;
      const response = checked(JSON.parse(new TextDecoder().decode(stdout)));
      return { seconds, result: await resultOf(response, work, input, duckdb) };
    },
  };
}

/** A command that is kept to some of the cores, such as `0-1`; null for all. */
export function onCores(
  cores: string | null,
  command: string,
  args: string[],
  options: Deno.CommandOptions,
): Deno.Command {
  if (cores === null) return new Deno.Command(command, { ...options, args });
  return new Deno.Command("taskset", {
    ...options,
    args: ["--cpu-list", cores, command, ...args],
  });
}

function overTcpName(formula: string): string {
  return `${basename(formula)}_tcp`;
}

/** What the result of a job over TCP is called. */
function outputOf({ formula, folders }: Work): string {
  const name = overTcpName(formula);
  return folders ? `${name}/{${folders.column}}/` : name;
}

function checked({ Response }: Reply): Reply["Response"] {
  if (Response.Status === "complete") return Response;
  throw new Error(`${Response.Error?.Code}: ${Response.Error?.Message}`);
}

/** What a job's reply leads to: rows, or a file where the work is written. */
export async function resultOf(
  response: Reply["Response"],
  { written, folders, formula }: Work,
  input: string,
  duckdb: DuckDB,
): Promise<Result> {
  if (folders) {
    return await checkOfFolders(duckdb, folders, join(dirname(input), overTcpName(formula)));
  }
  if ("Result" in response) return { rows: [response.Result as Record<string, unknown>] };
  const { File } = response.Discription as { File: string };
  const path = join(dirname(input), File);
  return written
    ? { files: [path] }
    : { rows: await rowsOf(duckdb, `select * from ${quoted(path)}`) };
}

async function removeResult(input: string, name: string): Promise<void> {
  for (const ending of [".parquet", ".txt", ""]) await remove(join(dirname(input), name + ending));
}

/** Removes what may not be there. */
export async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
