/** Another job's result, as far as it is drawn over the plot of one. */
import { moment } from "./format.js";
import { shortId } from "./job_state.js";
import { isTime, withUnit } from "./plot_lines.js";
import { ask, resultPath } from "./service.js";
import { text } from "./texts.js";

/** @import { ColumnInfo, JobsAnswer, PlotAnswer, ResultAnswer } from "../mod/http/page/shapes.ts" */

/** Jobs that are offered. */
const OFFERED = 20;
/** Characters of a job's parameters that are shown. */
const CUT = 40;
/** How often rows of a part of x are looked for at most, each time among fewer. */
const MOST_STEPS = 6;

/**
 * What is read of the other job.
 *
 * @typedef {object} Other
 * @property {PlotAnswer} reply
 * @property {ColumnInfo[]} columns its lines' own
 * @property {string[]} notes what it lacks
 */

/**
 * What is to be drawn over.
 *
 * @typedef {object} Base
 * @property {ColumnInfo[]} columns that are plotted
 * @property {ColumnInfo | null} x what they are plotted over; null for rows' numbers
 * @property {{ from: number, to: number } | null} rows that are looked at, of rows' numbers
 * @property {[number, number] | null} part of x that is looked at
 */

/** Complete jobs of a formula that may be compared with one, the newest first. @param {string} formula @param {string} id */
export async function otherJobs(formula, id) {
  const query = new URLSearchParams({ formula, state: "complete", limit: `${OFFERED}` });
  /** @type {JobsAnswer} */
  const { Jobs } = await ask(`jobs?${query}`);
  return Jobs.filter(({ Id }) => Id !== id).map(({ Id, Ended, Params = "" }) => {
    const params = Params.length > CUT ? `${Params.slice(0, CUT)}…` : Params;
    return { id: Id, words: [shortId(Id), params, moment(Ended)].filter(Boolean).join(" · ") };
  });
}

/**
 * Reads the same columns of another job's result, over the same part of x.
 *
 * @param {{ id: string, table: string | null }} shown the other job, and of several tables one
 * @param {Base} base
 * @param {URLSearchParams} how many points, and how they are spaced
 * @returns {Promise<Other>}
 * @throws {Error} that says why it can't be drawn
 */
export async function readOther(shown, { columns, x, rows, part }, how) {
  /** @type {ResultAnswer} */
  const { Columns = [] } = await ask(resultPath(shown, "result"));
  const own = (/** @type {string} */ name) =>
    Columns.find(({ Name, Plots }) => Name === name && Plots);
  if (x !== null) {
    const over = own(x.Name);
    if (over === undefined) throw new Error(text("otherNoColumn", x.Name));
    if (kindOf(over) !== kindOf(x)) {
      throw new Error(text("otherKind", x.Name, typeOf(over), typeOf(x)));
    }
  }
  const there = columns.flatMap(({ Name }) => own(Name) ?? []);
  const notes = columns.filter(({ Name }) => own(Name) === undefined)
    .map(({ Name }) => text("otherNoColumn", Name));
  if (there.length === 0) throw new Error(notes.join(" "));
  /** @param {{ from: number, to: number } | null} span @returns {Promise<PlotAnswer>} */
  const read = (span) => {
    const query = new URLSearchParams(how);
    query.set("x", x?.Name ?? "");
    for (const { Name } of there) query.append("y", Name);
    for (const [name, row] of Object.entries(span ?? {})) query.set(name, `${row}`);
    return ask(resultPath(shown, "plot", query));
  };
  let reply = await read(rows);
  if (rows !== null && rows.from >= reply.Rows) notes.push(text("otherNothing"));
  if (!reply.Plot.ascending) throw new Error(text("otherNotAscending", x?.Name ?? ""));
  for (let step = 0; part !== null && step < MOST_STEPS; step++) {
    const span = rowsOf(reply, part);
    if (span.to - span.from > (reply.To - reply.From) / 2) break;
    reply = await read(span);
  }
  const isThere = (/** @type {number | null} */ at) =>
    part === null || at !== null && part[0] <= at && at <= part[1];
  if (!reply.Plot.x.some(isThere)) notes.push(text("otherNothing"));
  return { reply, columns: there, notes };
}

/** Rows that are sure to hold a part of x, and one on either side. @param {PlotAnswer} reply @param {[number, number]} part */
function rowsOf({ Edges, Rows, Plot: { x } }, [low, high]) {
  const before = x.findLastIndex((at) => at !== null && at < low);
  const behind = x.findIndex((at) => at !== null && at > high);
  return {
    from: Edges[Math.max(0, before)],
    to: behind < 0 ? Edges[Edges.length - 1] : Math.min(Rows, Edges[behind] + 1),
  };
}

/** What two columns have to be alike in to share the x axis. @param {ColumnInfo} column */
function kindOf({ Kind, Type, Unit }) {
  if (isTime(Kind)) return `${Kind === "date" || Type.includes("UTC")}`;
  return `in ${Unit ?? ""}`;
}

/** @param {ColumnInfo} column */
function typeOf(column) {
  return withUnit({ Name: column.Type, Unit: column.Unit });
}
