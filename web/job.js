/** One job: what is known of it, what it asked for, its log, its result. */
import { copyButton } from "./copy.js";
import { byId, fill, make, say } from "./dom.js";
import { explained } from "./errors.js";
import { bytes, count, moment, seconds } from "./format.js";
import { JobActions } from "./job_actions.js";
import { JobFormula } from "./job_formula.js";
import { JobLog } from "./job_log.js";
import { farOf, isEnded, shareOf, tookOf } from "./job_state.js";
import { changeLook, currentLook } from "./look.js";
import { showResult } from "./result.js";
import { ask, jobPath } from "./service.js";
import { text } from "./texts.js";
import { hashOf } from "./view.js";

/** @import { JobInfo } from "../mod/wire/job_info.ts" */
/** @import { LogAnswer, RequestAnswer } from "../mod/http/page/shapes.ts" */

/** The job that is shown. @type {JobView | null} */
let shown = null;

/** Shows a job. @param {JobInfo} job */
export function showJob(job) {
  if (shown?.id === job.Id) return shown.show(job);
  closeJob();
  shown = new JobView(job);
  open(...shown.elements);
  shown.show(job);
}

/** Says that there is no job to be shown, and why. @param {string} message */
export function showNoJob(message) {
  closeJob();
  open(
    make(
      "div",
      { className: "bar" },
      make("h2", { id: "job-title", tabIndex: -1 }, text("job")),
      closeLink(""),
    ),
    make("p", { className: "error" }, message),
  );
}

/** Draws what is shown in other colours. */
export function redrawJob() {
  shown?.redraw();
}

/** Looks at the job's result as the address says by now. */
export function lookAgain() {
  shown?.lookAgain();
}

/** Shows none. */
export function closeJob() {
  shown?.remove();
  shown = null;
  document.body.classList.remove("open");
  byId("job").hidden = true;
  byId("job").replaceChildren();
}

/** @param {...HTMLElement} elements */
function open(...elements) {
  document.body.classList.add("open");
  byId("job").hidden = false;
  byId("job").replaceChildren(...elements);
}

/** Leads back to the list, and there to the job. @param {string} id */
function closeLink(id) {
  const close = make("button", { type: "button", className: "close" });
  close.append(
    make("span", { className: "on-phone" }, `← ${text("back")}`),
    make("span", { className: "on-wide" }, text("close")),
  );
  close.onclick = () => {
    location.hash = hashOf("").slice(1);
    closeJob(); // the list is there again, where it made room for the job
    const row = `#rows a[href^="#${CSS.escape(id)}"]`;
    const link = /** @type {HTMLElement | null} */ (id === "" ? null : document.querySelector(row));
    (link ?? byId("jobs")).focus();
    link?.scrollIntoView({ block: "nearest" });
  };
  return close;
}

class JobView {
  /** @type {string} */
  id;
  #state = make("span");
  #actions;
  #progress = make("progress", { max: 1 });
  #file;
  #far = make("p", { className: "far" });
  #figures = make("dl");
  #error = make("div", { className: "error", hidden: true });
  #request = make("div");
  #formula = new JobFormula();
  #log = new JobLog();
  #result = make("div");
  /** What was shown last of the log, and whether the result was. */
  #logged = "";
  #complete = false;
  #logging = false;
  /** @type {import("./plot.js").PlotView | null} */
  #plot = null;
  #removed = false;

  /** @param {JobInfo} job */
  constructor(job) {
    const { Id, File } = job;
    this.id = Id;
    this.#file = File;
    this.#actions = new JobActions(job, (next) => location.hash = hashOf(next.Id).slice(1));
    this.#progress.ariaLabel = File;
    const title = make("h2", { id: "job-title", tabIndex: -1 }, File, " ", this.#state);
    this.elements = [
      make("div", { className: "bar" }, title, ...this.#actions.elements, closeLink(Id)),
      make(
        "p",
        { className: "id" },
        `${text("id")} `,
        make("code", {}, Id),
        " ",
        copyButton(() => Id, text("id")),
      ),
      this.#progress,
      this.#far,
      this.#error,
      this.#result,
      this.#figures,
      this.#request,
      this.#formula.element,
      make("h3", {}, text("log")),
      this.#log.element,
    ];
    this.#showRequest();
  }

  /** @param {JobInfo} job */
  show(job) {
    this.#state.className = `chip ${job.State}`;
    say(this.#state, text(`state.${job.State}`));
    this.#actions.show(job);
    this.#progress.hidden = job.State !== "running";
    const share = shareOf(job);
    if (share === null) this.#progress.removeAttribute("value");
    else this.#progress.value = share;
    say(this.#far, farOf(job));
    fill(this.#figures, figuresOf(job));
    this.#showError(job);
    this.#formula.show(job);
    this.#showLog(job);
    if (job.State === "complete" && !this.#complete) this.#showResult();
    this.#complete = job.State === "complete";
  }

  remove() {
    this.#removed = true;
    this.#plot?.remove();
  }

  redraw() {
    this.#plot?.redraw();
  }

  lookAgain() {
    if (this.#complete) this.#showResult();
  }

  /** @param {JobInfo} job */
  #showError({ Error: error }) {
    this.#error.hidden = error === undefined;
    if (error === undefined || this.#error.childElementCount > 0) return;
    const { Code, Message, Where, Stack } = error;
    this.#error.append(
      make("p", {}, make("b", {}, Code), " ", Message),
      make("p", { className: "under" }, explained(Code)),
    );
    if (Where === undefined) return;
    this.#error.append(
      make("pre", { tabIndex: 0, ariaLabel: text("place") }, Stack ?? Where),
    );
  }

  /** What it asked for, all of it: it can be sent again as it stands. */
  async #showRequest() {
    /** @type {RequestAnswer} */
    let answer;
    try {
      answer = await ask(jobPath(this.id, "request"));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#request.append(make("p", { className: "error" }, message));
      return;
    }
    const { Request } = answer;
    if (Request.Params !== undefined && Request.Params !== null) {
      this.#request.append(...block(text("params"), JSON.stringify(Request.Params, null, 2)));
    }
    const sent = { Header: "Job", Request: { Action: "Submit", ...Request } };
    this.#request.append(...block(text("request"), JSON.stringify(sent, null, 2)));
  }

  /** The log is read while the job runs, and once more when it has ended. @param {JobInfo} job */
  async #showLog(job) {
    const wanted = isEnded(job) ? job.State : `${Math.floor(tookOf(job) ?? -1)}`;
    if (this.#logging || wanted === this.#logged) return;
    this.#logging = true;
    try {
      /** @type {LogAnswer} */
      const answer = await ask(jobPath(this.id, "log"));
      this.#log.show(answer);
      this.#logged = wanted;
    } finally {
      this.#logging = false;
    }
  }

  async #showResult() {
    this.#plot?.remove();
    const choose = (/** @type {string} */ table) => {
      changeLook({ table });
      this.#showResult();
    };
    const shown = { id: this.id, table: currentLook().table || null };
    const plot = await showResult(this.#result, shown, choose, this.#file);
    this.#plot = plot;
    if (this.#removed) plot?.remove();
  }
}

/** A text with its name, that can be copied. @param {string} name @param {string} content */
function block(name, content) {
  return [
    make("h3", {}, name, " ", copyButton(() => content, name)),
    make("pre", { tabIndex: 0, ariaLabel: name }, content),
  ];
}

/** @param {JobInfo} job @returns {[string, string | null | undefined][]} */
function figuresOf(job) {
  const took = tookOf(job);
  const number = (/** @type {number | undefined} */ value) =>
    value === undefined ? null : count(value);
  return [
    [text("folder"), job.Directory],
    [text("data"), job.Base],
    [text("output"), job.Output],
    [text("result"), job.Tables?.map(({ File }) => File).join(", ") ?? job.Result?.File],
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
    [text("attempt"), job.Attempts === 0 ? null : count(job.Attempts)],
    [text("priority"), job.Priority === 0 ? null : count(job.Priority)],
    [text("key"), job.Key],
  ];
}
