/** Small inputs from the field, on each of which a wrong answer was given once. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import cases from "../support/cases/cases.json" with { type: "json" };
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

/** An input, and what is right. */
interface FieldCase {
  name: string;
  /** A folder beside the list; without one, what makes the data. */
  data?: string;
  sql?: string[];
  base: string;
  formula: string;
  want: Wanted;
}

interface Wanted {
  /** What the reply has. */
  result?: unknown;
  /** On the result file. */
  sql?: string;
  rows?: Record<string, unknown>[];
  /** A pattern of code or message. */
  error?: string;
  /** That result, or a clear error. */
  either?: unknown;
  /** A clear error is right, too. */
  orError?: boolean;
}

const duckdb = await sharedDuckDB();
const HERE = new URL("../support/cases/", import.meta.url);

async function copyFolder(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(new URL(`${name}/`, from), join(to, name));
    else await Deno.copyFile(new URL(name, from), join(to, name));
  }
}

for (const way of ways) {
  const shared = shareService(way);

  for (const { name, data, sql = [], base, formula, want } of cases as FieldCase[]) {
    Deno.test(`${name} [${way.name}]`, async () => {
      const path = join(await shared.folder(), "case");
      if (data) await copyFolder(new URL(`${data}/`, HERE), path);
      else await Deno.mkdir(path);
      for (const text of sql) await duckdb.run(text.replaceAll("DIR", path));
      const { Response } = await runFormula(shared.server, path, formula, { Base: base });
      const told = JSON.stringify(Response);
      if (want.error !== undefined) {
        assertEquals(Response.Status, "error", told);
        assertMatch(told, new RegExp(want.error));
      }
      if (Response.Error) {
        assert(want.error !== undefined || want.orError || "either" in want, told);
        assert(Response.Error.Code !== "INTERNAL", told);
        return;
      }
      if ("result" in want) assertEquals(Response.Result, want.result);
      if ("either" in want) assertEquals(Response.Result, want.either);
      if (want.sql === undefined) return;
      const result = quoted(join(path, "work_ansver.parquet"));
      const query = want.sql.replaceAll("RESULT", result);
      const rows = await duckdb.rows(query);
      assertEquals(rows, want.rows!.map((row) => Object.values(row)), told);
    });
  }
}
