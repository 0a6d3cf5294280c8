/** One job: what is known of it, its log, its result. */
import { byId, fill, make, say } from "./dom.js";
import { bytes, count, moment, seconds } from "./format.js";
import { cancelButton, farOf, isEnded, shareOf, tookOf } from "./jobs.js";
import { showResult } from "./result.js";
import { ask, jobPath } from "./service.js";
import { text } from "./texts.js";

/** @import { JobInfo } from "../mod/wire/job_info.ts" */
/** @import { LogAnswer } from "../mod/http/page/shapes.ts" */

/** The job that is shown. @type {JobView | null} */
let shown = null;

/** Shows a job, or none. @param {JobInfo | null} job */
export function showJob(job) {
  if (job !== null && shown?.id === job.Id) return shown.show(job);
  closeJob();
  if (job === null) return;
  shown = new JobView(job);
  byId("job").hidden = false;
  byId("job").replaceChildren(...shown.elements);
  shown.show(job);
}

/** Draws what is shown in other colours. */
export function redrawJob() {
  shown?.redraw();
}

/** Shows none. */
export function closeJob() {
  shown?.remove();
  shown = null;
  byId("job").hidden = true;
  byId("job").replaceChildren();
}

class JobView {
  /** @type {string} */
  id;
  #state = make("span");
  #cancel;
  #progress = make("progress", { max: 1 });
  #far = make("p", { className: "far" });
  #figures = make("dl");
  #error = make("div", { className: "error", hidden: true });
  #log = make("pre", { tabIndex: 0 });
  #result = make("div");
  /** What was shown last of the log, and whether the result was. */
  #logged = "";
  #finished = false;
  #logging = false;
  /** @type {import("./plot.js").PlotView | null} */
  #plot = null;
  #removed = false;

  /** @param {JobInfo} job */
  constructor({ Id, File }) {
    this.id = Id;
    this.#cancel = cancelButton(Id, File);
    this.#progress.ariaLabel = File;
    const title = make("h2", { id: "job-title", tabIndex: -1 }, File, " ", this.#state);
    const close = make("button", { type: "button", className: "close" }, text("close"));
    close.onclick = () => {
      const link = /** @type {HTMLElement | null} */ (
        document.querySelector(`#rows a[href="#${CSS.escape(Id)}"]`)
      );
      location.hash = "";
      link?.focus();
    };
    this.#log.ariaLabel = text("log");
    this.elements = [
      make("div", { className: "bar" }, title, this.#cancel, close),
      this.#progress,
      this.#far,
      this.#error,
      this.#result,
      this.#figures,
      make("h3", {}, text("log")),
      this.#log,
    ];
  }

  /** @param {JobInfo} job */
  show(job) {
    this.#state.className = `chip ${job.State}`;
    say(this.#state, text(`state.${job.State}`));
    this.#cancel.hidden = isEnded(job);
    this.#progress.hidden = job.State !== "running";
    const share = shareOf(job);
    if (share === null) this.#progress.removeAttribute("value");
    else this.#progress.value = share;
    say(this.#far, farOf(job));
    fill(this.#figures, figuresOf(job));
    this.#showError(job);
    this.#showLog(job);
    if (job.State === "complete" && !this.#finished) this.#showResult();
    this.#finished = isEnded(job);
  }

  remove() {
    this.#removed = true;
    this.#plot?.remove();
  }

  redraw() {
    this.#plot?.redraw();
  }

  /** @param {JobInfo} job */
  #showError({ Error: error }) {
    this.#error.hidden = error === undefined;
    if (error === undefined || this.#error.childElementCount > 0) return;
    const { Code, Message, Where, Stack } = error;
    this.#error.append(make("p", {}, make("b", {}, Code), " ", Message));
    if (Where !== undefined) this.#error.append(make("pre", {}, Stack ?? Where));
  }

  /** The log is read while the job runs, and once more when it has ended. @param {JobInfo} job */
  async #showLog(job) {
    const wanted = isEnded(job) ? job.State : `${Math.floor(tookOf(job) ?? -1)}`;
    if (this.#logging || wanted === this.#logged) return;
    this.#logging = true;
    try {
      /** @type {LogAnswer} */
      const { Log } = await ask(jobPath(this.id, "log"));
      const follows = this.#log.scrollTop + this.#log.clientHeight >= this.#log.scrollHeight - 4;
      say(this.#log, Log.length === 0 ? text("noLog") : Log.join("\n"));
      if (follows) this.#log.scrollTop = this.#log.scrollHeight;
      this.#logged = wanted;
    } finally {
      this.#logging = false;
    }
  }

  async #showResult() {
    this.#plot = await showResult(this.#result, this.id);
    if (this.#removed) this.#plot?.remove();
  }
}

/** @param {JobInfo} job @returns {[string, string | null | undefined][]} */
function figuresOf(job) {
  const took = tookOf(job);
  const number = (/** @type {number | undefined} */ value) =>
    value === undefined ? null : count(value);
  return [
    [text("folder"), job.Directory],
    [text("data"), job.Base],
    [text("result"), job.Result?.File],
    [text("rows"), number(job.Rows)],
    [text("took"), took === null ? null : seconds(took)],
    [text("read"), job.BytesRead === undefined ? null : bytes(job.BytesRead)],
    [text("written"), job.BytesWritten === undefined ? null : bytes(job.BytesWritten)],
    [text("kind"), job.Kind],
    [text("partitions"), number(job.Partitions)],
    [text("workers"), number(job.Workers)],
    [text("client"), job.Client],
    [text("owner"), job.Owner],
    [text("submitted"), moment(job.Submitted)],
    [text("started"), moment(job.Started)],
    [text("ended"), moment(job.Ended)],
    [text("attempts"), job.Attempts > 1 ? count(job.Attempts) : null],
    [text("priority"), job.Priority === 0 ? null : count(job.Priority)],
    [text("key"), job.Key],
    [text("id"), job.Id],
  ];
}
