/** The list of jobs. */
import { byId, make, say } from "./dom.js";
import { moment, seconds } from "./format.js";
import { ask, jobPath } from "./service.js";
import { text } from "./texts.js";

/** @import { JobInfo } from "../mod/wire/job_info.ts" */
/** @import { JobsAnswer } from "../mod/http/page/shapes.ts" */

/** Rows of the list by the job's id; they stay, so that whoever is on one stays there. @type {Map<string, Row>} */
const rows = new Map();

/** Jobs that are shown at most; the oldest go. */
const MOST = 1000;

/** Jobs by their id, the newest first. @type {Map<string, JobInfo>} */
let known = new Map();

/** @param {string} id */
export function jobOf(id) {
  return known.get(id);
}

/** Takes on what is new, and shows it. @param {JobInfo[]} jobs @param {string} [chosen] */
export function showJobs(jobs, chosen) {
  const all = new Map([...known, ...jobs.map((job) => /** @type {const} */ ([job.Id, job]))]);
  known = new Map(
    [...all].sort(([, a], [, b]) =>
      a.Submitted < b.Submitted ? 1 : a.Submitted > b.Submitted ? -1 : 0
    ),
  );
  for (const id of [...known.keys()].slice(MOST)) {
    known.delete(id);
    rows.get(id)?.element.remove();
    rows.delete(id);
  }
  byId("no-jobs").hidden = known.size > 0;
  byId("job-list").hidden = known.size === 0;
  if (byId("older").dataset.end !== "true") byId("older").hidden = known.size < 50;
  const body = byId("rows");
  let place = 0;
  for (const job of known.values()) {
    let row = rows.get(job.Id);
    if (row === undefined) rows.set(job.Id, row = new Row(job));
    row.show(job, job.Id === chosen);
    if (body.children[place] !== row.element) body.insertBefore(row.element, body.children[place]);
    place++;
  }
}

/** Forgets all, when they may be gone. */
export function forgetJobs() {
  known.clear();
  showAnew();
}

/** Says everything in another language. @param {string} [chosen] */
export function showAnew(chosen) {
  rows.clear();
  byId("rows").replaceChildren();
  showJobs([], chosen);
}

/** Fetches what came before the oldest job that is shown. @param {string} [chosen] */
export async function showOlder(chosen) {
  const oldest = [...known.values()].at(-1);
  if (oldest === undefined) return;
  /** @type {JobsAnswer} */
  const { Jobs } = await ask(`jobs?before=${encodeURIComponent(oldest.Id)}`);
  byId("older").dataset.end = String(Jobs.length === 0);
  byId("older").hidden = Jobs.length === 0;
  showJobs(Jobs, chosen);
}

class Row {
  element = make("tr");
  #state = make("span");
  #progress = make("progress", { max: 1, hidden: true });
  #far = make("span", { className: "far" });
  #took = make("span");
  #cancel;

  /** @param {JobInfo} job */
  constructor({ Id, File, Base, Client, Submitted }) {
    const link = make("a", { href: `#${Id}` }, File);
    this.#cancel = cancelButton(Id, File);
    this.element.append(
      make("th", { scope: "row" }, link),
      make("td", {}, this.#state, this.#progress, this.#far),
      make("td", { className: "wide" }, Base),
      make("td", { className: "wide" }, Client),
      make("td", { className: "wide" }, moment(Submitted)),
      make("td", { className: "number" }, this.#took),
      make("td", {}, this.#cancel),
    );
    this.#progress.ariaLabel = File;
  }

  /** @param {JobInfo} job @param {boolean} chosen */
  show(job, chosen) {
    this.element.classList.toggle("chosen", chosen);
    this.#state.className = `chip ${job.State}`;
    say(this.#state, text(`state.${job.State}`));
    this.#progress.hidden = job.State !== "running";
    const share = shareOf(job);
    if (share === null) this.#progress.removeAttribute("value");
    else this.#progress.value = share;
    say(this.#far, farOf(job));
    const took = tookOf(job);
    say(this.#took, took === null ? "" : seconds(took));
    this.#cancel.hidden = isEnded(job);
  }
}

/** @param {JobInfo} job */
export function isEnded({ State }) {
  return State !== "queued" && State !== "running";
}

/** Seconds a job ran, or null before. @param {JobInfo} job */
export function tookOf({ Started, Ended, Seconds }) {
  if (Started === null) return null;
  return Ended === null ? Seconds ?? null : (Date.parse(Ended) - Date.parse(Started)) / 1000;
}

/** How far a running job is, from 0 to 1. @param {JobInfo} job */
export function shareOf({ RowsDone, RowsTotal, TasksDone, TasksTotal }) {
  if (RowsTotal && RowsDone) return RowsDone / RowsTotal;
  return TasksTotal ? (TasksDone ?? 0) / TasksTotal : null;
}

/** The same in words. @param {JobInfo} job */
export function farOf({ State, RowsDone, RowsTotal, TasksDone, TasksTotal, SecondsLeft }) {
  if (State !== "running") return "";
  const far = RowsTotal && RowsDone
    ? text("rowsOf", RowsDone, RowsTotal)
    : TasksTotal
    ? text("tasksOf", TasksDone ?? 0, TasksTotal)
    : "";
  const left = typeof SecondsLeft === "number" ? text("left", seconds(Math.ceil(SecondsLeft))) : "";
  return [far, left].filter(Boolean).join(", ");
}

/** How long the button waits for the second press, in milliseconds. */
const SURE_WITHIN = 5000;

/**
 * A button that cancels a job when it is pressed twice.
 *
 * @param {string} id
 * @param {string} name
 */
export function cancelButton(id, name) {
  const button = make("button", { type: "button", className: "cancel" }, text("cancel"));
  const label = () => button.ariaLabel = button.dataset.sure ? null : text("cancelOf", name);
  const ask_ = (/** @type {boolean} */ sure) => {
    if (sure) button.dataset.sure = "true";
    else delete button.dataset.sure;
    say(button, text(sure ? "cancelSure" : "cancel"));
    label();
  };
  label();
  button.onclick = async () => {
    if (!button.dataset.sure) {
      ask_(true);
      setTimeout(() => ask_(false), SURE_WITHIN);
      return;
    }
    ask_(false);
    button.disabled = true;
    try {
      await ask(jobPath(id, "cancel"), { method: "POST" });
    } finally {
      button.disabled = false;
    }
  };
  return button;
}
