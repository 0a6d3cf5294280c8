/** What chooses the columns of a plot, and how it is drawn. */
import { make } from "./dom.js";
import { shortId } from "./job_state.js";
import { text } from "./texts.js";

/** @import { ColumnInfo } from "../mod/http/page/shapes.ts" */
/** @import { Look } from "./look.js" */

/** What stands for an id that isn't offered. */
const BY_ID = "?";
/** Columns of a plot at most. */
export const MOST_COLUMNS = 6;

/**
 * What a plot can be told to do.
 *
 * @typedef {object} Orders
 * @property {(change: Partial<Look>) => void} change
 * @property {(by: number) => void} zoom
 * @property {(by: number) => void} move
 * @property {() => void} all
 * @property {() => void} save
 */

export class PlotControls {
  element;
  #columns;
  #first = make("select");
  #more = make("select");
  #x = make("select");
  #group = make("select");
  #other = make("select", { className: "jobs" });
  #id = make("input", { type: "text", size: 36, spellcheck: false });
  /** Other jobs that are offered. @type {{ id: string, words: string }[]} */
  #offered = [];
  /** The other job that is chosen. */
  #chosen = "";
  /** Columns that are plotted. @type {string[]} */
  #y = [];
  #logX = make("input", { type: "checkbox" });
  #logY = make("input", { type: "checkbox" });

  /** @param {ColumnInfo[]} columns of the result @param {Orders} orders */
  constructor(columns, orders) {
    this.#columns = columns;
    const plotted = columns.filter(({ Plots }) => Plots).map(({ Name }) => Name);
    const groups = columns.filter(({ Groups }) => Groups).map(({ Name }) => Name);
    offer(this.#first, null, plotted);
    offer(this.#x, text("rowNumber"), plotted);
    offer(this.#group, text("noGroups"), groups);
    this.#id.ariaLabel = text("otherId");
    this.#id.placeholder = text("otherId");
    this.#id.onchange = () => {
      orders.change({ other: this.#id.value.trim(), hidden: [] });
      this.#other.focus();
    };
    this.#other.onchange = () => {
      if (this.#other.value !== BY_ID) {
        return orders.change({ other: this.#other.value, hidden: [] });
      }
      this.#other.closest("label")?.after(this.#id);
      this.#id.focus();
    };
    const log = () => orders.change({ log: { x: this.#logX.checked, y: this.#logY.checked } });
    this.#first.onchange = () => this.#change(orders, 0, this.#first.value);
    this.#more.onchange = () => this.#change(orders, Infinity, this.#more.value);
    this.#x.onchange = () => orders.change({ x: this.#x.value });
    this.#group.onchange = () => orders.change({ group: this.#group.value, hidden: [] });
    this.#logX.onchange = this.#logY.onchange = log;
    const button = (
      /** @type {string} */ key,
      /** @type {string} */ sign,
      /** @type {() => void} */ run,
    ) => {
      const made = make("button", { type: "button", title: text(key), ariaLabel: text(key) }, sign);
      made.onclick = run;
      return made;
    };
    const all = make("button", { type: "button" }, text("all"));
    all.onclick = orders.all;
    const save = make("button", { type: "button", className: "save" }, "PNG");
    save.ariaLabel = text("savePng");
    save.onclick = orders.save;
    this.element = make(
      "div",
      { className: "controls" },
      make("label", {}, `${text("plotY")} `, this.#first),
      make("label", { hidden: plotted.length < 2 }, `${text("plotMore")} `, this.#more),
      make("label", {}, `${text("plotX")} `, this.#x),
      make("label", { hidden: groups.length === 0 }, `${text("plotGroup")} `, this.#group),
      make("label", {}, `${text("plotOther")} `, this.#other),
      make("label", {}, this.#logY, ` ${text("logY")}`),
      make("label", {}, this.#logX, ` ${text("logX")}`),
      make(
        "span",
        { className: "buttons" },
        button("zoomIn", "+", () => orders.zoom(0.5)),
        button("zoomOut", "−", () => orders.zoom(2)),
        button("left_", "←", () => orders.move(-0.5)),
        button("right_", "→", () => orders.move(0.5)),
        all,
      ),
      save,
    );
  }

  /** Shows how the result is looked at. @param {Look} look */
  show({ y, x, group, other, log }) {
    this.#y = y;
    this.#chosen = other;
    this.#showOther();
    this.#other.disabled = group !== "";
    this.#first.value = y[0];
    const others = this.#columns.filter(({ Name, Plots }) => Plots && !y.includes(Name));
    offer(this.#more, text("plotNoMore"), others.map(({ Name }) => Name));
    // A plot has several columns or groups of one, and no more than it has room for.
    this.#more.disabled = group !== "" || y.length >= MOST_COLUMNS;
    this.#group.disabled = group === "" && (y.length > 1 || other !== "");
    this.#x.value = x ?? "";
    this.#group.value = group;
    this.#logX.checked = log.x;
    this.#logY.checked = log.y;
  }

  /** Offers jobs to be drawn over this one. @param {{ id: string, words: string }[]} jobs */
  offer(jobs) {
    this.#offered = jobs;
    this.#showOther();
  }

  /** What is chosen is among what is offered, be it known or not. */
  #showOther() {
    const chosen = this.#chosen;
    const known = chosen === "" || this.#offered.some(({ id }) => id === chosen);
    const all = known ? this.#offered : [...this.#offered, { id: chosen, words: shortId(chosen) }];
    this.#other.replaceChildren(
      make("option", { value: "" }, text("noOther")),
      ...all.map(({ id, words }) => make("option", { value: id }, words)),
      make("option", { value: BY_ID }, text("otherById")),
    );
    this.#other.value = chosen;
    this.#id.remove();
    this.#id.value = "";
  }

  /** Puts a column in a place among those that are plotted. @param {Orders} orders @param {number} place @param {string} name */
  #change(orders, place, name) {
    const others = this.#y.filter((one, k) => k !== place && one !== name);
    const y = place === 0 ? [name, ...others] : [...others, name];
    orders.change({ y, hidden: [] });
  }
}

/** Fills a choice. @param {HTMLSelectElement} select @param {string | null} none for choosing nothing @param {string[]} names */
function offer(select, none, names) {
  select.replaceChildren(
    ...(none === null ? [] : [make("option", { value: "" }, none)]),
    ...names.map((name) => make("option", { value: name }, name)),
  );
}
