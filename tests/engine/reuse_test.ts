/** Jobs of one formula after another: each is as if it were the first. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { amountOf, LONG } from "../support/suite_options.ts";
import { runFormula } from "../support/fixtures.ts";
import { bothWays, ways } from "../support/harness.ts";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const ROWS = 600_000;
const JOBS = amountOf("again-jobs");

async function writeData(duckdb: DuckDB, folder: string): Promise<void> {
  await duckdb.run(
    `copy (select i as n, i / 8 as u, 'pump ' || (i // 1000 % 20) as unit from range(${ROWS}) t(i))
     to ${quoted(join(folder, "time_series.parquet"))} (row_group_size 122880)`,
  );
}

for (const way of LONG ? bothWays : ways) {
  let duckdb: DuckDB;
  const service = shareService(way, {
    // Each of two workers has calls of each job, on a machine of however many cores.
    args: ["--workers", "2"],
    prepare: async (root) => {
      duckdb = await DuckDB.open();
      await writeData(duckdb, root);
    },
    close: () => Promise.resolve(duckdb[Symbol.dispose]()),
  });

  Deno.test(`no job sees state that an earlier job of its formula left [${way.name}]`, async () => {
    const { server, root: path } = service;
    const counters = [
      `let calls = 0;
       export const chunk = () => ++calls;`,
      `class Calls { static count = 0; }
       export const chunk = () => ++Calls.count;`,
      `export function chunk() { return chunk.calls = (chunk.calls ?? 0) + 1; }`,
      `const seen = [];
       export const chunk = () => seen.push(1);`,
    ];
    for (const counter of counters) {
      const formula = `${counter} export const combine = (a, b) => Math.max(a, b);
        export const aggregate = (most, { partitions }) => ({ few: most <= partitions });`;
      for (let job = 0; job < JOBS; job++) {
        const { Response } = await runFormula(server, path, formula);
        assertEquals(Response.Result, { few: true }, `job ${job} of ${JOBS}: ${counter}`);
      }
    }
  });

  Deno.test(`a changed formula runs in its new version, and so do the files it imports [${way.name}]`, async () => {
    const { server, root: path } = service;
    const gain = join(path, "gain.js");
    for (const factor of [1, 2, 2, 3]) {
      await Deno.writeTextFile(gain, `export const gain = ${factor};`);
      for (const offset of [0, 5, 0]) {
        const { Response } = await runFormula(
          server,
          path,
          `import { gain } from "./gain.js";
           export const chunk = ({ n }) => gain * n.length + ${offset};
           export const combine = (a, b) => a + b;
           export const aggregate = (sum, { partitions }) => ({ sum: sum - ${offset} * partitions });`,
        );
        assertEquals(Response.Result, { sum: factor * ROWS }, JSON.stringify(Response));
      }
    }
    await Deno.remove(gain);
    await Deno.writeTextFile(join(path, "other.js"), "export const gain = 7;");
    await Deno.symlink(join(path, "other.js"), gain);
    const { Response } = await runFormula(
      server,
      path,
      `import { gain } from "./gain.js";
       export const chunk = () => gain; export const combine = (a) => a;`,
    );
    assertEquals(Response.Result, 7);
  });

  Deno.test(`a formula that ran before fails on what it doesn't fit as one that didn't [${way.name}]`, async () => {
    const { server, root: path } = service;
    await duckdb.run(
      `copy (select i as m from range(200000) t(i)) to ${quoted(join(path, "other.parquet"))}`,
    );
    const formula = `
      export const columns = ["n"];
      export const filter = { n: { $lt: 300 } };
      export const chunk = ({ n }) => n.length;
      export const combine = (a, b) => a + b;`;
    const of = async (fields: Record<string, unknown>, comment = "") => {
      const { Response } = await runFormula(server, path, `${formula}${comment}`, fields);
      return [Response.Result, Response.Error];
    };
    const all = {}, none = { Filter: { n: { $lt: 0 } } };
    const other = { Base: "other.parquet" }, lost = { Inputs: { limits: "other.parquet" } };
    const wanted = new Map<Record<string, unknown>, unknown>();
    for (const [index, fields] of [all, none, other, lost].entries()) {
      wanted.set(fields, await of(fields, `// ${index}`));
    }
    assertEquals(wanted.get(all), [300, undefined]);
    assert(
      JSON.stringify(wanted.get(other)).includes("FORMULA"),
      JSON.stringify(wanted.get(other)),
    );
    for (const fields of [all, other, all, none, lost, all, other, none, lost, all]) {
      assertEquals(await of(fields), wanted.get(fields), JSON.stringify(fields));
    }
  });

  Deno.test(`arrays that a call has returned don't change [${way.name}]`, async () => {
    const { server, root: path } = service;
    const heads =
      `export const chunk = ({ u }) => ({ deep: [new Map([["head", u.subarray(0, 2)]])] });
      export const combine = (a, b) => ({ deep: [...a.deep, ...b.deep] });
      export const aggregate = ({ deep }) => deep.flatMap((part) => [...part.get("head")]);`;
    const whole = `export const chunk = ({ u }) => [u];
      export const combine = (a, b) => [...a, ...b];
      export const aggregate = (parts) => {
        let row = 0, wrong = 0;
        for (const part of parts) for (const value of part) if (value !== row++ / 8) wrong++;
        return { row, wrong };
      };`;
    for (let job = 0; job < 3; job++) {
      const { Response } = await runFormula(server, path, heads);
      const found = Response.Result as number[];
      assertEquals(found.length % 2, 0);
      for (let k = 0; k < found.length; k += 2) {
        assertEquals(found[k]! % 1 === 0 && found[k + 1] === found[k]! + 0.125, true);
      }
      assertEquals(new Set(found).size, found.length);
      const all = await runFormula(server, path, whole);
      assertEquals(all.Response.Result, { row: ROWS, wrong: 0 });
    }
  });

  Deno.test(`a call may return its arrays as columns, more than once [${way.name}]`, async () => {
    const { server, root: path } = service;
    for (let job = 0; job < 3; job++) {
      const { Response } = await runFormula(
        server,
        path,
        `export const map = ({ u, n }) => {
           const codes = new Float64Array(u.length);
           return { a: u, b: u, n, part: u.map((x) => x + 1), codes, again: codes };
         };`,
      );
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      const differing = await duckdb.column(
        `select count(*) from (select n, u from ${quoted(join(path, "time_series.parquet"))})
         positional join (select a, b, n as m, part, codes, again from ${
          quoted(join(path, "work_ansver.parquet"))
        }) where a <> u or b <> u or m <> n or part <> u + 1 or codes <> 0 or again <> 0`,
      );
      assertEquals(differing, [0n]);
    }
  });

  Deno.test(`parts of an array that a formula keeps may be returned repeatedly [${way.name}]`, async () => {
    const { server, root: path } = service;
    const formula = `import { hann } from "measuring/windows";
      const w = hann(${ROWS});
      export const map = ({ n }) => ({ n, w: w.subarray(0, n.length) });`;
    for (let job = 0; job < 2; job++) {
      const { Response } = await runFormula(server, path, formula);
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      const differing = await duckdb.column(
        `select count(*) from ${quoted(join(path, "work_ansver.parquet"))}
         where abs(w - (0.5 - 0.5 * cos(2 * pi() * (n % 122880) / ${ROWS - 1}))) > 1e-9`,
      );
      assertEquals(differing, [0n]);
    }
  });

  Deno.test(`a failed job leaves no state for the next one [${way.name}]`, async () => {
    const { server, root: path } = service;
    const formula = `export const chunk = ({ u }, { params }) => {
        if (params.fail) throw new Error("asked to");
        return u.length;
      };
      export const combine = (a, b) => a + b;`;
    for (const fail of [false, true, false, true, true, false]) {
      const { Response } = await runFormula(server, path, formula, { Params: { fail } });
      if (fail) assertEquals(Response.Error?.Code, "FORMULA_FAILED");
      else assertEquals(Response.Result, ROWS);
    }
  });
}
