import { ServiceError } from "../../common/errors.ts";
import { inputsField } from "../../wire/input_fields.ts";
import type { JobFields } from "../../wire/job_fields.ts";
import { type Given, type Option, UsageError } from "./usage.ts";

/** The option that names further tables. */
export const INPUT_OPTION: Option = {
  name: "input",
  value: "NAME=BASE",
  help: "a further table of the formula, such as limits=limits.parquet; may be repeated",
  many: true,
};

/**
 * The further tables that a command line names, as a request has them.
 *
 * @param pathOf Changes what stands behind a name.
 * @throws {UsageError} for what is no name and table, and for a name that comes twice
 */
export function inputFields(
  given: Given,
  command: string,
  pathOf: (base: string) => string = (base) => base,
): Pick<JobFields, "Inputs"> {
  const inputs: Record<string, string> = {};
  for (const text of given.options.get(INPUT_OPTION.name) ?? []) {
    const [, name, base] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || base === undefined) {
      throw new UsageError(`--input must be NAME=BASE, not ${text}`, command);
    }
    if (Object.hasOwn(inputs, name)) {
      throw new UsageError(
        `--input names ${name} twice: give each table a name of its own`,
        command,
      );
    }
    Object.defineProperty(inputs, name, { value: pathOf(base), enumerable: true });
  }
  if (Object.keys(inputs).length === 0) return {};
  try {
    inputsField({ Inputs: inputs });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new UsageError(error.message.replace("Request.Inputs", "--input"), command);
  }
  return { Inputs: inputs };
}
