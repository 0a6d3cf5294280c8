/** A plot of a column that is read anew from the file whenever another part of it is looked at. */
import { draw } from "./chart.js";
import { make, say } from "./dom.js";
import { isTime, optionsOf, pointsOf } from "./plot_data.js";
import { savePicture } from "./save_picture.js";
import { ask, resultPath } from "./service.js";
import { text } from "./texts.js";

/** @import { ColumnInfo, PlotAnswer } from "../mod/http/page/shapes.ts" */

/** What is looked at, and how. @typedef {{ y: string, x: string, logX: boolean, logY: boolean, span: { from: number, to: number } | null }} Look */

/** How results were looked at last, by the job's id and the table: so it stays over a change of language or colours. @type {Map<string, Look>} */
const looks = new Map();

const HEIGHT = 320;
/** Fewest rows that are looked at. */
const FEWEST = 8;

/** @param {number} a @param {number} b */
const lesser = (a, b) => Math.min(a, b);
/** @param {number} a @param {number} b */
const greater = (a, b) => Math.max(a, b);

/** What a column is called: `power (W)`. @param {Pick<ColumnInfo, "Name" | "Unit">} column */
export function withUnit({ Name, Unit }) {
  return Unit === null ? Name : `${Name} (${Unit})`;
}

export class PlotView {
  element = make("div", { className: "plot" });
  #shown;
  #lookedAt;
  #columns;
  /** @type {HTMLSelectElement} */
  #y;
  /** @type {HTMLSelectElement} */
  #x;
  /** @type {HTMLInputElement} */
  #logX = make("input", { type: "checkbox" });
  /** @type {HTMLInputElement} */
  #logY = make("input", { type: "checkbox" });
  #canvas = make("div", { className: "canvas", tabIndex: 0 });
  #under = make("p", { className: "under", role: "status" });
  #at = make("p", { className: "at", ariaHidden: "true" });
  #error = make("p", { className: "error", hidden: true });
  /** @type {{ from: number, to: number } | null} all rows where it is null */
  #span = null;
  /** @type {PlotAnswer | null} */
  #reply = null;
  /** @type {ReturnType<typeof draw> | null} */
  #drawn = null;
  #asked = 0;

  /**
   * @param {{ id: string, table: string | null }} shown the job, and of several tables one
   * @param {ColumnInfo[]} columns those that hold numbers and times
   * @param {{ y: string, x: string | null }} first
   */
  constructor(shown, columns, { y, x }) {
    this.#shown = shown;
    this.#lookedAt = `${shown.id}/${shown.table ?? ""}`;
    this.#columns = columns;
    const options = () => columns.map(({ Name }) => make("option", { value: Name }, Name));
    this.#y = make("select", {}, ...options());
    this.#x = make("select", {}, make("option", { value: "" }, text("rowNumber")), ...options());
    const look = looks.get(this.#lookedAt) ??
      { y, x: x ?? "", logX: false, logY: false, span: null };
    this.#y.value = look.y;
    this.#x.value = look.x;
    this.#logX.checked = look.logX;
    this.#logY.checked = look.logY;
    this.#span = look.span;
    const again = () => this.start();
    for (const select of [this.#y, this.#x]) select.onchange = again;
    for (const box of [this.#logX, this.#logY]) box.onchange = again;
    this.#canvas.onkeydown = (event) => this.#key(event);
    this.#canvas.setAttribute("role", "img");
    this.#canvas.ariaLabel = text("reading");
    this.element.append(
      this.#controls(),
      this.#error,
      this.#canvas,
      this.#at,
      this.#under,
      make("p", { className: "hint" }, text("keys")),
    );
  }

  /** Reads what is to be shown, and shows it. */
  async start() {
    const asked = ++this.#asked;
    looks.set(this.#lookedAt, {
      y: this.#y.value,
      x: this.#x.value,
      logX: this.#logX.checked,
      logY: this.#logY.checked,
      span: this.#span,
    });
    const query = new URLSearchParams({
      y: this.#y.value,
      x: this.#x.value,
      points: String(Math.min(2000, Math.max(200, this.#canvas.clientWidth))),
      spacing: this.#logX.checked ? "log" : "linear",
      ...(this.#span === null ? {} : { from: `${this.#span.from}`, to: `${this.#span.to}` }),
    });
    this.#canvas.ariaBusy = "true";
    try {
      /** @type {PlotAnswer} */
      const reply = await ask(resultPath(this.#shown, "plot", query));
      if (asked !== this.#asked) return; // something else is wanted by now
      this.#reply = reply;
      this.#error.hidden = true;
      this.#draw(reply);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#error.hidden = false;
      say(this.#error, error instanceof Error ? error.message : String(error));
    } finally {
      if (asked === this.#asked) this.#canvas.ariaBusy = "false";
    }
  }

  /** Draws the same in other colours. */
  redraw() {
    if (this.#reply !== null) this.#draw(this.#reply);
  }

  remove() {
    this.#asked++;
    this.#drawn?.remove();
  }

  #controls() {
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
    all.onclick = () => this.#look(null);
    const save = make("button", { type: "button", className: "save" }, "PNG");
    save.ariaLabel = text("savePng");
    save.onclick = () => this.#save();
    return make(
      "div",
      { className: "controls" },
      make("label", {}, `${text("plotY")} `, this.#y),
      make("label", {}, `${text("plotX")} `, this.#x),
      make("label", {}, this.#logY, ` ${text("logY")}`),
      make("label", {}, this.#logX, ` ${text("logX")}`),
      make(
        "span",
        { className: "buttons" },
        button("zoomIn", "+", () => this.#zoom(0.5)),
        button("zoomOut", "−", () => this.#zoom(2)),
        button("left_", "←", () => this.#move(-0.5)),
        button("right_", "→", () => this.#move(0.5)),
        all,
      ),
      save,
    );
  }

  async #save() {
    const canvas = this.#canvas.querySelector("canvas");
    if (canvas === null) return;
    try {
      await savePicture(canvas, this.#y.value);
    } catch (error) {
      this.#error.hidden = false;
      say(this.#error, error instanceof Error ? error.message : String(error));
    }
  }

  /** What zone the times of a column are of. @param {string} name */
  #zoneOf(name) {
    const column = this.#columns.find(({ Name }) => Name === name);
    if (column?.Kind !== "timestamp") return "";
    return text(column.Type.includes("UTC") ? "timesAre" : "timesLocal");
  }

  /** A column's name with its unit; none for rows' numbers. @param {string} name */
  #named(name) {
    const column = this.#columns.find(({ Name }) => Name === name);
    return column === undefined ? "" : withUnit(column);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { key } = event;
    if (key === "+" || key === "=") this.#zoom(0.5);
    else if (key === "-" || key === "−") this.#zoom(2);
    else if (key === "ArrowLeft") this.#move(-0.5);
    else if (key === "ArrowRight") this.#move(0.5);
    else if (key === "Home") this.#look(null);
    else return;
    event.preventDefault();
  }

  /** Makes the part that is looked at so many times as long, its middle staying where it is. @param {number} by */
  #zoom(by) {
    if (this.#reply === null) return;
    const { From, To } = this.#reply;
    const middle = (From + To) / 2, half = Math.max(FEWEST, (To - From) * by) / 2;
    this.#look({ from: middle - half, to: middle + half });
  }

  /** Moves on by a share of what is looked at. @param {number} by */
  #move(by) {
    if (this.#reply === null) return;
    const { From, To, Rows } = this.#reply;
    const step = Math.max(-From, Math.min(Math.round((To - From) * by), Rows - To));
    this.#look({ from: From + step, to: To + step });
  }

  /** @param {{ from: number, to: number } | null} span */
  #look(span) {
    if (span !== null) {
      const rows = this.#reply?.Rows ?? 0;
      const from = Math.max(0, Math.floor(span.from));
      const to = Math.min(rows, Math.ceil(span.to));
      span = from === 0 && to === rows ? null : { from, to };
    }
    this.#span = span;
    this.start();
  }

  /** @param {PlotAnswer} reply */
  #draw(reply) {
    const { From, To, Rows, Edges, Plot: { points, ascending } } = reply;
    const x = ascending ? this.#x.value : "";
    const kind = this.#columns.find(({ Name }) => Name === x)?.Kind ?? "row";
    const log = { x: this.#logX.checked, y: this.#logY.checked };
    const gaps = isTime(kind) && !log.x;
    const shown = pointsOf(points, x === "" ? Edges : null, log, gaps);
    const bins = Edges.length - 1, single = To - From <= bins;
    const { options, words, yWords } = optionsOf(shown, {
      kind,
      yKind: this.#columns.find(({ Name }) => Name === this.#y.value)?.Kind ?? "",
      log,
      single,
      label: this.#named(this.#y.value),
      over: this.#named(x),
    });
    this.#drawn?.remove();
    this.#drawn = draw(this.#canvas, HEIGHT, {
      ...options,
      hooks: {
        setSelect: [(plot) => {
          const { left, width } = plot.select;
          if (width < 4) return;
          const ends = [plot.posToIdx(left), plot.posToIdx(left + width)].map((at) =>
            shown.bins[at]
          );
          this.#look({
            from: Edges[ends[0]],
            to: Math.max(Edges[ends[1] + 1], Edges[ends[0]] + FEWEST),
          });
        }],
        setCursor: [({ cursor: { idx } }) => this.#pointAt(shown, idx, words, yWords)],
      },
    }, [shown.x, shown.min, shown.max]);
    const over = x === "" ? text("rowNumber") : this.#named(x);
    const least = shown.min.filter((value) => value !== null);
    const most = shown.max.filter((value) => value !== null);
    this.#canvas.ariaLabel = shown.x.length === 0 ? text("nothingLog") : text(
      "plotOf",
      this.#named(this.#y.value),
      over,
      words(shown.x[0]),
      words(shown.x[shown.x.length - 1]),
      ...(least.length === 0
        ? ["–", "–"]
        : [yWords(least.reduce(lesser)), yWords(most.reduce(greater))]),
    );
    say(
      this.#under,
      [
        text("shown", From + 1, To, Rows),
        this.#zoneOf(x),
        single || log.x ? "" : text("envelope", bins, Math.round((To - From) / bins)),
        ascending ? "" : text("notAscending", this.#x.value),
        least.length === 0 && (log.x || log.y) ? text("nothingLog") : "",
      ].filter(Boolean).join(" "),
    );
    say(this.#at, " ");
  }

  /**
   * @param {import("./plot_data.js").Shown} shown
   * @param {number | null | undefined} at
   * @param {(value: number) => string} words
   * @param {(value: number) => string} yWords
   */
  #pointAt({ x, min, max }, at, words, yWords) {
    if (at === null || at === undefined) return say(this.#at, " ");
    const [least, most] = [min[at], max[at]];
    const value = least === null || most === null
      ? "–"
      : least === most
      ? yWords(least)
      : `${yWords(least)} … ${yWords(most)}`;
    say(this.#at, `${words(x[at])}: ${value}`);
  }
}
