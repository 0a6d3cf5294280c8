/** What the server and its engines know alike of the further tables of a job. */
import { ServiceError } from "../common/errors.ts";

/** Further tables of a job at most. */
export const MOST_INPUTS = 16;

/** An error of a further table, which names it. */
export function ofInput(thrown: unknown, input: string): unknown {
  if (!(thrown instanceof ServiceError)) return thrown;
  return new ServiceError(thrown.code, `Inputs.${input}: ${thrown.message}`);
}
