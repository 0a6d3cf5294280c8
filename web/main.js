/** The page: the service at a glance, its jobs, one of them more closely. */
import { byId, fill, say } from "./dom.js";
import { bytes, count, seconds } from "./format.js";
import { showHistory } from "./history.js";
import { closeJob, redrawJob, showJob } from "./job.js";
import { forgetJobs, jobOf, showAnew, showJobs, showOlder } from "./jobs.js";
import { ask, jobPath, listen } from "./service.js";
import { offerSettings } from "./settings.js";
import { text } from "./texts.js";

/** @import { Statistic } from "../mod/wire/statistic.ts" */
/** @import { JobAnswer, SessionAnswer } from "../mod/http/page/shapes.ts" */

/** The history is read again after so many milliseconds. */
const HISTORY_EVERY = 10_000;

/** @type {Statistic | null} */
let last = null;
let isLost = false;

offerSettings(() => {
  showAnew(chosen());
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
    showJobs(jobs, chosen());
    const job = jobOf(chosen());
    if (job !== undefined) showJob(job);
  },
  service: showService,
  trouble: tell,
  lost(lost) {
    if (isLost && !lost) forgetJobs(); // it may be another service by now
    isLost = lost;
    showLost();
  },
});

addEventListener("hashchange", async () => {
  showJobs([], chosen());
  await showChosen().catch(tell);
  const title = document.getElementById("job-title");
  title?.focus();
  title?.scrollIntoView({ block: "start" });
});

/** @type {HTMLElement} */ (document.querySelector(".skip")).onclick = (event) => {
  event.preventDefault(); // what follows `#` is the job that is looked at
  byId("jobs").focus();
};
byId("older").onclick = () => showOlder(chosen()).catch(tell);
setInterval(() => document.hidden || showHistory().catch(tell), HISTORY_EVERY);
document.addEventListener("visibilitychange", () => document.hidden || showHistory().catch(tell));
showHistory().catch(tell);
showChosen().catch(tell);
showRole().catch(tell);

/** Id of the job that is looked at, or nothing. */
function chosen() {
  return location.hash.slice(1);
}

/** Shows the job that is looked at, one that is not in the list, too. */
async function showChosen() {
  const id = chosen();
  if (id === "") return closeJob();
  /** @type {JobAnswer} */
  const { Job } = await ask(jobPath(id));
  if (id === chosen()) showJob(Job);
}

/** Who may only look has no buttons that the service would refuse. */
async function showRole() {
  /** @type {SessionAnswer} */
  const { Role } = await ask("session");
  document.documentElement.dataset.role = Role;
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
