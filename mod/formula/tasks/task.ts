import { memoryOf } from "../../parquet/write/join_row_groups.ts";
import type { EncodedRowGroup } from "../../parquet/write/encode.ts";
import { forged } from "../checks.ts";
import type { LoadedFormula } from "../loaded_formula.ts";

/**
 * One kind of work for a formula worker: what the worker does for its message, and what the engine takes for the
 * answer. An answer comes from a worker that runs somebody else's formula, so there is none without a check.
 */
export interface TaskDefinition<Message, Answer, Part = never> {
  /**
   * The worker's side.
   *
   * @param emit Tells parts of the answer before it is whole.
   * @throws ServiceError `FORMULA_FAILED` with the position in the author's file for what the
   * formula threw; others as the Parquet layer gives them.
   */
  run(
    formula: LoadedFormula,
    message: Message,
    emit: Emit,
  ): TaskResult | Promise<TaskResult>;
  /** The engine's side: the answer, once it is what it has to be. @throws ServiceError `FORMULA_FAILED`. */
  check(answer: unknown, message: Message): Answer;
  /** The same for a part that is told before. @throws ServiceError `FORMULA_FAILED`. */
  checkPart(part: unknown, message: Message): Part;
}

/** What a task came to, and the buffers that may be handed over instead of copied. */
export interface TaskResult {
  value: unknown;
  transfer: Transferable[];
}

/** Takes a part of a task's result, once what runs now may be interrupted. */
export type Emit = (part: TaskResult) => Promise<void>;

/** The check of parts of an answer that has none. */
export function noParts(): never {
  throw forged("a part of a result");
}

/** The check of values of the formula's own, which are handed back to it and looked at by nobody else. */
export function ownValue(value: unknown): unknown {
  return value;
}

/** A result that is copied. */
export function plain(value: unknown): TaskResult {
  return { value, transfer: [] };
}

/**
 * Row groups, which are handed over.
 *
 * @param more Whether there are more of the same.
 */
export function groupsResult(encoded: readonly EncodedRowGroup[], more = false): TaskResult {
  const groups = encoded.map((group) => ({ rows: group.rows, parts: [[group]] }));
  return { value: { type: "table", groups, ...(more && { more }) }, transfer: memoryOf(groups) };
}
