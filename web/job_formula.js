/** A job's formula as it ran. */
import { copyButton } from "./copy.js";
import { make } from "./dom.js";
import { bytes } from "./format.js";
import { isEnded } from "./job_state.js";
import { ask, jobPath } from "./service.js";
import { text } from "./texts.js";

/** @import { JobInfo } from "../mod/wire/job_info.ts" */
/** @import { FormulaAnswer } from "../mod/http/page/shapes.ts" */

/** The formula's text, and the files that it is made of. It is asked for as soon as somebody opens it. */
export class JobFormula {
  #inside = make("div");
  /** @type {JobInfo | null} */
  #job = null;
  #asking = false;
  /** Whether there is no more to be learnt. */
  #known = false;

  constructor() {
    this.element = make(
      "details",
      { className: "formula" },
      make("summary", {}, text("formulaText")),
      this.#inside,
    );
    this.element.ontoggle = () => this.#look();
  }

  /** @param {JobInfo} job */
  show(job) {
    this.#job = job;
    this.#look();
  }

  async #look() {
    const job = this.#job;
    if (job === null || !this.element.open || this.#known || this.#asking) return;
    this.#asking = true;
    try {
      /** @type {FormulaAnswer} */
      const { Formula } = await ask(jobPath(job.Id, "formula"));
      this.#known = Formula !== null || isEnded(job);
      this.#inside.replaceChildren(...contentOf(Formula, job));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#inside.replaceChildren(make("p", { className: "error" }, message));
    } finally {
      this.#asking = false;
    }
  }
}

/** @param {FormulaAnswer["Formula"]} formula @param {JobInfo} job */
function contentOf(formula, job) {
  if (formula === null) {
    return [make("p", { className: "under" }, text(isEnded(job) ? "noFormula" : "formulaLater"))];
  }
  const { Text, Cut, Bytes, Modules } = formula;
  const files = make("ul", { className: "files" });
  for (const { Name, SHA256 } of Modules) {
    files.append(make("li", {}, Name, " ", make("code", {}, `SHA-256 ${SHA256}`)));
  }
  return [
    make("p", {}, copyButton(() => Text, text("formulaText"))),
    make("pre", { tabIndex: 0, className: "log", ariaLabel: text("formulaText") }, Text),
    ...(Cut ? [make("p", { className: "under" }, text("formulaCut", bytes(Bytes)))] : []),
    make("p", { className: "under" }, text("formulaFiles")),
    files,
  ];
}
