/** Opening a job's data: what can't be opened is told by a code of the protocol, with what to do. */
import { ServiceError } from "../common/errors.ts";
import type { BaseFiles } from "../job/request.ts";
import { fileName } from "../remote/url.ts";
import type { OpenedDataset } from "./dataset.ts";
import { openDataset, openTable } from "./open_dataset.ts";

/**
 * Opens the files of a dataset and checks them against each other.
 *
 * @throws ServiceError `BASE_NOT_FOUND`, `BASE_NOT_PARQUET`, `BASE_UNREADABLE`.
 */
export function openBase(base: BaseFiles): OpenedDataset {
  return opened(base, openDataset);
}

/** The same of a table that the next job's data need not be compared with. */
export function openBeside(base: BaseFiles): OpenedDataset {
  return opened(base, openTable);
}

function opened({ name, files }: BaseFiles, open: typeof openDataset): OpenedDataset {
  try {
    return open(name, files);
  } catch (thrown) {
    if (thrown instanceof ServiceError) throw withRemedy(thrown, files);
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    throw new ServiceError("BASE_NOT_FOUND", `a file of ${name} is not there any more`);
  }
}

/** Other formats of tables, by the endings of their files, and what reads them in Python. */
const OTHER_FORMATS: Readonly<Record<string, string>> = {
  csv: "pandas.read_csv(FILE)",
  tsv: "pandas.read_csv(FILE, sep='\\t')",
  txt: "pandas.read_csv(FILE)",
  json: "pandas.read_json(FILE)",
  xls: "pandas.read_excel(FILE)",
  xlsx: "pandas.read_excel(FILE)",
  feather: "pandas.read_feather(FILE)",
  arrow: "pandas.read_feather(FILE)",
  orc: "pandas.read_orc(FILE)",
  h5: "pandas.read_hdf(FILE)",
};

/** An error for a file of another format, with what makes it Parquet; any other as it is. */
function withRemedy(error: ServiceError, files: BaseFiles["files"]): ServiceError {
  if (error.code !== "BASE_NOT_PARQUET") return error;
  const name = files.map(({ path }) => fileName(path)).find((one) => error.message.startsWith(one));
  const [, stem, ending] = /^(.*)\.([a-z0-9]+)$/i.exec(name ?? "") ?? [];
  const format = ending?.toLowerCase() ?? "";
  if (name === undefined || !Object.hasOwn(OTHER_FORMATS, format)) return error;
  const read = OTHER_FORMATS[format]!.replace("FILE", `'${name}'`);
  return new ServiceError(
    error.code,
    `${error.message}; make it Parquet first, in Python: ${read}.to_parquet('${stem}.parquet')`,
  );
}
