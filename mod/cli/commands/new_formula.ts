import { basename, dirname } from "@std/path";
import { err, out } from "../output/standard_output.ts";
import { type Command, type Given, PROGRAM, UsageError } from "../arguments/usage.ts";

export const newFormula: Command = {
  name: "new",
  operands: "NAME",
  summary: "write a formula to start from",
  description: `Writes NAME.ts, a commented formula that computes a column and can be run as it
stands on any file with a column of numbers. An existing file is left alone.`,
  options: [],
  examples: [`${PROGRAM} new data/work`],
  run: writeFormula,
};

function writeFormula({ rest: [name = ""] }: Given): Promise<number> {
  if (name === "") throw new UsageError("NAME is missing", "new");
  const path = /\.(ts|mts|js|mjs)$/.test(name) ? name : `${name}.ts`;
  try {
    Deno.writeTextFileSync(path, STARTER, { createNew: true });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const exists = error instanceof Deno.errors.AlreadyExists;
    err(
      `${PROGRAM}: ${path} ${exists ? "is there already" : `can't be written: ${error.message}`}\n`,
    );
    return Promise.resolve(1);
  }
  const folder = dirname(path);
  out(`${path} is written. Try it on a file beside it:
  ${PROGRAM} check ${path} --base FILE.parquet
  ${PROGRAM} run --directory ${folder} --base FILE.parquet --file ${basename(path)}
`);
  return Promise.resolve(0);
}

const STARTER = `// A formula: what it exports says how it is run.
import type { Chunk, Context } from "measuring/types";

// These columns of the input are carried to the result unchanged.
// export const keep = ["time"];

// Rows that don't fit are not seen; what the file's statistics rule out is not even read.
// export const filter = { time: { $gte: "2024-01-01", $lt: "2024-02-01" } };

// So many rows of the neighbours, or those within "5s", are in the chunk, too; they are cut off from what is returned.
// export const overlap = { before: 100, after: 0 };

// Called once for each part of the file, on all cores. The columns of the chunk are typed arrays;
// one that is not touched is not read. What is returned becomes the columns of the result.
export function map(chunk: Chunk, { params, schema }: Context<{ column?: string } | null>) {
  // Name your own column instead: chunk.u, or map({ u, i }: Chunk).
  const name = params?.column ?? schema.find(({ kind }) => kind === "float64")?.name;
  if (!name) throw new Error("the file has no column of doubles");
  const values = chunk[name];
  const squared = new Float64Array(values.length);
  // Plain loops over typed arrays are the quickest there is.
  for (let row = 0; row < squared.length; row++) squared[row] = values[row] ** 2;
  return { squared };
}
`;
