/** A job's result: its columns, and a plot of one of them. */
import { make, say } from "./dom.js";
import { PlotView, withUnit } from "./plot.js";
import { ask, jobPath } from "./service.js";
import { text } from "./texts.js";

/** @import { ResultAnswer } from "../mod/http/page/shapes.ts" */

/** Names that are likely to be what the others are plotted over. */
const ACROSS = /^(time|date|timestamp|t|x|frequency|freq|hours|minutes|seconds|lower)$/i;

/**
 * Shows the result of a complete job.
 *
 * @param {HTMLElement} place
 * @param {string} id
 * @returns {Promise<PlotView | null>} the plot, where there is one
 */
export async function showResult(place, id) {
  const note = make("p", {}, text("reading"));
  place.replaceChildren(make("h3", {}, text("result")), note);
  /** @type {ResultAnswer} */
  let result;
  try {
    result = await ask(jobPath(id, "result"));
  } catch (error) {
    note.className = "error";
    say(note, error instanceof Error ? error.message : String(error));
    return null;
  }
  if (result.Columns === undefined) {
    say(note, text(result.Text == null ? "resultLong" : "resultText"));
    if (result.Text != null) {
      place.append(make("pre", { tabIndex: 0, ariaLabel: text("result") }, pretty(result.Text)));
    }
    return null;
  }
  say(note, text("columns", result.Rows));
  place.append(make(
    "ul",
    { className: "columns" },
    ...result.Columns.map(({ Name, Type, Unit }) =>
      make("li", {}, make("b", {}, withUnit({ Name, Unit })), ` ${Type}`)
    ),
  ));
  const numeric = result.Columns.filter(({ Kind }) => Kind !== "string" && Kind !== "plain");
  if (numeric.length === 0 || result.Rows === 0) {
    place.append(make("p", {}, text("noNumbers")));
    return null;
  }
  const x = numeric.find(({ Kind }) => isTime(Kind)) ??
    numeric.find(({ Name }) => ACROSS.test(Name));
  const y = numeric.find((column) => column !== x) ?? numeric[0];
  const view = new PlotView(id, numeric, { y: y.Name, x: x === y ? null : x?.Name ?? null });
  place.append(view.element);
  view.start();
  return view;
}

/** @param {string} kind */
export function isTime(kind) {
  return kind === "timestamp" || kind === "date";
}

/** JSON with a line for every member. @param {string} json */
function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
