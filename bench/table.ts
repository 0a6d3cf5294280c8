/** The measurements as Markdown. */
import { type DoerName, type Measured, median } from "./measure.ts";
import type { Figure } from "./figure.ts";
import type { PeerName } from "./work.ts";

/** Peers that have a column of ratios of their own. */
const FURTHER: readonly PeerName[] = ["Dask", "pandas", "Polars", "hyparquet"];

/** What a bench has found. */
export interface Findings {
  rows: number;
  repeat: number;
  measured: Measured[];
  figures: Figure[];
  /** Peers that could not be had, and why. */
  absent: Partial<Record<PeerName, string>>;
}

/** The tables, and what falls short. */
export function markdown(findings: Findings): string {
  const { rows, repeat, measured, figures, absent } = findings;
  const lines = [
    `${
      rows.toLocaleString("en")
    } rows where no other number is said, 2 threads each (hyparquet and numpy have one), files in the page ` +
    `cache; medians of ${repeat}. A ratio is our time over TCP, from request to reply, divided by ` +
    "that of the other: below 1 we are quicker. A bare read is of the same columns' bytes, by two threads. " +
    "Peak memory is what server and engines had resident.",
    "",
  ];
  if (measured.length) lines.push(...table(workRows(findings)), "");
  if (figures.length) lines.push(...table(figureRows(figures)), "");
  for (const [name, reason] of Object.entries(absent)) lines.push(`${name}: ${reason}.`, "");
  for (const { work, faults } of measured) {
    for (const [name, fault] of Object.entries(faults)) {
      lines.push(`**${work.name}, ${name}: ${fault}**`, "");
    }
  }
  const short = shortfalls(findings);
  lines.push(short.length ? "Short of what must be reached:" : "All that must be reached is.", "");
  lines.push(...short.map((line) => `- ${line}`));
  return `${lines.join("\n").trimEnd()}\n`;
}

/** Each requirement that is not met, or could not be measured, in a line. */
export function shortfalls({ measured, figures, absent }: Findings): string[] {
  const lines: string[] = [];
  for (const one of measured) {
    for (const [name, most] of Object.entries(one.work.mustReach) as [PeerName, number][]) {
      const ratio = ratioTo(one, name);
      const why = absent[name] ?? one.faults.ours ?? one.faults[name] ?? "was not measured";
      if (ratio === undefined) lines.push(`${one.work.title}: ${name} ${why}`);
      else if (ratio > most) {
        lines.push(`${one.work.title}: ${digits(ratio)} × ${name}, must be ${most}`);
      }
    }
  }
  for (const figure of figures.filter((figure) => !reaches(figure))) {
    lines.push(`${figure.title}: ${amount(figure)}, must be ${limitOf(figure)}`);
  }
  return lines;
}

function workRows({ measured, absent }: Findings): string[][] {
  const cost = ["in the job", "ns a value", "a bare read", "peak memory"];
  const head = ["work", "ours", ...cost, "`run`", "measured against", "ratio", "must reach"];
  const rows = measured.map((one) => {
    const { work, jobSeconds } = one;
    const peer = work.peers[0]!;
    const ratio = (name: PeerName) => {
      if (!work.peers.includes(name)) return "";
      const value = ratioTo(one, name);
      return value === undefined ? absenceOf(one, name, absent) : digits(value);
    };
    const limits = Object.entries(work.mustReach).map(([name, most]) => `${most} × ${name}`);
    return [
      work.title,
      time(one, "ours", absent),
      jobSeconds.length ? milliseconds(median(jobSeconds)) : "",
      perValue(one),
      bareRead(one, absent),
      one.megabytes === undefined ? "" : `${Math.round(one.megabytes)} MB`,
      time(one, "run", absent),
      `${peer} ${time(one, peer, absent)}`,
      ratio(peer),
      limits.join(", "),
      ...FURTHER.map(ratio),
    ];
  });
  return [[...head, ...FURTHER.map((name) => `× ${name}`)], ...rows];
}

function figureRows(figures: Figure[]): string[][] {
  const rows = figures.map((figure) => [
    figure.title,
    amount(figure),
    limitOf(figure),
    figure.note ?? "",
  ]);
  return [["figure", "ours", "must be", ""], ...rows];
}

/** Our time as a share of another's; undefined where one of them has none. */
function ratioTo({ seconds }: Measured, name: DoerName): number | undefined {
  const [ours, theirs] = [seconds.ours, seconds[name]];
  return ours && theirs ? median(ours) / median(theirs) : undefined;
}

function time(one: Measured, name: DoerName, absent: Findings["absent"]): string {
  const seconds = one.seconds[name];
  return seconds ? milliseconds(median(seconds)) : absenceOf(one, name, absent);
}

function absenceOf({ faults }: Measured, name: DoerName, absent: Findings["absent"]): string {
  const limit = /takes longer than (\d+) seconds/.exec(faults[name] ?? "")?.[1];
  if (limit !== undefined) return `> ${limit} s`;
  if (faults[name] !== undefined) return faults[name].split(/[ :]/, 1)[0]!;
  return name in absent ? "not installed" : "–";
}

/** Nanoseconds from request to reply for each value that the work reads. */
function perValue({ work, rows, seconds }: Measured): string {
  if (!seconds.ours) return "";
  return digits(median(seconds.ours) * 1e9 / (rows * work.columns.length));
}

/** The bandwidth that the machine has for this: the time of a read that does nothing with the bytes. */
function bareRead(one: Measured, absent: Findings["absent"]): string {
  return one.work.way ? "" : time(one, "a bare read", absent);
}

function reaches({ value, mustReach }: Figure): boolean {
  return mustReach === undefined || value <= mustReach;
}

function limitOf({ mustReach, unit }: Figure): string {
  return mustReach === undefined ? "" : `at most ${Math.round(mustReach)} ${unit}`;
}

function amount({ value, unit }: Figure): string {
  const text = value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
  return `${text} ${unit}`;
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
}

function digits(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0);
}

/** Rows of cells, the first the head, with columns of even width. */
function table([head, ...rows]: string[][]): string[] {
  const all = [head!, head!.map(() => ""), ...rows];
  const widths = head!.map((_, column) => Math.max(3, ...all.map((row) => row[column]!.length)));
  all[1] = widths.map((width) => "-".repeat(width));
  return all.map((row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`
  );
}
