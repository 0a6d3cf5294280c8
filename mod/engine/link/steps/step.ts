import { ServiceError } from "../../../common/errors.ts";
import type { Struct } from "superstruct";
import { faultOf } from "../../../job/shapes.ts";

/** What of a job an engine is to do: what it is told, and what the server takes for its answer. */
export interface StepDefinition<Message, Answer> {
  /** Whether it goes on with what the job's earlier steps have left in an engine. */
  follows: boolean;
  /** The answer, once it is what it has to be. @throws ServiceError `INTERNAL`. */
  check(answer: unknown, message: Message): Answer;
}

/** Checks an answer by its shape. @throws ServiceError `INTERNAL`, with what is wrong first. */
export function checked<T>(shape: Struct<T, unknown>, answer: unknown): T {
  const fault = faultOf(shape, answer);
  if (fault === null) return answer as T;
  throw new ServiceError("INTERNAL", `the job's engine gave an answer that is none: ${fault}`);
}
