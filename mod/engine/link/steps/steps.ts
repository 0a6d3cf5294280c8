import type { JobPlan } from "../../../job/request.ts";
import type { PartialPlace } from "../../../result/place.ts";
import { compute } from "./compute.ts";
import { finish } from "./finish.ts";
import { gather } from "./gather.ts";
import { job } from "./job.ts";
import { lines } from "./lines.ts";
import { outline } from "./outline.ts";
import { publish } from "./publish.ts";
import type { StepDefinition } from "./step.ts";
import { trial } from "./trial.ts";
import { view } from "./view.ts";

/** All that an engine does, by the steps' types. */
const STEPS = { compute, finish, gather, job, lines, outline, publish, trial, view };

type Steps = typeof STEPS;

export type StepType = keyof Steps;

type Message<T extends StepType> = Parameters<Steps[T]["check"]>[1];

/** What of a job is to be done. */
export type Step<T extends StepType = StepType> = { [K in T]: { type: K } & Message<K> }[T];

/** What a step comes to, checked. */
export type StepAnswer<T extends StepType> = ReturnType<Steps[T]["check"]>;

/** What an engine is handed. */
export type Plan<T extends StepType = StepType> = JobPlan & { step: Step<T> };

type Definition<T extends StepType> = StepDefinition<Message<T>, StepAnswer<T>>;

const DEFINITIONS: { [T in StepType]: Definition<T> } = STEPS;

/** What a step of this type is. */
export function stepOf<T extends StepType>(type: T): Definition<T> {
  return DEFINITIONS[type];
}

/** What the hidden name of a plan's result is made of. */
export function partialPlaceOf({ step, ...plan }: Plan): PartialPlace {
  const { id, attempt, directory, stem } = plan;
  const place = { id, attempt, directory, stem };
  return "part" in step && step.part !== undefined ? { ...place, part: step.part } : place;
}
