import { basename, resolve } from "@std/path";
import { LINEAGE_KEY } from "../../job/lineage.ts";
import { readResult } from "../../lineage/result_files.ts";
import { lineageWords } from "../output/lineage_words.ts";
import { out } from "../output/standard_output.ts";
import { type Command, type Given, PROGRAM, UsageError } from "../arguments/usage.ts";

export const lineage: Command = {
  name: "lineage",
  operands: "FILE",
  summary: "say where a result came from",
  description: `Prints what the footer of a result says of where it came from: the formula and what
it imports, parameters, the data with sizes and digests of footers, which rows,
version, job and time. FILE is a Parquet file, or a folder that is a result.
Exit code 1 when it doesn't say so, or can't be read.`,
  options: [
    { name: "json", help: `print the JSON as the footer has it, under ${LINEAGE_KEY}` },
  ],
  examples: [`${PROGRAM} lineage data/means.parquet`],
  run: printLineage,
};

function printLineage({ options, rest: [file = ""] }: Given): Promise<number> {
  if (file === "") throw new UsageError("FILE is missing", "lineage");
  const { text, lineage, table } = readResult(resolve(file));
  out(options.has("json") ? `${text}\n` : lineageWords(basename(file), lineage, table));
  return Promise.resolve(0);
}
