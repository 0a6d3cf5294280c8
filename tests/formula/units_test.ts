/** Units of columns: written, read by others, and inherited by columns that are kept. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { finish, ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import { randomFrom } from "../support/random_numbers.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareSample, shareService } from "../support/shared_service.ts";
import { SEED } from "../support/suite_options.ts";

const duckdb = await sharedDuckDB();
const writeData = shareSample(200_000, 70_000);

/** Units by columns as DuckDB reads them, the same in each row group. */
async function unitsIn(path: string): Promise<Record<string, string>> {
  const rows = await duckdb.plainRows(
    `select distinct path_in_schema, decode(key_value_metadata['unit']) from parquet_metadata(${
      quoted(path)
    })`,
  ) as [string, string | null][];
  const told = Object.fromEntries(rows.filter(([, unit]) => unit !== null));
  assertEquals(rows.length, new Set(rows.map(([name]) => name)).size, JSON.stringify(rows));
  return told as Record<string, string>;
}

for (const way of ways) {
  const shared = shareService(way, {
    args: ["--workers", "2"],
    prepare: async (root) => void await writeData(root),
  });

  const run = async (text: string, fields: Record<string, unknown> = {}) => {
    const { Response } = await runFormula(shared.server, shared.root, text, fields);
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    return Response;
  };
  const result = () => join(shared.root, "work_ansver.parquet");

  Deno.test(`units of all kinds of results are in their files [${way.name}]`, async () => {
    const formulas: [formula: string, fields: Record<string, unknown>][] = [
      [`export const map = ({ u, n }) => ({ power: u, n });`, {}],
      [
        `export const keep = ["time", "unit", "n"]; export const map = ({ u }) => ({ power: u });`,
        {},
      ],
      [
        `export const filter = { n: { $lt: 5 } }; export const map = ({ u }) => ({ power: u });`,
        {},
      ],
      [
        `import { groupBy } from "measuring/groups";
        export const { chunk, combine } = groupBy("unit").mean("u");
        export const aggregate = (total) => ({ power: [1, 2] });`,
        {},
      ],
      [`export const main = async (frame) => ({ power: await frame.column("u") });`, {}],
    ];
    for (const [formula, fields] of formulas) {
      await run(`export const units = { power: "kW·h/m²" };\n${formula}`, fields);
      assertEquals(await unitsIn(result()), { power: "kW·h/m²" }, formula);
      const { Result } = await run(
        `export const main = ({ schema }) => schema.map(({ name, metadata }) => [name, metadata.unit ?? null]).filter(([, unit]) => unit);`,
        { Base: "work_ansver.parquet", Output: "told" },
      );
      assertEquals(Result, [["power", "kW·h/m²"]], formula);
    }
    await run(
      `export const units = { power: "W", unit: "none" }; export const keep = ["unit"];
       export const map = ({ u }) => ({ power: u });`,
      { Output: "parts/{unit}/" },
    );
    for (const { name } of Deno.readDirSync(join(shared.root, "parts"))) {
      assertEquals(await unitsIn(join(shared.root, "parts", name, "part.0.parquet")), {
        power: "W",
      });
    }
  });

  Deno.test(`units that can't be are refused, with the nearest column [${way.name}]`, async () => {
    const MAP = `export const map = ({ u }) => ({ power: u });`;
    const cases: [text: string, message: RegExp][] = [
      [
        `export const units = "W"; ${MAP}`,
        /export "units" must be a record of texts by columns, such as { power: "W" }, not "W"/,
      ],
      [`export const units = ["W"]; ${MAP}`, /export "units" must be a record/],
      [
        `export const units = { power: 5 }; ${MAP}`,
        /"power", whose unit must be a text of 1 to 100 characters .* not 5/,
      ],
      [`export const units = { power: "" }; ${MAP}`, /whose unit must be a text/],
      [`export const units = { power: "x".repeat(101) }; ${MAP}`, /whose unit must be a text/],
      [`export const units = { power: "a\\nb" }; ${MAP}`, /without control characters/],
      [
        `export const units = { pwoer: "W" }; ${MAP}`,
        /has "pwoer", which is no column of the result; did you mean "power"\?/,
      ],
      [
        `export const units = { u: "V" }; ${MAP}`,
        /has "u", which is no column of the result; the columns are "power"/,
      ],
      [
        `export const units = { sum: "V" }; export const main = () => 5;`,
        /has "sum", which is no column of the result; it is no table/,
      ],
      [
        `export const unit = { power: "W" }; ${MAP}`,
        /export "unit" is not known; did you mean "units"/,
      ],
      [
        `export const units = { __proto__: null, constructor: "W" }; ${MAP}`,
        /has "constructor", which is no column/,
      ],
    ];
    for (const [text, message] of cases) {
      for (const Output of text.includes("main") ? ["work"] : ["work", "work.csv"]) {
        const { Response } = await runFormula(shared.server, shared.root, text, { Output });
        assertEquals(
          Response.Error?.Code,
          "FORMULA_INVALID",
          `${text}: ${JSON.stringify(Response)}`,
        );
        assertMatch(Response.Error!.Message, message);
      }
    }
  });

  peerTest(`pyarrow reads units, and those that it notes are kept [${way.name}]`, async () => {
    const random = randomFrom(SEED + 4_711);
    const names = ["a", "b", "c", "Größe"], some = [null, "V", "m³/h", "°C", "🔧"];
    for (let round = 0; round < 6; round++) {
      const folder = await shared.folder();
      const files = 1 + random(3), told: Record<string, string | null>[] = [];
      for (let k = 0; k < files; k++) {
        const units = Object.fromEntries(
          names.map((
            name,
            at,
          ) => [name, k > 0 && random(3) > 0 ? told[0]![name]! : some[(at + random(2) + k) % 5]!]),
        );
        told.push(units);
        await callPeer("write_units", join(folder, `data_${k}.parquet`), units, 100_000 + k);
      }
      const kept = names.filter(() => random(3) > 0), own = kept.filter(() => random(4) === 0);
      const wanted: Record<string, Record<string, string>> = {};
      const conflicts: string[] = [];
      for (const name of kept) {
        const units = new Set(told.map((of) => of[name]));
        const [unit] = units;
        if (own.includes(name)) wanted[name] = { unit: "own" };
        else wanted[name] = units.size === 1 && unit ? { unit } : {};
        if (units.size > 1 && !own.includes(name)) conflicts.push(name);
      }
      wanted.x = { unit: "W" };
      const exported = { x: "W", ...Object.fromEntries(own.map((name) => [name, "own"])) };
      const filter = random(2) === 0 ? `export const filter = { a: { $gte: 10 } };` : "";
      const formula = `${filter} export const keep = ${JSON.stringify(kept)};
        export const units = ${JSON.stringify(exported)};
        export const map = ({ a }) => ({ x: a });`;
      const { Response } = await runFormula(shared.server, folder, formula, {
        Base: "data_*.parquet",
      });
      const what = `round ${round}, seed ${SEED}: ${formula} ${JSON.stringify(told)}`;
      assertEquals(Response.Status, "complete", `${what} ${JSON.stringify(Response)}`);
      assertEquals(
        await callPeer("column_key_values", join(folder, "work_ansver.parquet")),
        wanted,
        what,
      );
      const { Joined = [] } = Response.Job as { Joined?: string[] };
      assertEquals(Joined.map((text) => text.split(":")[0]), conflicts, what);
      for (const text of Joined) {
        assertMatch(
          text,
          /(no unit|the unit .*) in data_0\.parquet and .* in data_\d\.parquet; the result notes none$/,
        );
      }
    }
  });

  peerTest(`check tells the units of data and result [${way.name}]`, async () => {
    const folder = await shared.folder();
    await callPeer("write_units", join(folder, "data.parquet"), { u: "V", i: "A", n: null }, 10);
    const path = join(folder, "work.ts");
    await Deno.writeTextFile(
      path,
      `export const keep = ["u"]; export const units = { power: "W" };
       export const map = ({ u, i }) => ({ power: u.map((v, k) => v * i[k]) });`,
    );
    const { code, stdout, stderr } = await finish(way, ["check", path, "--base", "data.parquet"]);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^data\.parquet has u DOUBLE in V, i DOUBLE in A, n DOUBLE$/m);
    assertMatch(stdout, /^returned: 10 rows of u DOUBLE in V, power DOUBLE in W$/m);
    await Deno.writeTextFile(
      path,
      `export const units = { x: "W" }; export const map = ({ u }) => ({ u });`,
    );
    const refused = await finish(way, ["check", path, "--base", "data.parquet"]);
    assertEquals(refused.code, 1);
    assertMatch(refused.stderr, /export "units" has "x", which is no column of the result/);
  });
}
