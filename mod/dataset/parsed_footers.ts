import type { RowGroup } from "hyparquet";
import type { OpenedFile } from "../parquet/read/parquet_file.ts";
import { withClientErrors } from "./client_errors.ts";

/** All that footers say of files' row groups, as far as a job has asked for it. */
const parsed = new Map<OpenedFile, RowGroup[]>();

/** Lets go of what was parsed of footers; it is parsed again where it is asked for. */
export function forgetParsed(): void {
  parsed.clear();
}

/** A file of which what is parsed of its footer is kept. It throws ServiceError for what is found in there. */
export function withFooter(file: OpenedFile): OpenedFile {
  const parse = () => {
    const whole = file.rowGroups();
    parsed.set(file, whole);
    return whole;
  };
  return {
    ...file,
    rowGroups: (leaves) =>
      parsed.get(file) ?? withClientErrors(() => leaves ? file.rowGroups(leaves) : parse()),
  };
}
