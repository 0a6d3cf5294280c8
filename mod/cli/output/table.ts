import type { JobInfo } from "../../wire/job_info.ts";
import { progressOf } from "../arguments/remote.ts";

const HEAD = ["ID", "STATE", "DONE", "ERROR", "SUBMITTED", "CLIENT", "FORMULA", "BASE"];
const CELLS = 10;

/**
 * Jobs as lines of a table.
 *
 * @param columns Of the terminal: longer lines are cut, and the share done is drawn as a bar.
 * @param now In a terminal: times are told as ages.
 */
export function drawTable(jobs: JobInfo[], columns?: number, now?: Date): string[] {
  const rows = [HEAD, ...jobs.map((job) => cells(job, columns !== undefined, now))];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => {
    const line = row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd();
    return columns === undefined ? line : line.slice(0, columns);
  });
}

function cells(job: JobInfo, bar: boolean, now: Date | undefined): string[] {
  const { done, total } = progressOf(job);
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const percent = `${Math.floor(share * 100)} %`;
  const full = Math.floor(share * CELLS);
  return [
    job.Id,
    job.State,
    bar ? `${"#".repeat(full)}${"-".repeat(CELLS - full)} ${percent.padStart(5)}` : percent,
    job.Error?.Code ?? "",
    now === undefined ? job.Submitted : age(now.getTime() - Date.parse(job.Submitted)),
    job.Client,
    `${job.Directory.replace(/\/$/, "")}/${job.File}`,
    job.Base,
  ].map((cell) => cell.replaceAll(/\p{C}/gu, "?"));
}

function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 100) return `${seconds} s ago`;
  return seconds < 6000
    ? `${Math.round(seconds / 60)} min ago`
    : `${Math.round(seconds / 3600)} h ago`;
}
