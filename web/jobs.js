/** The list of jobs. */
import { byId, say } from "./dom.js";
import { showFirstJob } from "./first_job.js";
import { JobRow } from "./job_row.js";
import { ask } from "./service.js";
import { text } from "./texts.js";
import { chosenJob, currentView, isFiltered, queryOf } from "./view.js";

/** @import { JobInfo } from "../mod/wire/job_info.ts" */
/** @import { JobsAnswer } from "../mod/http/page/shapes.ts" */

/** Jobs that are listed at first, that more brings, and at most. */
const FIRST = 50, STEP = 50, MOST = 1000;
/** A list that has to be asked for is read again after so many milliseconds, and one more for each of its jobs. */
const READ_EVERY = 3000;

/** Rows of the list by the job's id; they stay, so that whoever is on one stays there. @type {Map<string, JobRow>} */
const rows = new Map();

/** Jobs that are listed, in their order. @type {JobInfo[]} */
let listed = [];
/** The newest jobs and those that haven't ended, as they are told. @type {JobInfo[]} */
let told = [];
let limit = FIRST;
let asked = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** What is known of a job without asking. @param {string} id */
export function jobOf(id) {
  return told.find(({ Id }) => Id === id) ?? listed.find(({ Id }) => Id === id);
}

/** Takes on how jobs are now. @param {JobInfo[]} jobs @param {(error: unknown) => void} tell */
export function showTold(jobs, tell) {
  told = jobs;
  if (isPlain()) return show(jobs, jobs.length >= FIRST);
  const news = new Map(jobs.map((job) => [job.Id, job]));
  show(listed.map((job) => news.get(job.Id) ?? job), !byId("more").hidden);
  timer ??= setTimeout(() => {
    timer = undefined;
    readJobs().catch(tell);
  }, READ_EVERY + limit);
}

/** Reads the jobs of the view, where they aren't told. */
export async function readJobs() {
  const now = ++asked;
  if (isPlain()) return show(told, told.length >= FIRST);
  /** @type {JobsAnswer} */
  const { Jobs, More } = await ask(`jobs?${queryOf(currentView())}&limit=${limit}`);
  if (now === asked) show(Jobs, More);
}

/** The view is another one. */
export async function changeJobs() {
  limit = FIRST;
  await readJobs();
}

/** Lists more. */
export async function showMore() {
  limit = Math.min(MOST, limit + STEP);
  await readJobs();
}

/** Forgets all, when they may be gone. */
export function forgetJobs() {
  told = [];
  show([], false);
}

/** Shows the same with another job being looked at. */
export function showChoice() {
  show(listed, !byId("more").hidden);
}

/** Says everything in another language. */
export function showAnew() {
  rows.clear();
  byId("rows").replaceChildren();
  showChoice();
}

/** The newest jobs first: those that are told. */
function isPlain() {
  return queryOf(currentView()) === "" && limit === FIRST;
}

/** @param {JobInfo[]} jobs @param {boolean} more there are */
function show(jobs, more) {
  listed = jobs;
  const filtered = isFiltered(currentView());
  byId("job-list").hidden = jobs.length === 0;
  byId("more").hidden = !more || limit >= MOST;
  byId("no-more").hidden = !more || limit < MOST;
  byId("nothing-fits").hidden = jobs.length > 0 || !filtered;
  byId("finding").hidden = jobs.length === 0 && !filtered;
  showFirstJob(jobs.length === 0 && !filtered);
  say(byId("count"), filtered ? text(more ? "foundFirst" : "found", jobs.length) : "");
  const body = byId("rows"), chosen = chosenJob();
  const gone = new Set(rows.keys());
  jobs.forEach((job, place) => {
    let row = rows.get(job.Id);
    if (row === undefined) rows.set(job.Id, row = new JobRow(job));
    gone.delete(job.Id);
    row.show(job, job.Id === chosen);
    if (body.children[place] !== row.element) body.insertBefore(row.element, body.children[place]);
  });
  for (const id of gone) {
    rows.get(id)?.element.remove();
    rows.delete(id);
  }
}
