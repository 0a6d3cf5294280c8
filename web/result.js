/** A job's result: its columns, and a plot of one of them. */
import { make, say } from "./dom.js";
import { csvForm, fileButton } from "./download.js";
import { currentLook } from "./look.js";
import { PlotView } from "./plot.js";
import { isTime, withUnit } from "./plot_lines.js";
import { TableView } from "./result_table.js";
import { ask, resultPath } from "./service.js";
import { text } from "./texts.js";

/** @import { ResultAnswer } from "../mod/http/page/shapes.ts" */

/** Names that are likely to be what the others are plotted over. */
const ACROSS = /^(time|date|timestamp|t|x|frequency|freq|hours|minutes|seconds|lower)$/i;

/** Results of no more rows than these are read as a table; the plot is folded. */
const FEW = 20;

/**
 * Shows the result of a complete job.
 *
 * @param {HTMLElement} place
 * @param {{ id: string, table: string | null }} shown the job, and of several tables one; the first where it is null
 * @param {(table: string) => void} choose is called for another table
 * @param {string} formula of the job
 * @returns {Promise<PlotView | null>} the plot, where there is one
 */
export async function showResult(place, shown, choose, formula) {
  const note = make("p", {}, text("reading"));
  place.replaceChildren(make("h3", {}, text("result")), note);
  /** @type {ResultAnswer} */
  let result;
  try {
    result = await ask(resultPath(shown, "result"));
    if (!note.isConnected) return null; // another table is wanted by now
  } catch (error) {
    note.className = "error";
    say(note, error instanceof Error ? error.message : String(error));
    return null;
  }
  const { Table, Tables = [] } = result;
  if (Tables.length > 1) {
    const options = Tables.map((name) => make("option", { value: name }, name));
    const select = make("select", { name: "table" }, ...options);
    select.value = Table ?? "";
    select.onchange = () => choose(select.value);
    note.before(make("p", {}, make("label", {}, `${text("table")} `, select)));
  }
  if (!result.File.endsWith("/")) place.append(fileButton(shown, result.File));
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
  const table = new TableView(shown, result.Columns, result.Rows);
  if (result.Rows > 0) {
    table.start();
    table.element.append(csvForm(shown, result.Columns, result.Rows));
  }
  const numeric = result.Columns.filter(({ Plots }) => Plots);
  if (numeric.length === 0 || result.Rows === 0) {
    place.append(result.Rows > 0 ? table.element : "");
    return null;
  }
  const x = numeric.find(({ Kind }) => isTime(Kind)) ??
    numeric.find(({ Name }) => ACROSS.test(Name));
  // A time is what others are plotted over, and plotted itself only where there is nothing else.
  const y = numeric.find((column) => column !== x && !isTime(column.Kind)) ??
    numeric.find((column) => column !== x) ?? numeric[0];
  const look = currentLook();
  const isChosen = look.y.length > 0;
  if (!isChosen) look.y = [y.Name];
  look.x ??= x === y ? "" : x?.Name ?? "";
  const view = new PlotView(shown, result.Columns, look, formula);
  if (result.Rows > FEW) {
    place.append(view.element, make("h3", {}, text("rowsOfResult")), table.element);
    view.start();
    return view;
  }
  const plot = make("details", { open: isChosen }, make("summary", {}, text("plot")), view.element);
  plot.ontoggle = () => plot.open && view.start();
  place.append(table.element, plot);
  return view;
}

/** JSON with a line for every member. @param {string} json */
function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
