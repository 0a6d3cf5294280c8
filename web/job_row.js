/** A job in the list. */
import { make, say } from "./dom.js";
import { moment, seconds } from "./format.js";
import { explained } from "./errors.js";
import { JobActions } from "./job_actions.js";
import { farOf, shareOf, shortId, tookOf } from "./job_state.js";
import { text } from "./texts.js";
import { hashOf } from "./view.js";

/** @import { JobInfo } from "../mod/wire/job_info.ts" */

export class JobRow {
  element = make("tr", { role: "row" });
  #link = make("a");
  #state = make("span");
  #progress = make("progress", { max: 1, hidden: true });
  #far = make("span", { className: "far" });
  #error = make("span", { className: "why" });
  #took = make("span");
  #actions;

  /** @param {JobInfo} job */
  constructor(job) {
    const { Id, File, Base, Client, Submitted, Params, Output } = job;
    this.#actions = new JobActions(job);
    this.#link.textContent = File;
    this.element.append(
      cell(
        "th",
        "name",
        this.#link,
        Params === undefined ? "" : cut("params", Params),
        Output === undefined ? "" : cut("output", `→ ${Output}`),
      ),
      cell("td", "state", this.#state, this.#progress, this.#far, this.#error),
      cell("td", "wide", Base),
      cell("td", "wide", Client),
      cell("td", "wide", moment(Submitted)),
      cell("td", "number", this.#took),
      cell("td", "wide", make("code", { title: Id }, shortId(Id))),
      cell("td", "acts", ...this.#actions.elements),
    );
    this.#progress.ariaLabel = File;
  }

  /** @param {JobInfo} job @param {boolean} chosen */
  show(job, chosen) {
    this.element.classList.toggle("chosen", chosen);
    this.#link.ariaCurrent = chosen ? "true" : null;
    const hash = hashOf(job.Id);
    if (this.#link.getAttribute("href") !== hash) this.#link.href = hash;
    this.#state.className = `chip ${job.State}`;
    say(this.#state, text(`state.${job.State}`));
    this.#progress.hidden = job.State !== "running";
    const share = shareOf(job);
    if (share === null) this.#progress.removeAttribute("value");
    else this.#progress.value = share;
    say(this.#far, farOf(job));
    this.#showError(job);
    const took = tookOf(job);
    say(this.#took, took === null ? "" : seconds(took));
    this.#actions.show(job);
  }

  /** @param {JobInfo} job */
  #showError({ Error: error }) {
    if (error === undefined || this.#error.childElementCount > 0) return;
    const { Code, Message } = error;
    this.#error.title = `${explained(Code)}\n${Message}`;
    this.#error.append(make("b", {}, Code), " ", Message);
  }
}

/**
 * A cell says what it is, as tables that are laid out otherwise on a phone are none to some readers.
 *
 * @param {"th" | "td"} name
 * @param {string} className
 * @param {...(Node | string)} content
 */
function cell(name, className, ...content) {
  const made = make(name, { className, role: name === "th" ? "rowheader" : "cell" }, ...content);
  if (name === "th") made.setAttribute("scope", "row");
  return made;
}

/** A text in a line, which is all below the pointer. @param {string} className @param {string} said */
function cut(className, said) {
  return make("span", { className: `cut ${className}`, title: said }, said);
}
