/** Rows of a result, read from the file as they are looked at. */
import { make, say } from "./dom.js";
import { withUnit } from "./plot_lines.js";
import { ask, resultPath } from "./service.js";
import { text } from "./texts.js";

/** @import { ColumnInfo, RowsAnswer } from "../mod/http/page/shapes.ts" */

/** Rows on a page of the table. */
const PAGE = 50;
/** Kinds of columns whose values stand on the left. */
const TEXTS = ["string", "json", "uuid", "bytes", "nested", "null", "boolean"];

export class TableView {
  element = make("div", { className: "cells" });
  #shown;
  #columns;
  #rows;
  #from = 0;
  #asked = 0;
  #body = make("tbody");
  #under = make("p", { className: "under", role: "status" });
  #error = make("p", { className: "error", hidden: true });
  #first = make("input", { type: "number", min: "1", step: "1" });

  /**
   * @param {{ id: string, table: string | null }} shown the job, and of several tables one
   * @param {ColumnInfo[]} columns
   * @param {number} rows of the whole result
   */
  constructor(shown, columns, rows) {
    this.#shown = shown;
    this.#columns = columns;
    this.#rows = rows;
    const heads = columns.map((column) =>
      make(
        "th",
        { scope: "col", className: sideOf(column) },
        make("b", {}, withUnit(column)),
        make("span", {}, column.Type),
      )
    );
    const number = make("th", { scope: "col", className: "right" }, text("row"));
    const table = make(
      "table",
      {},
      make("thead", {}, make("tr", {}, number, ...heads)),
      this.#body,
    );
    table.ariaLabel = text("result");
    const scroll = make("div", { className: "scroll", tabIndex: 0, role: "group" }, table);
    scroll.ariaLabel = text("result");
    this.element.append(this.#controls(), this.#error, scroll, this.#under);
  }

  /** Reads the rows that are to be shown, and shows them. */
  async start() {
    const asked = ++this.#asked;
    const from = this.#from, to = Math.min(from + PAGE, this.#rows);
    try {
      /** @type {RowsAnswer} */
      const { Page } = await ask(
        resultPath(
          this.#shown,
          "rows",
          new URLSearchParams({ from: String(from), to: String(to) }),
        ),
      );
      if (asked !== this.#asked) return; // others are wanted by now
      this.#error.hidden = true;
      this.#first.value = String(from + 1);
      this.#body.replaceChildren(...Page.rows.map((row, k) => this.#row(row, from + k + 1)));
      say(this.#under, text("shown", from + 1, to, this.#rows));
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#error.hidden = false;
      say(this.#error, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {(string | null)[]} values @param {number} number of the row, from 1 */
  #row(values, number) {
    return make(
      "tr",
      {},
      make("td", { className: "right soft" }, text("number", number)),
      ...values.map((value, k) =>
        value === null
          ? make("td", { className: `${sideOf(this.#columns[k])} soft` }, "null")
          : make("td", { className: sideOf(this.#columns[k]) }, value)
      ),
    );
  }

  /** What leads to other rows, where there are any. */
  #controls() {
    const button = (/** @type {string} */ key, /** @type {() => number} */ from) => {
      const made = make("button", { type: "button" }, text(key));
      made.onclick = () => this.#look(from());
      return made;
    };
    this.#first.max = String(this.#rows);
    this.#first.onchange = () => this.#look(Number(this.#first.value) - 1);
    return make(
      "div",
      { className: "controls", hidden: this.#rows <= PAGE },
      make("label", {}, `${text("fromRow")} `, this.#first),
      button("firstRows", () => 0),
      button("rowsBefore", () => this.#from - PAGE),
      button("rowsBehind", () => this.#from + PAGE),
      button("lastRows", () => this.#rows - PAGE),
    );
  }

  /** @param {number} from */
  #look(from) {
    const last = Math.max(0, this.#rows - 1);
    this.#from = Number.isFinite(from) ? Math.min(last, Math.max(0, Math.floor(from))) : 0;
    this.start();
  }
}

/** @param {Pick<ColumnInfo, "Kind">} column */
function sideOf({ Kind }) {
  return TEXTS.includes(Kind) ? "left" : "right";
}
