/** What the cluster's keys in Redis are called. */

/** Every key's start. */
export const PREFIX = "measuring";
/** BullMQ's queues: of parts of jobs, and of what puts them together. */
export const TASKS = "tasks";
export const FINISH = "finish";

/** Bytes, by their SHA-256. */
export function bytesKey(digest: string): string {
  return `${PREFIX}:bytes:${digest}`;
}

/** The flow that a job's server waits for; what belongs to no such flow is given up. */
export function wantedKey(job: string): string {
  return `${PREFIX}:wanted:${job}`;
}

/** Names of all nodes, and what one of them tells of itself. */
export const NODES = `${PREFIX}:nodes`;

export function nodeKey(name: string): string {
  return `${PREFIX}:node:${name}`;
}

/** Channel on which flows are named that are given up; {@linkcode partsOf} one where its parent goes on. */
export const GIVEN_UP = `${PREFIX}:given-up`;

export function partsOf(flow: string): string {
  return `${flow}.*`;
}

/** A flow's child by the name that BullMQ has for it in all queues: `PREFIX:QUEUE:TASK`. */
export function taskOf(key: string): string {
  return key.slice(key.lastIndexOf(":") + 1);
}

/** The flow that something belongs to, by its id: a part's, or the flow's own. */
export function flowOf(id: string): string {
  const dot = id.lastIndexOf(".");
  return dot < 0 ? id : id.slice(0, dot);
}

/** The job that a flow, or a part of it, belongs to. */
export function jobOf(id: string): string {
  return id.slice(0, id.indexOf("_"));
}

/** The part of a job that a flow's child with this id is. */
export function groupOf(task: string): number {
  return Number(task.slice(task.lastIndexOf(".") + 1));
}
