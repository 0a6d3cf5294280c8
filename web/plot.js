/** A plot of columns that are read anew from the file whenever another part of it is looked at. */
import { draw } from "./chart.js";
import { make, say } from "./dom.js";
import { shortId } from "./job_state.js";
import { changeLook } from "./look.js";
import { PlotControls } from "./plot_controls.js";
import { optionsOf, pointsOf } from "./plot_data.js";
import { Legend } from "./plot_legend.js";
import { otherJobs, readOther } from "./other_job.js";
import { axesOf, dashesOf, isTime, measureOf, strokeOf, withUnit } from "./plot_lines.js";
import { savePicture } from "./save_picture.js";
import { ask, resultPath } from "./service.js";
import { text } from "./texts.js";

/** @import { ColumnInfo, PlotAnswer } from "../mod/http/page/shapes.ts" */
/** @import { Bounds, Shown } from "./plot_data.js" */
/** @import { Look } from "./look.js" */
/** @import { Other } from "./other_job.js" */
/** @import { Line } from "./plot_lines.js" */

const HEIGHT = 320;
/** Fewest rows that are looked at. */
const FEWEST = 8;
/** What says how many points there are, and where. */
const HOW = ["points", "spacing"];

/** @param {number} a @param {number} b */
const lesser = (a, b) => Math.min(a, b);
/** @param {number} a @param {number} b */
const greater = (a, b) => Math.max(a, b);

/** What was read of the job and of the other one, for which look, and which lines that makes, one after the other. @typedef {{ look: Look, reply: PlotAnswer, other: Other | null, lines: Line[] }} Read */

export class PlotView {
  element = make("div", { className: "plot" });
  #shown;
  #columns;
  /** @type {Look} */
  #look;
  #controls;
  #legend = new Legend((line) => this.#toggle(line), (line) => this.#point(line));
  #canvas = make("div", { className: "canvas", tabIndex: 0 });
  #under = make("p", { className: "under", role: "status" });
  #at = make("p", { className: "at", ariaHidden: "true" });
  #error = make("p", { className: "error", hidden: true });
  #note = make("p", { className: "note", role: "status", hidden: true });
  /** @type {Read | null} */
  #read = null;
  /** @type {ReturnType<typeof draw> | null} */
  #drawn = null;
  #asked = 0;
  /** Whether what is wanted could not be read; what is drawn is another look then. */
  #failed = false;

  /**
   * @param {{ id: string, table: string | null }} shown the job, and of several tables one
   * @param {ColumnInfo[]} columns of the result
   * @param {Look} look
   * @param {string} formula of the job
   */
  constructor(shown, columns, look, formula) {
    this.#shown = shown;
    this.#columns = columns;
    this.#look = look;
    this.#controls = new PlotControls(columns, {
      change: (change) => this.#change(change),
      zoom: (by) => this.#zoom(by),
      move: (by) => this.#move(by),
      all: () => this.#lookAt(null),
      save: () => this.#save(),
    });
    this.#canvas.onkeydown = (event) => this.#key(event);
    this.#canvas.setAttribute("role", "img");
    this.#canvas.ariaLabel = text("reading");
    this.element.append(
      this.#controls.element,
      this.#legend.element,
      this.#error,
      this.#note,
      this.#canvas,
      this.#at,
      this.#under,
      make("p", { className: "hint" }, text("keys")),
    );
    this.#controls.show(look);
    this.#offer(formula);
  }

  /** Offers other jobs of the formula. @param {string} formula */
  async #offer(formula) {
    try {
      this.#controls.offer(await otherJobs(formula, this.#shown.id));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Reads what is to be shown, and shows it. */
  async start() {
    const asked = ++this.#asked;
    const look = this.#look;
    const { y, x, group, log, span } = look;
    const { drawn, refused } = this.#axes(look);
    const query = new URLSearchParams({
      x: x ?? "",
      ...(group === "" ? {} : { group }),
      points: String(Math.min(2000, Math.max(200, this.#canvas.clientWidth))),
      spacing: log.x ? "log" : "linear",
      ...(span === null ? {} : { from: `${span.from}`, to: `${span.to}` }),
    });
    // A name that isn't there is told by the service, which knows what it may mean.
    for (const name of y.filter((name) => !refused.includes(name))) query.append("y", name);
    this.#canvas.ariaBusy = "true";
    try {
      /** @type {PlotAnswer} */
      const reply = await ask(resultPath(this.#shown, "plot", query));
      if (asked !== this.#asked) return; // something else is wanted by now
      const other = await this.#readOther(look, reply, drawn, query);
      if (asked !== this.#asked) return;
      this.#failed = false;
      this.#error.hidden = true;
      if (other instanceof Error) this.#fail(other);
      const read = other instanceof Error ? null : other;
      this.#read = { look, reply, ...this.#linesOf(look, reply, read, drawn) };
      this.#draw();
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#failed = true;
      this.#fail(error);
      this.#showLegend(drawn);
    } finally {
      if (asked === this.#asked) this.#canvas.ariaBusy = "false";
    }
  }

  /**
   * Reads the other job's result, where there is one, or finds out why it can't be drawn.
   *
   * @param {Look} look
   * @param {PlotAnswer} reply
   * @param {Line[]} lines
   * @param {URLSearchParams} query
   * @returns {Promise<Other | Error | null>}
   */
  async #readOther({ other: id, x: over, span, group }, { From, To, Plot }, lines, query) {
    if (id === "") return null;
    const x = Plot.ascending ? this.#column(over ?? "") ?? null : null;
    const places = Plot.x.filter((at) => at !== null);
    const columns = lines.map(({ column }) => column);
    const how = new URLSearchParams([...query].filter(([name]) => HOW.includes(name)));
    try {
      if (id === this.#shown.id) throw new Error(text("otherSame"));
      if (group !== "") throw new Error(text("otherGroups"));
      return await readOther({ ...this.#shown, id }, {
        columns,
        x,
        rows: x === null && span !== null ? { from: From, to: To } : null,
        part: x === null || span === null || places.length === 0
          ? null
          : [places[0], places[places.length - 1]],
      }, how);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return new Error(text("otherFails", shortId(id), why));
    }
  }

  /**
   * @param {Look} look
   * @param {PlotAnswer} reply
   * @param {Other | null} other
   * @param {Line[]} drawn
   * @returns {{ lines: Line[], other: Other | null }}
   */
  #linesOf({ y, other: id }, { Groups }, other, drawn) {
    if (Groups !== undefined) {
      const lines = Groups.map((value, style) => {
        return { ...drawn[0], name: value ?? text("noValue"), style };
      });
      return { lines, other: null };
    }
    if (other === null) return { lines: drawn, other };
    const named = (/** @type {ColumnInfo} */ column, /** @type {string} */ id) =>
      `${withUnit(column)} · ${shortId(id)}`;
    const own = drawn.map((line) => ({ ...line, name: named(line.column, this.#shown.id) }));
    const axes = axesOf([...own.map(({ column }) => column), ...other.columns]).slice(own.length);
    /** @type {Line[]} */
    const lines = [...own];
    const kept = other.columns.flatMap((column, k) => {
      const axis = axes[k];
      if (axis === null) {
        other.notes.push(text("otherUnit", withUnit(column)));
        return [];
      }
      lines.push({ name: named(column, id), column, axis, style: y.length + k });
      return other.reply.Plot.lines[k];
    });
    const Plot = { ...other.reply.Plot, lines: kept };
    return { lines, other: { ...other, reply: { ...other.reply, Plot } } };
  }

  /** Draws the same in other colours. */
  redraw() {
    this.#draw();
  }

  remove() {
    this.#asked++;
    this.#drawn?.remove();
  }

  /** Looks at the result in another way, which the address says from now on. @param {Partial<Look>} change */
  #change(change) {
    this.#look = { ...this.#look, ...change };
    changeLook(this.#look);
    this.#controls.show(this.#look);
    this.start();
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#error.hidden = false;
    say(this.#error, error instanceof Error ? error.message : String(error));
  }

  /**
   * Lines of the columns that are plotted, and the names of those that there is no axis for.
   *
   * @param {Look} look
   * @returns {{ drawn: Line[], refused: string[] }}
   */
  #axes({ y }) {
    const columns = y.flatMap((name) => this.#column(name) ?? []);
    const axes = axesOf(columns);
    /** @type {Line[]} */
    const drawn = [];
    columns.forEach((column, style) => {
      const axis = axes[style];
      if (axis !== null) drawn.push({ name: withUnit(column), column, axis, style });
    });
    const refused = columns.filter((_, k) => axes[k] === null).map(({ Name }) => Name);
    return { drawn, refused };
  }

  /** @param {string} name */
  #column(name) {
    return this.#columns.find(({ Name }) => Name === name);
  }

  async #save() {
    const canvas = this.#canvas.querySelector("canvas");
    if (canvas === null) return;
    try {
      const lines = this.#read?.lines ?? [];
      const named = lines.filter((_, k) => !this.#look.hidden.includes(k)).map(
        ({ name, style }) => {
          return { name, stroke: strokeOf(style), dashes: dashesOf(style) };
        },
      );
      await savePicture(canvas, this.#look.y.join(", "), lines.length < 2 ? [] : named);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What zone the times of a column are of. @param {string} name */
  #zoneOf(name) {
    const column = this.#column(name);
    if (column?.Kind !== "timestamp") return "";
    return text(column.Type.includes("UTC") ? "timesAre" : "timesLocal");
  }

  /** A column's name with its unit; none for rows' numbers. @param {string} name */
  #named(name) {
    const column = this.#column(name);
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
    else if (key === "Home") this.#lookAt(null);
    else return;
    event.preventDefault();
  }

  /** Makes the part that is looked at so many times as long, its middle staying where it is. @param {number} by */
  #zoom(by) {
    if (this.#read === null) return;
    const { From, To } = this.#read.reply;
    const middle = (From + To) / 2, half = Math.max(FEWEST, (To - From) * by) / 2;
    this.#lookAt({ from: middle - half, to: middle + half });
  }

  /** Moves on by a share of what is looked at. @param {number} by */
  #move(by) {
    if (this.#read === null) return;
    const { From, To, Rows } = this.#read.reply;
    const step = Math.max(-From, Math.min(Math.round((To - From) * by), Rows - To));
    this.#lookAt({ from: From + step, to: To + step });
  }

  /** @param {{ from: number, to: number } | null} span */
  #lookAt(span) {
    if (span !== null) {
      const rows = this.#read?.reply.Rows ?? 0;
      const from = Math.max(0, Math.floor(span.from));
      const to = Math.min(rows, Math.ceil(span.to));
      span = from === 0 && to === rows ? null : { from, to };
    }
    this.#change({ span });
  }

  /** Hides a line or shows it again. @param {number} line */
  #toggle(line) {
    const { hidden } = this.#look;
    this.#look.hidden = hidden.includes(line)
      ? hidden.filter((one) => one !== line)
      : [...hidden, line].sort((a, b) => a - b);
    changeLook(this.#look);
    if (this.#failed) this.start();
    else this.#draw();
  }

  /** Lets the other lines fade. @param {number | null} line */
  #point(line) {
    const plot = this.#drawn?.plot;
    if (plot === undefined) return;
    plot.series.forEach((series, k) => {
      if (k > 0) series.alpha = line === null || Math.floor((k - 1) / 2) === line ? 1 : 0.25;
    });
    plot.redraw(false);
  }

  /** @param {Line[]} lines those that are drawn or hidden */
  #showLegend(lines) {
    const { y, group, hidden } = this.#look;
    /** @type {import("./plot_legend.js").Entry[]} */
    const entries = lines.map(({ name, style }, line) => {
      return { name, line, style, hidden: hidden.includes(line), drop: null };
    });
    if (group !== "") return this.#legend.show(entries);
    const own = y.map((name, style) => {
      const line = lines.findIndex(({ column, style: own }) =>
        column.Name === name && own < y.length
      );
      const drop = y.length < 2
        ? null
        : () => this.#change({ y: y.filter((one) => one !== name), hidden: [] });
      const nothing = { name: this.#named(name) || name, line: null, style, hidden: false };
      return { ...(entries[line] ?? nothing), drop };
    });
    this.#legend.show([...own, ...entries.filter(({ style }) => style >= y.length)]);
  }

  #draw() {
    if (this.#read === null) return;
    const { look, reply: { From, To, Rows, Edges, Plot }, other, lines } = this.#read;
    const { log, span } = look;
    const x = Plot.ascending ? look.x ?? "" : "";
    const kind = this.#column(x)?.Kind ?? "row";
    const rows = x === "" ? Edges : null;
    const sources = [{ ...Plot, rows }];
    if (other !== null) {
      sources.push({ ...other.reply.Plot, rows: x === "" ? other.reply.Edges : null });
    }
    const shown = pointsOf(sources, log, isTime(kind) && !log.x);
    const bins = Edges.length - 1, single = To - From <= bins;
    const { options, words, yWords } = optionsOf(shown, lines, {
      kind,
      log,
      single,
      labels: labelsOf(lines, look.group === "" ? "" : this.#named(look.y[0])),
      over: this.#named(x),
      range: other === null || span === null ? null : rangeOf(shown),
    });
    const { hidden } = this.#look;
    options.series.forEach((series, k) => {
      series.show = k === 0 || !hidden.includes(Math.floor((k - 1) / 2));
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
          this.#lookAt({
            from: Edges[ends[0]],
            to: Math.max(Edges[ends[1] + 1], Edges[ends[0]] + FEWEST),
          });
        }],
        setCursor: [({ cursor: { idx } }) => this.#pointAt(shown, lines, idx, words, yWords)],
      },
    }, [shown.x, ...shown.lines.flatMap(({ min, max }) => [min, max])]);
    if (!this.#failed) this.#showLegend(lines);
    this.#describe(shown, lines, x, words, yWords);
    const nothing = shown.lines.every(({ max }) => max.every((value) => value == null));
    say(
      this.#under,
      [
        text("shown", From + 1, To, Rows),
        this.#zoneOf(x),
        single || log.x ? "" : text("envelope", bins, Math.round((To - From) / bins)),
        Plot.ascending ? "" : text("notAscending", look.x ?? ""),
        ...new Set([...Plot.rounded, ...other?.reply.Plot.rounded ?? []]
          .map((name) => text("rounded", name))),
        nothing && (log.x || log.y) ? text("nothingLog") : "",
      ].filter(Boolean).join(" "),
    );
    const { refused } = this.#axes(look);
    const named = shortId(look.other);
    const notes = [
      ...(refused.length === 0 ? [] : [this.#thirdUnit(refused)]),
      ...(other?.notes ?? []).map((note) => text("otherFails", named, note)),
    ];
    this.#note.hidden = notes.length === 0;
    say(this.#note, notes.join(" "));
    say(this.#at, " ");
  }

  /** Why columns aren't drawn. @param {string[]} refused */
  #thirdUnit(refused) {
    const measures = new Map(
      (this.#read?.lines ?? []).map(({ column }) => [measureOf(column), column]),
    );
    const named = [...measures.values()].map(({ Kind, Unit }) =>
      isTime(Kind) ? text("unitTime") : Unit ?? text("unitNone")
    );
    return text("thirdUnit", refused.map((name) => this.#named(name)).join(", "), named.join(", "));
  }

  /**
   * Says what is drawn to those who can't see it.
   *
   * @param {Shown} shown
   * @param {Line[]} lines
   * @param {string} x
   * @param {(value: number) => string} words
   * @param {(value: number, line: Line) => string} yWords
   */
  #describe(shown, lines, x, words, yWords) {
    if (shown.x.length === 0) {
      this.#canvas.ariaLabel = text("nothingLog");
      return;
    }
    const ends = [words(shown.x[0]), words(shown.x[shown.x.length - 1])];
    const over = x === "" ? text("rowNumber") : this.#named(x);
    const bounds = shown.lines.map((line, k) => boundsOf(line, (value) => yWords(value, lines[k])));
    this.#canvas.ariaLabel = lines.length === 1
      ? text("plotOf", lines[0].name, over, ...ends, ...bounds[0])
      : text(
        "plotOfLines",
        lines.length,
        over,
        ...ends,
        lines.map(({ name }, k) => text("plotLine", name, ...bounds[k])).join("; "),
      );
  }

  /**
   * @param {Shown} shown
   * @param {Line[]} lines
   * @param {number | null | undefined} at
   * @param {(value: number) => string} words
   * @param {(value: number, line: Line) => string} yWords
   */
  #pointAt({ x, lines: all }, lines, at, words, yWords) {
    if (at === null || at === undefined) return say(this.#at, " ");
    const values = all.flatMap(({ min, max }, k) => {
      if (this.#look.hidden.includes(k)) return [];
      const least = min[at], most = max[at];
      if (least === undefined || most === undefined) return [];
      const value = least === null || most === null
        ? "–"
        : least === most
        ? yWords(least, lines[k])
        : `${yWords(least, lines[k])} … ${yWords(most, lines[k])}`;
      return lines.length === 1 ? value : `${lines[k].name} ${value}`;
    });
    say(this.#at, `${words(x[at])}: ${values.join("; ")}`);
  }
}

/** The part of x that the first job's points are in; null where that is a single place. @param {Shown} shown @returns {[number, number] | null} */
function rangeOf({ x, sources }) {
  const own = x.filter((_, k) => sources[k] === 0);
  const [low, high] = [own[0], own[own.length - 1]];
  return low < high ? [low, high] : null;
}

/** Words for the axes upward. @param {Line[]} lines @param {string} all for all lines, or empty */
function labelsOf(lines, all) {
  const axes = Math.max(0, ...lines.map(({ axis }) => axis)) + 1;
  return Array.from({ length: axes }, (_, index) => {
    const own = lines.filter(({ axis }) => axis === index);
    if (all !== "" || own.length === 0) return all;
    const { Unit } = own[0].column;
    const names = new Set(own.map(({ column }) => withUnit(column)));
    return names.size > 1 && Unit !== null ? Unit : [...names].join(", ");
  });
}

/** @param {Bounds} line @param {(value: number) => string} words @returns {[string, string]} */
function boundsOf({ min, max }, words) {
  const [least, most] = [min, max].map((all) => all.filter((value) => value != null));
  return least.length === 0
    ? ["–", "–"]
    : [words(least.reduce(lesser)), words(most.reduce(greater))];
}
