/** What can be done with a job. */
import { make, say } from "./dom.js";
import { isEnded } from "./job_state.js";
import { ask, jobPath } from "./service.js";
import { text } from "./texts.js";

/** @import { JobInfo } from "../mod/wire/job_info.ts" */
/** @import { JobAnswer } from "../mod/http/page/shapes.ts" */

/** How long a button waits for the second press, in milliseconds. */
const SURE_WITHIN = 5000;

/** Buttons that cancel a job, or submit the same once more. */
export class JobActions {
  /** @type {HTMLButtonElement} */
  #cancel;
  /** @type {HTMLButtonElement} */
  #retry;

  /**
   * @param {JobInfo} job
   * @param {(job: JobInfo) => void} [retried] told of the new job
   */
  constructor({ Id, File }, retried = () => {}) {
    this.#cancel = sureButton("cancel", File, async () => {
      await ask(jobPath(Id, "cancel"), { method: "POST" });
    });
    this.#retry = sureButton("retry", File, async () => {
      /** @type {JobAnswer} */
      const { Job } = await ask(jobPath(Id, "retry"), { method: "POST" });
      retried(Job);
    });
    this.elements = [this.#cancel, this.#retry];
  }

  /** @param {JobInfo} job */
  show(job) {
    this.#cancel.hidden = isEnded(job);
    this.#retry.hidden = !isEnded(job);
  }
}

/**
 * A button that does what it is for when it is pressed twice: a run that is cancelled is lost, and one that is
 * done again replaces the result. What the service refuses is said beside it.
 *
 * @param {"cancel" | "retry"} what
 * @param {string} name of the formula
 * @param {() => Promise<void>} run
 */
function sureButton(what, name, run) {
  const button = make("button", { type: "button", className: `${what} act` }, text(what));
  const ask_ = (/** @type {boolean} */ sure) => {
    if (sure) button.dataset.sure = "true";
    else delete button.dataset.sure;
    say(button, text(sure ? `${what}Sure` : what));
    button.ariaLabel = sure ? null : text(`${what}Of`, name);
  };
  ask_(false);
  let timer = 0;
  button.onclick = async () => {
    clearTimeout(timer); // that of an earlier press would ask once more
    if (!button.dataset.sure) {
      ask_(true);
      timer = setTimeout(() => ask_(false), SURE_WITHIN);
      return;
    }
    ask_(false);
    button.disabled = true;
    button.parentElement?.querySelector(".refused")?.remove();
    try {
      await run();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      button.after(make("span", { className: "refused", role: "alert" }, message));
    } finally {
      button.disabled = false;
    }
  };
  return button;
}
