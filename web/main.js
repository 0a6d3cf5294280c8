/** The page: the service at a glance, its jobs, one of them more closely. */
import { byId, fill, say } from "./dom.js";
import { bytes, count, seconds } from "./format.js";
import { showHistory } from "./history.js";
import { offerFilters, readNames, showFilters } from "./filters.js";
import { knowSession } from "./first_job.js";
import { closeJob, lookAgain, redrawJob, showJob, showNoJob } from "./job.js";
import {
  changeJobs,
  forgetJobs,
  jobOf,
  readJobs,
  showAnew,
  showChoice,
  showMore,
  showTold,
} from "./jobs.js";
import { ask, jobPath, listen } from "./service.js";
import { looksAlike } from "./look.js";
import { offerSettings } from "./settings.js";
import { text } from "./texts.js";
import { chosenJob, currentView, queryOf } from "./view.js";

/** @import { Statistic } from "../mod/wire/statistic.ts" */
/** @import { JobAnswer, SessionAnswer } from "../mod/http/page/shapes.ts" */

/** The history is read again after so many milliseconds. */
const HISTORY_EVERY = 10_000;

/** @type {Statistic | null} */
let last = null;
let isLost = false;

/** The view as the address had it last. */
let view = queryOf(currentView());

offerFilters(() => {
  view = queryOf(currentView());
  changeJobs().catch(tell);
});

offerSettings(() => {
  showFilters();
  showAnew();
  if (last !== null) showService(last);
  showLost();
  showHistory().catch(tell);
  closeJob();
  showChosen().catch(tell);
}, () => {
  showHistory().catch(tell);
  redrawJob();
});

listen({
  jobs(jobs) {
    showLost();
    showTold(jobs, tell);
    const job = jobOf(chosenJob());
    if (job !== undefined) showJob(job);
  },
  service: showService,
  trouble: tell,
  lost(lost) {
    if (isLost && !lost) {
      forgetJobs(); // it may be another service by now
      readJobs().catch(tell);
    }
    isLost = lost;
    showLost();
  },
});

addEventListener("hashchange", async ({ oldURL, newURL }) => {
  const query = queryOf(currentView());
  showFilters();
  if (query === view) showChoice();
  else changeJobs().catch(tell);
  view = query;
  const isSame = new URL(oldURL).hash.split("?")[0] === `#${chosenJob()}`;
  await showChosen().catch(tell);
  if (isSame && !looksAlike(oldURL, newURL)) return lookAgain();
  document.getElementById("job-title")?.focus({ preventScroll: true });
  lookAtJob();
});

/** @type {HTMLElement} */ (document.querySelector(".skip")).onclick = (event) => {
  event.preventDefault(); // what follows `#` is the job that is looked at
  byId("jobs").focus();
};
byId("more").onclick = () => showMore().catch(tell);
setInterval(() => document.hidden || showHistory().catch(tell), HISTORY_EVERY);
document.addEventListener("visibilitychange", () => document.hidden || showHistory().catch(tell));
showHistory().catch(tell);
showFilters();
showSession().catch(tell);
showChosen().then(lookAtJob).catch(tell);

/** Shows the job that is looked at, one that is not in the list, too. */
async function showChosen() {
  const id = chosenJob();
  if (id === "") return closeJob();
  try {
    /** @type {JobAnswer} */
    const { Job } = await ask(jobPath(id));
    if (id === chosenJob()) showJob(Job);
  } catch (error) {
    if (id === chosenJob()) showNoJob(error instanceof Error ? error.message : String(error));
  }
}

/** Brings the job to where it can be seen. */
function lookAtJob() {
  const job = byId("job");
  if (job.hidden) return;
  const { top } = job.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) job.scrollIntoView({ block: "start" });
}

/** Who may only look has no buttons that the service would refuse. */
async function showSession() {
  /** @type {SessionAnswer} */
  const session = await ask("session");
  document.documentElement.dataset.role = session.Role;
  knowSession(session);
  showChoice();
  await readNames();
  await readJobs();
}

/** @param {Statistic} statistic */
function showService(statistic) {
  last = statistic;
  const { Jobs, Connections, Memory, Load, Uptime, Version, Workers } = statistic;
  say(byId("state"), text(Jobs.Running > 0 ? "working" : "ready"));
  byId("state").className = Jobs.Running > 0 ? "working" : "ready";
  fill(byId("figures"), [
    [text("running"), count(Jobs.Running)],
    [text("queued"), count(Jobs.Queued)],
    [text("done"), count(Jobs.Done)],
    [text("failedCount"), count(Jobs.Failed)],
    [text("connections"), count(Connections)],
    [
      text("machineMemory"),
      Memory && `${bytes(Memory.Total - Memory.Available)} / ${bytes(Memory.Total)}`,
    ],
    [text("load"), Load && count(Math.round(Load[0] * 100) / 100)],
    [text("workers"), count(Workers)],
    [text("uptime"), seconds(Math.floor(Uptime))],
    [text("version"), Version],
  ]);
}

function showLost() {
  byId("trouble").hidden = !isLost;
  say(byId("trouble"), isLost ? text("lost") : "");
}

/** Says what went wrong. @param {unknown} error */
function tell(error) {
  if (isLost) return; // that is said already
  byId("trouble").hidden = false;
  say(byId("trouble"), error instanceof Error ? error.message : String(error));
}
