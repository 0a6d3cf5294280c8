/** Several clients at once, each with a file of its own. */
import { DuckDBInstance } from "@duckdb/node-api";
import { basename, join } from "@std/path";
import type { RunningServer } from "../scripts/running_server.ts";
import type { DuckDB } from "../tests/support/parquet/duckdb.ts";
import { resultOf, sendJob } from "./ours.ts";
import type { Doer } from "./peer.ts";

const THREADS = 2;

/** Jobs over TCP that start together; the formula lies beside the files. */
export function clientsOverTcp(server: RunningServer, duckdb: DuckDB): Doer {
  return {
    async run(work, { input }) {
      const files = await filesOf(input);
      const started = performance.now();
      const responses = await Promise.all(
        files.map((file) => sendJob(server, file, work, `of_${basename(file, ".parquet")}`)),
      );
      const seconds = (performance.now() - started) / 1000;
      const rows: Record<string, unknown>[] = [];
      for (const [n, response] of responses.entries()) {
        const result = await resultOf(response, work, files[n]!, duckdb);
        if ("rows" in result) rows.push(...result.rows);
      }
      return { seconds, result: { rows } };
    },
  };
}

/** A connection for each file, all of one database with as many threads as the service has workers. */
export async function duckdbClients(): Promise<Doer> {
  const database = await DuckDBInstance.create(":memory:", { threads: String(THREADS) });
  return {
    async run({ sql }, { input }) {
      const files = await filesOf(input);
      const connections = await Promise.all(files.map(() => database.connect()));
      const started = performance.now();
      const replies = await Promise.all(
        files.map((file, n) => connections[n]!.runAndReadAll(sql!(`'${file}'`))),
      );
      const seconds = (performance.now() - started) / 1000;
      for (const connection of connections) connection.closeSync();
      return { seconds, result: { rows: replies.flatMap((reply) => reply.getRowObjectsJS()) } };
    },
  };
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const names = entries.map(({ name }) => name).filter((name) => /^\d+\.parquet$/.test(name));
  return names.sort().map((name) => join(folder, name));
}
