import { basename, dirname, isAbsolute, join, resolve } from "@std/path";
import { ServiceError } from "../../common/errors.ts";
import { foreignPathHint } from "../../common/foreign_path.ts";
import { EXPORT_WORDS } from "../../formula/exports.ts";
import { type TrialReport, TRIED_BY_FILTER } from "../../job/request.ts";
import { fileName, isUrl } from "../../remote/url.ts";
import { requestedRows } from "../../wire/job_fields.ts";
import { inputsField } from "../../wire/input_fields.ts";
import { table } from "../arguments/help.ts";
import { failureWords } from "../output/failure.ts";
import { err, out, OutputError } from "../output/standard_output.ts";
import { localMath } from "../arguments/local.ts";
import { INPUT_OPTION, inputFields } from "../arguments/inputs.ts";
import { checkedParams, PARAMS_OPTION } from "../arguments/params.ts";
import { ROW_OPTIONS, rowFields } from "../arguments/rows.ts";
import { settingOption } from "../arguments/setting_options.ts";
import { type Command, type Given, optionOf, PROGRAM, UsageError } from "../arguments/usage.ts";

/** Rows a formula is tried on. */
const TRY_ROWS = 1000;

export const check: Command = {
  name: "check",
  operands: "FILE",
  summary: "try a formula on the first rows of a file",
  description:
    `Loads a formula in the sandbox, runs it on the first ${TRY_ROWS} rows, and says what it
exports, which columns it touches and what it returns. No result is kept.
With --from, --to or --filter, or a filter of its own, it runs on the rows that
fit among the first ${TRIED_BY_FILTER} that statistics don't rule out.
Exit code 1 when the formula fails.

A formula exports map, chunk with combine, or main; these are looked at:
${table(Object.values(EXPORT_WORDS).map(({ example, help }) => [example, help]))}`,
  options: [
    {
      name: "base",
      value: "FILE",
      help: "Parquet file, from the formula's folder or from here, or a URL",
    },
    PARAMS_OPTION,
    INPUT_OPTION,
    ...ROW_OPTIONS,
    settingOption("hosts", "HTTP server that a URL in --base may name"),
  ],
  examples: [`${PROGRAM} check data/work.ts --base time_series.parquet`],
  run: checkFormula,
};

async function checkFormula(given: Given): Promise<number> {
  const [file = ""] = given.rest;
  const base = optionOf(given, "base");
  if (file === "") throw new UsageError("FILE is missing", "check");
  if (base === undefined) throw new UsageError("--base is missing", "check");
  const params = paramsOf(optionOf(given, "params"));
  const rows = rowFields(given, "check");
  const formula = resolve(file);
  const foreign = foreignPathHint(file);
  if (foreign !== "" && !isThere(formula)) {
    throw new ServiceError("FORMULA_NOT_FOUND", `${file} doesn't exist${foreign}`);
  }
  const data = pathOf(base, dirname(formula));
  const { Inputs = {} } = inputFields(given, "check", (name) => pathOf(name, dirname(formula)));
  const inputs = inputsField({ Inputs });
  try {
    const files = [data, ...Object.values(inputs).flat()].filter((path) => !isUrl(path));
    const folders = [...new Set([dirname(formula), ...files.map((path) => dirname(path))])];
    await using math = localMath(folders, given.options.get("allow-host"));
    const place = { directory: dirname(formula), base: data, file: basename(formula) };
    const request = { ...place, params, inputs, ...requestedRows({ ...rows }) };
    const report = await math.try(request, TRY_ROWS);
    out(described(report, basename(formula), fileName(data)));
    return 0;
  } catch (thrown) {
    if (thrown instanceof OutputError) throw thrown;
    err(failureWords(ServiceError.from(thrown)));
    return 1;
  }
}

function paramsOf(text: string | undefined): unknown {
  return text === undefined ? null : JSON.parse(checkedParams(text, "check"));
}

/** A name from the formula's folder where there is such a file, from the working directory otherwise. */
function pathOf(name: string, folder: string): string {
  if (isAbsolute(name) || isUrl(name)) return name;
  const beside = join(folder, name);
  return isThere(beside) ? beside : resolve(name);
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false; // whatever it is, it can't be used
  }
}

function described(report: TrialReport, file: string, base: string): string {
  const { exports, columns, touched, result, tables, inputs = [], joined = [] } = report.trial;
  const types = new Map([...columns, ...joined].map(({ name, type }) => [name, type]));
  for (const { name: input, columns } of inputs) {
    for (const { name, type } of columns) types.set(`${input}.${name}`, type);
  }
  const listed = (all: typeof columns) =>
    all.map(({ name, type, unit }) => `${name} ${type}${unit === undefined ? "" : ` in ${unit}`}`)
      .join(", ");
  const lines = [
    `${file} exports ${exports.join(", ")}; it runs as ${report.kind}`,
    `${base} has ${listed(columns)}`,
    ...inputs.map(({ name, columns }) => `input ${name} has ${listed(columns)}`),
    ...(joined.length === 0 ? [] : [`joined: ${listed(joined)}`]),
    touched.length
      ? `touched: ${touched.map((name) => `${name} ${types.get(name)}`).join(", ")}`
      : "touched: no column",
    ...(tables ?? []).map(({ name, rows, columns }) =>
      `returned table ${name}: ${rows} rows of ${listed(columns)}`
    ),
    ...(tables ? [] : [
      result
        ? `returned: ${report.rows} rows of ${listed(result)}`
        : `returned: ${report.result ?? "a result too long to show"}`,
    ]),
    ...report.log.map(({ text }) => `log: ${text}`),
    `${
      report.skipped === undefined
        ? `the first ${TRY_ROWS} rows`
        : `what fits of the first ${TRIED_BY_FILTER} rows`
    } took ${report.seconds.toFixed(3)} s`,
  ];
  return lines.join("\n") + "\n";
}
