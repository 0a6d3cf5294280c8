/** What tests of submitted jobs share. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { RunningServer } from "./harness.ts";
import { until } from "./until.ts";

/** Whoever can be asked. */
export type Asked = Pick<RunningServer, "request">;

/** A formula's function that says whether there is a file of this name beside it. */
export const EXISTS =
  `const exists = (name) => { try { Deno.statSync(new URL(name, import.meta.url)); return true; } catch { return false; } };`;

/** Waits for a file named as `params.gate` (or `go`) in its folder, then gives `"went"`. */
export const GATE = `
  ${EXISTS}
  export const main = async (_, { params, log }) => {
    log("waiting");
    while (!exists(params?.gate ?? "go")) await new Promise((resolve) => setTimeout(resolve, 10));
    log("going");
    return "went";
  };`;

/** Writes the first partition's rows, then waits for the file `go`. */
export const HALF = `
  ${EXISTS}
  export async function map({ u }, { partition }) {
    const rows = u.slice();
    while (partition > 0 && !exists("go")) await new Promise((resolve) => setTimeout(resolve, 20));
    return { u: rows };
  }`;

/** Writes the first partition's rows, then never ends. */
export const STALLS = `
  export async function map({ u }, { partition }) {
    while (partition > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    return { u };
  }`;

/** A small job that ends by itself. */
export const QUICK = `export const main = (_, { params }) => params;`;

/** A job as a reply tells of it. */
export interface Told {
  Id: string;
  State: string;
  // deno-lint-ignore no-explicit-any
  [figure: string]: any;
}

/** Sends a `Job` request; gives its `Response`. */
export async function ask(
  server: Asked,
  Action: string,
  fields: Record<string, unknown> = {},
  // deno-lint-ignore no-explicit-any
): Promise<any> {
  const reply = await server.request({ Header: "Job", Request: { Action, ...fields } });
  return reply.Response;
}

/** Sends a `Job` request that has to go well; gives its `Response.Job`. */
export async function told(
  server: Asked,
  Action: string,
  fields: Record<string, unknown> = {},
): Promise<Told> {
  const response = await ask(server, Action, fields);
  assertEquals(response.Status, "complete", JSON.stringify(response));
  return response.Job;
}

/** Submits a formula of a folder on its `time_series.parquet`. */
export function submit(
  server: Asked,
  folder: string,
  File: string,
  fields: Record<string, unknown> = {},
): Promise<Told> {
  return told(server, "Submit", {
    Directory: folder,
    Base: "time_series.parquet",
    File,
    ...fields,
  });
}

const ENDED = ["complete", "failed", "cancelled"];

/**
 * Waits until a job is in one of these states.
 *
 * @throws Error when it ends in another one, or comes to none of them.
 */
export function reach(
  server: Asked,
  id: string,
  ...states: string[]
): Promise<Told> {
  const wanted = states.join(" or ");
  return until(`job ${id} to be ${wanted}`, async () => {
    const job = await told(server, "Status", { Id: id });
    if (states.includes(job.State)) return job;
    if (ENDED.includes(job.State)) {
      throw new Error(`job ${id} is not to be ${wanted} any more: ${JSON.stringify(job)}`);
    }
    return null;
  }, 10);
}

/** Waits until a job has ended. */
export function end(server: Asked, id: string): Promise<Told> {
  return reach(server, id, ...ENDED);
}

/** Waits until a job has printed something; gives its log. @throws Error when it ends before. */
export function logged(server: Asked, id: string): Promise<string[]> {
  return until(`job ${id} to print something`, async () => {
    const job = await told(server, "Status", { Id: id });
    const { Log } = await told(server, "Log", { Id: id });
    if (Log.length > 0) return Log;
    if (ENDED.includes(job.State)) {
      throw new Error(`job ${id} has printed nothing: ${JSON.stringify(job)}`);
    }
    return null;
  }, 10);
}

/** Writes formulas into a folder, by their names. */
export async function writeFormulas(
  folder: string,
  formulas: Record<string, string>,
): Promise<void> {
  for (const [name, text] of Object.entries(formulas)) {
    await Deno.writeTextFile(join(folder, name), text);
  }
}
