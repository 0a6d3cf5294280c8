import { ServiceError } from "../../common/errors.ts";
import { refuseInexactJson } from "../../wire/exact_numbers.ts";
import { UsageError } from "./usage.ts";

/** The text that `--params` brings. @throws {UsageError} where it is not JSON, or has numbers that would be rounded */
export function checkedParams(text: string, command: string): string {
  try {
    JSON.parse(text);
    refuseInexactJson(text, "--params");
    return text;
  } catch (error) {
    if (error instanceof ServiceError) throw new UsageError(error.message, command);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--params is not JSON: ${reason}`, command);
  }
}
