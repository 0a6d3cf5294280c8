/** DuckDB in a Python that starts for each work, as a script of an author would use it. */
import { fromFileUrl } from "@std/path";
import { onCores } from "./ours.ts";
import { tableOf } from "./data.ts";
import type { Doer } from "./peer.ts";

const SCRIPT = fromFileUrl(new URL("cold.py", import.meta.url));

/**
 * From the start of the process to its end.
 *
 * @param python Path of an interpreter that has DuckDB.
 */
export function freshDuckDB(python: string): Doer {
  return {
    async run({ sql }, { input }) {
      const options = { stdin: "null", stdout: "piped", stderr: "inherit" } as const;
      const started = performance.now();
      const { stdout } = await onCores(null, python, [SCRIPT, sql!(tableOf(input))], options)
        .output();
      const seconds = (performance.now() - started) / 1000;
      return { seconds, result: { rows: JSON.parse(new TextDecoder().decode(stdout)) } };
    },
  };
}
