/** How a job stands, in numbers and words. */
import { seconds } from "./format.js";
import { text } from "./texts.js";

/** @import { JobInfo } from "../mod/wire/job_info.ts" */

/** @param {JobInfo} job */
export function isEnded({ State }) {
  return State !== "queued" && State !== "running";
}

/** Seconds a job ran, or null before. @param {JobInfo} job */
export function tookOf({ Started, Ended, Seconds }) {
  if (Started === null) return null;
  return Ended === null ? Seconds ?? null : (Date.parse(Ended) - Date.parse(Started)) / 1000;
}

/** How far a running job is, from 0 to 1. @param {JobInfo} job */
export function shareOf({ RowsDone, RowsTotal, TasksDone, TasksTotal }) {
  if (RowsTotal && RowsDone) return RowsDone / RowsTotal;
  return TasksTotal ? (TasksDone ?? 0) / TasksTotal : null;
}

/** The same in words. @param {JobInfo} job */
export function farOf({ State, RowsDone, RowsTotal, TasksDone, TasksTotal, SecondsLeft }) {
  if (State !== "running") return "";
  const far = RowsTotal && RowsDone
    ? text("rowsOf", RowsDone, RowsTotal)
    : TasksTotal
    ? text("tasksOf", TasksDone ?? 0, TasksTotal)
    : "";
  const left = typeof SecondsLeft === "number" ? text("left", seconds(Math.ceil(SecondsLeft))) : "";
  return [far, left].filter(Boolean).join(", ");
}

/** An id that is short enough for a list. @param {string} id */
export function shortId(id) {
  return id.slice(0, 8);
}
