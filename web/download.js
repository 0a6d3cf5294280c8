/** Results that are saved: the file, and what is chosen of its rows as CSV. */
import { make, say } from "./dom.js";
import { ask, resultPath } from "./service.js";
import { text } from "./texts.js";

/** @import { ColumnInfo, DownloadAnswer } from "../mod/http/page/shapes.ts" */

/** @typedef {{ id: string, table: string | null }} Shown the job, and of several tables one */

/** Kinds of columns that CSV has no values for. */
const UNFIT = ["bytes", "nested"];

/**
 * A button that saves the result's file.
 *
 * @param {Shown} shown
 * @param {string} file
 */
export function fileButton(shown, file) {
  return saving(text("saveFile", file), shown, () => resultPath(shown, "file"));
}

/**
 * What chooses columns and rows, and saves them as CSV.
 *
 * @param {Shown} shown
 * @param {ColumnInfo[]} columns
 * @param {number} rows of the whole result
 */
export function csvForm(shown, columns, rows) {
  const boxes = columns.map(({ Name, Kind }) => {
    const disabled = UNFIT.includes(Kind);
    return make("input", { type: "checkbox", value: Name, checked: !disabled, disabled });
  });
  const number = (/** @type {number} */ value) =>
    make("input", { type: "number", min: "1", max: String(rows), step: "1", value: String(value) });
  const first = number(1), last = number(rows);
  const button = saving(text("saveCsv"), shown, () => {
    const chosen = boxes.filter(({ checked }) => checked);
    if (chosen.length === 0) throw new Error(text("noColumn"));
    const from = Number(first.value), to = Number(last.value);
    if (
      !(Number.isInteger(from) && Number.isInteger(to) && from >= 1 && to >= from && to <= rows)
    ) {
      throw new Error(text("wrongRows", rows));
    }
    const query = new URLSearchParams({ from: String(from - 1), to: String(to) });
    for (const { value } of chosen) query.append("column", value);
    return resultPath(shown, "csv", query);
  });
  return make(
    "details",
    { className: "csv" },
    make("summary", {}, text("csvOf")),
    make(
      "fieldset",
      {},
      make("legend", {}, text("csvColumns")),
      ...boxes.map((box, k) => make("label", {}, box, ` ${columns[k].Name}`)),
    ),
    make(
      "div",
      { className: "controls" },
      make("label", {}, `${text("fromRow")} `, first),
      make("label", {}, `${text("toRow")} `, last),
    ),
    button,
  );
}

/**
 * A button that saves what a path leads to, once it is known to be there; what is wrong is said beside it.
 *
 * @param {string} name
 * @param {Shown} shown
 * @param {() => string} path below `/api/`; throws an Error that says what is wrong with what is chosen
 */
function saving(name, shown, path) {
  const button = make("button", { type: "button" }, name);
  const refused = make("span", { className: "refused", role: "alert" });
  button.onclick = async () => {
    say(refused, "");
    try {
      const href = `/api/${path()}`;
      /** @type {DownloadAnswer} */
      const _there = await ask(resultPath(shown, "download"));
      make("a", { href, download: "" }).click();
    } catch (error) {
      say(refused, error instanceof Error ? error.message : String(error));
    }
  };
  return make("p", { className: "saving" }, button, " ", refused);
}
