import { basename, dirname, join, resolve } from "@std/path";
import { ServiceError } from "../../common/errors.ts";
import { removeIfThere } from "../../common/remove_if_there.ts";
import { VERSION } from "../../common/version.ts";
import { holdFolder, makePrivateFolder } from "../../engine/link/folder.ts";
import type { Lineage } from "../../job/lineage.ts";
import type { BaseFiles, JobRequest } from "../../job/request.ts";
import { changedModules, changesBetween, tableNow } from "../../lineage/changed_sources.ts";
import { compareResults, type Difference } from "../../lineage/compare_results.ts";
import { type KnownResult, readResult } from "../../lineage/result_files.ts";
import type { Math as MathPart, PlannedRequest } from "../../math.ts";
import { isUrl } from "../../remote/url.ts";
import { isGlob, startOfGlob } from "../../system/glob.ts";
import { jobOf } from "../../wire/job_fields.ts";
import { localMath } from "../arguments/local.ts";
import { settingOption } from "../arguments/setting_options.ts";
import { type Command, type Given, optionOf, PROGRAM, UsageError } from "../arguments/usage.ts";
import { failureWords } from "../output/failure.ts";
import { Interruption } from "../output/interruption.ts";
import { printable } from "../output/lineage_words.ts";
import { runShown } from "../output/shown_run.ts";
import { err, out } from "../output/standard_output.ts";

/** Exit codes beside 1, when it can't be verified, and 2, when the command line is wrong. */
const EXIT_CODES = {
  "same": 0,
  "inputs changed": 3,
  "formula changed": 4,
  "different": 5,
} as const;

/** What is found. */
interface Verdict {
  Result: keyof typeof EXIT_CODES;
  /** Changed inputs. */
  Inputs?: string[];
  /** Changed files of the formula. */
  Formula?: string[];
  /** Where the result differs first. */
  Difference?: Difference;
  /** Of a result whose values are the same, whether the files are, too. */
  SameBytes?: boolean;
  /** Versions that made it, and that computed it now. */
  Versions: [made: string, now: string];
}

export const verify: Command = {
  name: "verify",
  operands: "FILE",
  summary: "compute a result again, and compare",
  description: `Computes a result again from what its footer names, and compares it bit for bit. The
result stays as it is; what is computed goes to a folder for temporary files
(TMPDIR), and is removed. FILE is a Parquet file, or a folder that is a result.

Exit codes:
  0  the same
  1  it can't be verified: no lineage, data out of reach, a formula that fails
  2  the command line is wrong
  3  inputs changed; the files are named, and nothing is computed
  4  the formula changed, or what it imports; the files are named
  5  different; the first row and column are named
  130, 143  Ctrl-C, or SIGTERM, ended it`,
  options: [
    {
      name: "directory",
      value: "DIR",
      help: "folder of the data and the formula (default: the result's own)",
    },
    { name: "json", help: "print the outcome as a line of JSON" },
    settingOption("hosts", "HTTP server that a URL of the data may name"),
  ],
  examples: [`${PROGRAM} verify data/means.parquet`],
  run: verifyResult,
};

async function verifyResult(given: Given): Promise<number> {
  const [file = ""] = given.rest;
  if (file === "") throw new UsageError("FILE is missing", "verify");
  const result = wholeResult(resolve(file));
  const directory = resolve(optionOf(given, "directory") ?? dirname(result.path));
  using interruption = new Interruption();
  let verdict: Verdict;
  try {
    verdict = await verdictOn(result, directory, given.options.get("allow-host"), interruption);
  } catch (thrown) {
    if (interruption.code === null) throw thrown;
    err(failureWords(ServiceError.from(thrown)));
    return interruption.code;
  }
  out(
    given.options.has("json")
      ? `${JSON.stringify(verdict)}\n`
      : `${words(basename(result.path), verdict).map(printable).join("\n")}\n`,
  );
  return EXIT_CODES[verdict.Result];
}

/** The result that a file is, or is a part of. */
function wholeResult(path: string): KnownResult {
  const result = readResult(path);
  const { Output } = result.lineage.Request;
  if (result.files[0] !== "" || !Output.endsWith("/")) return result;
  return readResult(join(path, ...Output.split("/").slice(0, -1).map(() => "..")));
}

async function verdictOn(
  result: KnownResult,
  directory: string,
  hosts: string[] | undefined,
  interruption: Interruption,
): Promise<Verdict> {
  const { lineage } = result;
  const request = requestOf(lineage, directory);
  const Versions: Verdict["Versions"] = [lineage.Version, VERSION];
  const formula = changedModules(lineage.Formula, dirname(join(directory, request.file)));
  const isThere = isFile(join(directory, request.file));
  if (!isThere) formula[0] += ` (looked for in ${directory}; --directory names another folder)`;
  const folder = await makePrivateFolder("tcp_server_verify_");
  try {
    using _ = holdFolder(folder);
    await using math = localMath([...foldersOf(request), folder], hosts);
    const found = isThere
      ? await plannedNow(math, request, result)
      : { planned: null, changes: [] };
    const changed = verdictOf(found.changes, formula, Versions);
    if (changed) return changed;
    const planned = { ...found.planned!, directory: await Deno.realPath(folder) };
    const { table } = result;
    const { tables, file: first } = await runShown(math, request, interruption, planned);
    const file = table === null ? first : tables?.find(({ name }) => name === table)?.file;
    if (file === undefined) {
      return {
        Result: "different",
        Difference: { what: `no table ${table} is computed` },
        Versions,
      };
    }
    if (!/(\.parquet|\/)$/.test(file)) {
      return { Result: "different", Difference: { what: "computed is no table" }, Versions };
    }
    const made = readResult(join(folder, file));
    // Files on HTTP servers, and those that changed just now.
    const inputs = lineage.Tables.flatMap((table, k) =>
      changesBetween(table, made.lineage.Tables[k]!)
    );
    const late = verdictOf(inputs, [], Versions);
    if (late) return late;
    const { difference, sameBytes } = compareResults(result, made);
    return difference
      ? { Result: "different", Difference: difference, Versions }
      : { Result: "same", SameBytes: sameBytes, Versions };
  } finally {
    removeIfThere(folder);
  }
}

function verdictOf(
  inputs: string[],
  formula: string[],
  Versions: Verdict["Versions"],
): Verdict | null {
  if (inputs.length + formula.length === 0) return null;
  return {
    Result: inputs.length > 0 ? "inputs changed" : "formula changed",
    ...(inputs.length > 0 ? { Inputs: inputs } : {}),
    ...(formula.length > 0 ? { Formula: formula } : {}),
    Versions,
  };
}

/** The request that made a result. @throws ServiceError for one of which not all is kept */
function requestOf({ Request, LeftOut = {} }: Lineage, directory: string): JobRequest {
  const [left] = Object.keys(LeftOut);
  if (left !== undefined || Request.Base === undefined) {
    throw new ServiceError(
      "BASE_UNREADABLE",
      `the result can't be computed again: its footer doesn't hold ${
        left ?? "Base"
      } of the request, which was too long`,
    );
  }
  const fields = { ...Request, Directory: directory, Output: `computed${formOf(Request.Output)}` };
  return jobOf(fields, ""); // numbers were looked at as they were written when the job was asked for
}

/** What of a result's name says how it is written. */
function formOf(output: string): string {
  const at = output.indexOf("/");
  return at < 0 ? ".parquet" : output.slice(at);
}

/** A job over the files that the result was computed from, and how these have changed. */
async function plannedNow(
  math: MathPart,
  request: JobRequest,
  { path, files, lineage }: KnownResult,
): Promise<{ planned: PlannedRequest | null; changes: string[] }> {
  let planned: PlannedRequest;
  try {
    planned = await math.check(request);
  } catch (thrown) {
    const { code, message } = ServiceError.from(thrown);
    if (code !== "BASE_NOT_FOUND") throw thrown;
    return { planned: null, changes: [message] };
  }
  const own = new Set(files.map((file) => join(Deno.realPathSync(path), file)));
  const changes: string[] = [];
  const now = <Table extends BaseFiles>(base: Table, index: number): Table => {
    const table = tableNow(lineage.Tables[index]!, base, own);
    changes.push(...table.changes);
    return { ...base, files: table.files };
  };
  const base = now(planned.base, 0);
  const inputs = planned.inputs?.map((input) => {
    const index = lineage.Tables.findIndex(({ Input }) => Input === input.input);
    return now(input, index);
  });
  const limits = { ...planned.limits, workBytes: lineage.WorkBytes };
  return {
    planned: { ...planned, base, ...(inputs === undefined ? {} : { inputs }), limits },
    changes,
  };
}

/** Folders that a job needs: its own, and those of files that it names elsewhere. */
function foldersOf({ directory, base, file, inputs = {} }: JobRequest): string[] {
  const names = [file, base, ...Object.values(inputs)].flat().filter((name) => !isUrl(name));
  const folders = names.map((name) =>
    resolve(directory, isGlob(name) ? startOfGlob(name) : dirname(name))
  );
  return [...new Set([directory, ...folders.filter(isFolder)])];
}

function isFolder(path: string): boolean {
  return isOf(path, ({ isDirectory }) => isDirectory);
}

function isFile(path: string): boolean {
  return isOf(path, ({ isFile }) => isFile);
}

function isOf(path: string, kind: (info: Deno.FileInfo) => boolean): boolean {
  try {
    return kind(Deno.statSync(path));
  } catch {
    return false; // whoever needs it says what is wrong
  }
}

function words(name: string, verdict: Verdict): string[] {
  const { Result, Inputs = [], Formula = [], Difference, SameBytes, Versions } = verdict;
  const [made, now] = Versions;
  const versions = made === now ? [] : [`it was made by version ${made}, and this is ${now}`];
  const lines = [
    ...Inputs.map((change) => `inputs changed: ${change}`),
    ...Formula.map((change) => `formula changed: ${change}`),
  ];
  if (Difference) {
    const { file, row, column, what } = Difference;
    const where = [
      ...(file === undefined ? [] : [file]),
      ...(row === undefined ? [] : [`row ${row}`]),
      ...(column === undefined ? [] : [`column ${column}`]),
    ];
    lines.push(`different: ${[...where, what].join(", ")}`);
  } else if (Result === "same") {
    lines.push(
      SameBytes
        ? "same: computed again, it has the same bytes"
        : "same: computed again, all values are the same, bit for bit; they are stored in other bytes",
    );
  }
  return [...lines.map((line) => `${name}: ${line}`), ...versions];
}
