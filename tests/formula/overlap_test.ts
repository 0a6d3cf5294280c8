import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { readColumn, rowGroups, runFormula, writeSample } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { shareSample, shareService } from "../support/shared_service.ts";
import { assertSameBits } from "../support/numeric_values.ts";

const copySample = shareSample(140_000, 66_000);

/** A moving mean and a derivative whose every value depends on its own neighbours only. */
const formula = (before: number, after: number) => `
  export const overlap = { before: ${before}, after: ${after} };
  export function map({ u }, context) {
    if (context.rowStart - context.before < 0) throw new Error("before the first row");
    const mean = new Float64Array(u.length), slope = new Float64Array(u.length);
    for (let row = 0; row < u.length; row++) {
      let sum = 0, count = 0;
      for (let k = Math.max(0, row - ${before}); k <= Math.min(u.length - 1, row + ${after}); k++, count++) sum += u[k];
      mean[row] = sum / count;
      slope[row] = row ? u[row] - u[row - 1] : NaN;
    }
    return { mean, slope };
  }`;

/** The same on the whole column at once. */
function whole(u: Float64Array, before: number, after: number) {
  const mean = u.map((_, row) => {
    let sum = 0, count = 0;
    const last = Math.min(u.length - 1, row + after);
    for (let k = Math.max(0, row - before); k <= last; k++, count++) sum += u[k]!;
    return sum / count;
  });
  return { mean, slope: u.map((v, row) => row ? v - u[row - 1]! : NaN) };
}

for (const way of ways) {
  const shared = shareService(way);

  Deno.test(`a map with overlap equals the whole column, to the last bit [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    const { u } = await copySample(path);
    for (const [before, after] of [[10, 0], [0, 3], [7, 5]] as const) {
      const { Response } = await runFormula(server, path, formula(before, after));
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      assert(Response.Job!.Partitions > 1);
      const result = join(path, "work_ansver.parquet");
      assertEquals(await rowGroups(result), await rowGroups(join(path, "time_series.parquet")));
      const expected = whole(u, before, after);
      assertSameBits(await readColumn(result, "mean"), expected.mean, "mean");
      if (before > 0) assertSameBits(await readColumn(result, "slope"), expected.slope, "slope");
    }
  });

  Deno.test(`an overlap may be longer than a partition and cross files [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    const parts = [];
    for (const part of [0, 1, 2, 10]) {
      parts.push((await writeSample(path, 70_000 + part, 70_000, `part.${part}.parquet`)).u);
    }
    const u = Float64Array.from(parts.flatMap((part) => Array.from(part)));
    const text = `
      export const overlap = { before: 150000, after: 100 };
      export function map({ u }, { before, after, rows }) {
        if (u.length !== before + rows + after) throw new Error("lengths");
        const ago = new Float64Array(u.length).fill(NaN);
        for (let row = 150000; row < u.length; row++) ago[row] = u[row - 150000];
        return { ago };
      }`;
    const { Response } = await runFormula(server, path, text, { Base: "part.*.parquet" });
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const ago = await readColumn(join(path, "work_ansver.parquet"), "ago");
    assertSameBits(ago, u.map((_, row) => row < 150_000 ? NaN : u[row - 150_000]!), "ago");
  });

  Deno.test(`a column of a map with overlap must be as long as the chunk [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    await copySample(path);
    const { Response } = await runFormula(
      server,
      path,
      `export const overlap = { before: 5 }; export const map = ({ u }) => ({ u: u.subarray(1) });`,
    );
    assertEquals(Response.Error?.Code, "FORMULA_FAILED");
    assert(Response.Error!.Message.includes("as many as the chunk"), Response.Error!.Message);
  });
}
