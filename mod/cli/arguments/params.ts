import { ServiceError } from "../../common/errors.ts";
import { refuseInexactJson } from "../../wire/exact_numbers.ts";
import { refuseLoss } from "../../wire/row_fields.ts";
import { UsageError } from "./usage.ts";

/** The text that `--params` brings. @throws {UsageError} where it is not JSON, or has numbers that would be rounded */
export function checkedParams(text: string, command: string): string {
  return checkedJson("--params", text, command, refuseInexactJson);
}

/** The same of `--filter`. @throws {UsageError} also for a key that is written twice */
export function checkedFilter(text: string, command: string): string {
  return checkedJson("--filter", text, command, refuseLoss);
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
