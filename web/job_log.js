/** What a formula prints: its lines, when each was printed, and on which partition. */
import { make } from "./dom.js";
import { clock } from "./format.js";
import { text } from "./texts.js";

/** @import { LogAnswer } from "../mod/http/page/shapes.ts" */

/** The lines of a job's log. */
export class JobLog {
  /** How many lines are shown. */
  #shown = -1;

  constructor() {
    this.element = make("pre", { tabIndex: 0, className: "log", ariaLabel: text("log") });
  }

  /** Adds the lines that are not there yet. @param {LogAnswer} answer */
  show({ Log, LogTimes, LogPartitions }) {
    if (Log.length === this.#shown) return;
    const { scrollTop, clientHeight, scrollHeight } = this.element;
    const follows = scrollTop + clientHeight >= scrollHeight - 4;
    // A run that begins anew has printed less.
    if (this.#shown <= 0 || Log.length < this.#shown) {
      this.element.replaceChildren();
      this.#shown = 0;
    }
    if (Log.length === 0) this.element.append(text("noLog"));
    for (let at = this.#shown; at < Log.length; at++) {
      this.element.append(lineOf(Log[at], LogTimes[at], LogPartitions[at]));
    }
    this.#shown = Log.length;
    if (follows) this.element.scrollTop = this.element.scrollHeight;
  }
}

/** @param {string} line @param {string | null} time @param {number | null} partition */
function lineOf(line, time, partition) {
  /** @type {Node[]} */
  const before = [];
  if (time !== null) {
    before.push(make("time", { dateTime: time, title: time }, clock(time)), new Text("  "));
  }
  if (partition !== null) {
    before.push(make("span", { className: "of" }, text("partition", partition)), new Text("  "));
  }
  return make("span", { className: "line" }, ...before, `${line}\n`);
}
