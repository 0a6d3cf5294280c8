import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runFormula, writeSample } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

const PAGES = ["README.md", "README.ru.md", "docs/formulas.md"];
/** What the formulas of the pages find in `context.params`. */
const PARAMS = {
  gain: 2,
  sampleRate: 1000,
  from: -400,
  to: 400,
  bins: 80,
  coefficients: [1, 2],
  unit: "unit 3",
};

/** The TypeScript of a page, block by block. */
function blocks(page: string): string[] {
  const text = Deno.readTextFileSync(new URL(`../../${page}`, import.meta.url));
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
}

for (const way of ways) {
  Deno.test(`every formula in the docs runs unchanged [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    await writeSample(path, 3000, 1000);
    await duckdb.run(
      `copy (select 'unit ' || i as unit, 1.5 as factor, 10.0 * i as high from range(7) r(i))
       to ${quoted(join(path, "limits.parquet"))} (format parquet)`,
    );
    await duckdb.run(
      `copy (select time::timestamptz as time, unit, 'batch' as batch from ${
        quoted(join(path, "time_series.parquet"))
      })
       to ${quoted(join(path, "batches.parquet"))} (format parquet)`,
    );
    await using server = await startServer(way, { root: folder.path });
    for (const page of PAGES) {
      const formulas = blocks(page);
      assert(formulas.length >= 4, `${page} shows ${formulas.length} formulas`);
      for (const formula of formulas) {
        const runs = /export (async )?(function|const) (map|chunk|main|\{ chunk)\b/.test(formula);
        const text = runs ? formula : `${formula}\nexport const map = ({ u }) => ({ u });`;
        const { Response } = await runFormula(server, folder.path, text, {
          Params: PARAMS,
          Inputs: { limits: "limits.parquet", batches: "batches.parquet" },
        });
        assertEquals(Response.Status, "complete", `${page}: ${formula}\n${Response.Discription}`);
      }
    }
  });
}

Deno.test("both READMEs show the same commands, requests and formulas", () => {
  const [english, russian] = PAGES.slice(0, 2).map((page) =>
    Deno.readTextFileSync(new URL(`../../${page}`, import.meta.url))
  );
  const code = (text: string) =>
    [...text.matchAll(/^```(?:ts|json|sh)\n(.*?)^```$/gms)].map(([, block]) =>
      block!.replace(/ *#.*$/gm, "")
    );
  assertEquals(code(russian!), code(english!));
});
