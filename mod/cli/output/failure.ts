import { ConnectionError } from "../../client.ts";
import { ServiceError } from "../../common/errors.ts";
import { responseOf } from "../../wire/reply.ts";
import { type Given, type Option, PROGRAM } from "../arguments/usage.ts";
import { err, out } from "./standard_output.ts";

/** The option that has replies printed as they come. */
export const JSON_OPTION: Option = {
  name: "json",
  help: "print replies as JSON, as the protocol has them, those of failures, too",
};

/** An error in words: its code, where in a formula it is, and what it says. */
export function failureWords({ code, message, position: { where } }: ServiceError): string {
  return `${PROGRAM}: ${code}${where ? ` (${where})` : ""}: ${message}\n`;
}

/**
 * Prints a reply. One that tells of a failure is told in words on standard error where standard output is a
 * terminal, unless JSON is asked for.
 *
 * @return the exit code
 */
export function printReply(reply: string, given: Given): number {
  const failure = failureIn(reply);
  if (failure === null) {
    out(reply + "\n");
    return 0;
  }
  if (given.options.has(JSON_OPTION.name) || !Deno.stdout.isTerminal()) out(reply + "\n");
  else err(failureWords(failure));
  return 1;
}

/** The error that a reply tells of, or null. @throws {ConnectionError} for what is no reply */
export function failureIn(reply: string): ServiceError | null {
  try {
    responseOf(JSON.parse(reply));
    return null;
  } catch (thrown) {
    if (thrown instanceof ServiceError) return thrown;
    throw new ConnectionError(`what was replied is not JSON: ${reply.slice(0, 60)}`);
  }
}
