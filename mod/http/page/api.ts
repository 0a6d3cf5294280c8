import { ServiceError } from "../../common/errors.ts";
import { type Asker, ClientJobs } from "../../jobs/client_jobs.ts";
import { jobInfo } from "../../wire/job_info.ts";
import type { History } from "../metrics/history.ts";
import type { Live } from "./live.ts";
import { json } from "./reply.ts";
import { Results, type Wanted } from "./results.ts";
import type { Watched } from "../metrics/watched.ts";

/** Jobs on a page of the list. */
const PAGE = 50;
/** Points of a plot at most. */
const MOST_POINTS = 4000;

/** What the page asks for: jobs, their logs and results, the service's history. */
export class Api {
  readonly #watched: Watched;
  readonly #history: History;
  readonly #live: Live;
  readonly #results: Results;

  constructor(watched: Watched, history: History, live: Live) {
    this.#watched = watched;
    this.#history = history;
    this.#live = live;
    this.#results = new Results(watched);
  }

  /**
   * The reply to a request below `/api/`; null where there is nothing.
   *
   * @throws ServiceError what can't be had, or isn't allowed
   */
  async answer(
    method: string,
    { pathname, searchParams }: URL,
    asker: Asker,
  ): Promise<Response | null> {
    const [, , what, id, part] = pathname.split("/");
    const asked = [what, id === undefined ? "" : "id", part ?? ""].join("/");
    const jobs = new ClientJobs(this.#watched.jobs, asker);
    if (method === "POST") {
      if (asked !== "jobs/id/cancel") return null;
      return json({ Job: jobInfo(await jobs.cancel(id!)) });
    }
    switch (asked) {
      case "history//":
        return json({ Samples: this.#history.samples });
      case "events//":
        return this.#live.listen(asker.principal) ?? busy();
      case "jobs//":
        return json({ Jobs: list(jobs, searchParams.get("before")).map(jobInfo) });
      case "jobs/id/":
        return json({ Job: jobInfo(jobs.status(id!)) });
      case "jobs/id/log":
        return json({ Log: jobs.log(id!) });
      case "jobs/id/result":
        return json(await this.#results.describe(jobs.status(id!).record.id));
      case "jobs/id/plot": {
        const { record } = jobs.status(id!);
        return json(await this.#results.plot(record.id, wantedOf(searchParams)));
      }
      case "session//": {
        const { name, role } = asker.principal;
        return json({ Name: name, Role: role });
      }
      default:
        return null;
    }
  }

  /** Looks at no more results. */
  close(): void {
    this.#results.close();
  }
}

/** A page of the list: the newest jobs, or those that came before one. */
function list(jobs: ClientJobs, before: string | null) {
  if (before === null) return jobs.list({ limit: PAGE });
  return jobs.list({ limit: PAGE, before: jobs.status(before).record.seq });
}

function busy(): never {
  throw new ServiceError("BUSY", "too many pages are open: close one of them");
}

/** @throws ServiceError `BAD_REQUEST` */
function wantedOf(given: URLSearchParams): Wanted {
  const y = given.get("y");
  if (!y) throw new ServiceError("BAD_REQUEST", "y must name a column");
  const spacing = given.get("spacing") ?? "linear";
  if (spacing !== "linear" && spacing !== "log") {
    throw new ServiceError("BAD_REQUEST", "spacing must be linear or log");
  }
  const from = whole("from", given.get("from"), 0);
  const to = whole("to", given.get("to"), Number.MAX_SAFE_INTEGER);
  if (to <= from) throw new ServiceError("BAD_REQUEST", "to must be above from");
  const points = whole("points", given.get("points"), 1000);
  if (points < 1 || points > MOST_POINTS) {
    throw new ServiceError("BAD_REQUEST", `points must be from 1 to ${MOST_POINTS}`);
  }
  return { y, x: given.get("x") || null, span: { from, to }, points, spacing };
}

/** A whole number that isn't below 0. @throws ServiceError `BAD_REQUEST` */
function whole(name: string, text: string | null, absent: number): number {
  if (text === null) return absent;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ServiceError("BAD_REQUEST", `${name} must be a whole number, not ${text}`);
}
