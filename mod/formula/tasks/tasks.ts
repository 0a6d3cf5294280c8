import type { LoadedFormula } from "../loaded_formula.ts";
import { aggregate } from "./aggregate.ts";
import { choose } from "./choose.ts";
import { column } from "./column.ts";
import { combine } from "./combine.ts";
import { count } from "./count.ts";
import { encode } from "./encode.ts";
import { filter } from "./filter.ts";
import { help } from "./help.ts";
import { kept } from "./kept.ts";
import { lines } from "./lines.ts";
import { main } from "./main.ts";
import { rows } from "./rows.ts";
import type { Emit, TaskDefinition, TaskResult } from "./task.ts";
import { touched } from "./touched.ts";
import { value } from "./value.ts";

/** All that a worker does, by the tasks' types. */
const TASKS = {
  aggregate,
  choose,
  column,
  combine,
  count,
  encode,
  filter,
  help,
  kept,
  lines,
  main,
  rows,
  touched,
  value,
};

type Tasks = typeof TASKS;

export type TaskType = keyof Tasks;

/** What a task of this type is told. */
type Message<T extends TaskType> = Parameters<Tasks[T]["run"]>[1];

/** One unit of work for a worker. */
export type Task<T extends TaskType = TaskType> = { [K in T]: { type: K } & Message<K> }[T];

/** What a task comes to, checked. */
export type Answer<T extends TaskType> = ReturnType<Tasks[T]["check"]>;

/** What it tells before. */
export type AnswerPart<T extends TaskType> = ReturnType<Tasks[T]["checkPart"]>;

type Definition<T extends TaskType> = TaskDefinition<Message<T>, Answer<T>, AnswerPart<T>>;

const DEFINITIONS: { [T in TaskType]: Definition<T> } = TASKS;

/** What a task of this type is. */
export function definitionOf<T extends TaskType>(type: T): Definition<T> {
  return DEFINITIONS[type];
}

/** Runs a task, as its definition says. */
export function runTask<T extends TaskType>(
  formula: LoadedFormula,
  task: Task<T>,
  emit: Emit,
): TaskResult | Promise<TaskResult> {
  return definitionOf(task.type).run(formula, task, emit);
}
