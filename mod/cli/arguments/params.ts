import { ServiceError } from "../../common/errors.ts";
import { refuseInexactJson } from "../../wire/exact_numbers.ts";
import { refuseLoss } from "../../wire/row_fields.ts";
import { type Option, UsageError } from "./usage.ts";

/** The option that brings a formula's parameters. */
export const PARAMS_OPTION: Option = {
  name: "params",
  value: "JSON",
  help: "handed to the formula as context.params; @FILE has it in a file",
};

/**
 * The text that `--params` brings.
 *
 * @param text JSON, or `@` and a file's name
 * @throws {UsageError} where it is not JSON, has numbers that would be rounded, or is in a file that can't be read
 */
export function checkedParams(text: string, command: string): string {
  const json = text.startsWith("@") ? textIn(text.slice(1), command) : text;
  return checkedJson("--params", json, command, refuseInexactJson);
}

/** The same of `--filter`. @throws {UsageError} also for a key that is written twice */
export function checkedFilter(text: string, command: string): string {
  return checkedJson("--filter", text, command, refuseLoss);
}

function textIn(path: string, command: string): string {
  try {
    return Deno.readTextFileSync(path).replace(/^\uFEFF/, "");
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it doesn't exist" : String(error);
    throw new UsageError(`the file ${path} of --params can't be read: ${reason}`, command);
  }
}

function checkedJson(
  option: string,
  text: string,
  command: string,
  check: (text: string, name: string) => void,
): string {
  try {
    JSON.parse(text);
    check(text, option);
    return text;
  } catch (error) {
    if (error instanceof ServiceError) throw new UsageError(error.message, command);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${option} is not JSON: ${reason}`, command);
  }
}
