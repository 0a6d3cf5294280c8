import { ServiceError } from "../../common/errors.ts";
import { meantOrAll } from "../../common/nearest.ts";
import type { RowSpan } from "../../job/request.ts";
import type { JobStatus } from "../../job/record.ts";
import { type Asker, ClientJobs } from "../../jobs/client_jobs.ts";
import type { Jobs } from "../../jobs/jobs.ts";
import { fieldsOf } from "../../wire/job_fields.ts";
import { jobInfo } from "../../wire/job_info.ts";
import { formulaInfo, logLines } from "../../wire/job_reply.ts";
import type { History } from "../metrics/history.ts";
import { Downloads, type WantedLines } from "./downloads.ts";
import type { Live } from "./live.ts";
import { listFilter } from "./list_query.ts";
import { json, jsonText } from "./reply.ts";
import { wantedPlot } from "./plot_query.ts";
import { spanOf, whole } from "./query_values.ts";
import { Results, type Shown } from "./results.ts";
import type {
  DownloadAnswer,
  FormulaAnswer,
  HistoryAnswer,
  JobAnswer,
  JobsAnswer,
  LogAnswer,
  NamesAnswer,
  RequestAnswer,
  ResultAnswer,
  SessionAnswer,
} from "./shapes.ts";
import type { Watched } from "../metrics/watched.ts";

/** Names of formulas and of clients that can be chosen among. */
const MOST_NAMES = 200;
/** Rows of a table at most. */
const MOST_ROWS = 200;

/** One request to the API: who asks, for which job, and what for. */
interface Asked {
  asker: Asker;
  jobs: ClientJobs;
  /** Of the job that the path names. */
  id: string;
  query: URLSearchParams;
}

/** Where jobs are sent to. */
type Place = Pick<Watched, "place" | "roots">;

/** What the answers are made of. */
interface Parts {
  watched: Place;
  history: History;
  live: Live;
  results: Results;
  downloads: Downloads;
}

type Answer = (asked: Asked, parts: Parts) => Response | Promise<Response>;

/** What is asked for, by method and path. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  "GET /api/session": ({ asker }, { watched }) => json(sessionOf(asker, watched)),
  "GET /api/history": (_, { history }) => json<HistoryAnswer>({ Samples: history.samples }),
  "GET /api/events": ({ asker }, { live }) => live.listen(asker.principal) ?? busy(),
  "GET /api/jobs": ({ jobs, query }) => json(listOf(jobs, query)),
  "GET /api/names": ({ jobs }) => json(namesOf(jobs)),
  "GET /api/jobs/:id": ({ jobs, id }) => json(jobAnswer(jobs.status(id))),
  "GET /api/jobs/:id/request": async ({ jobs, id }) =>
    json<RequestAnswer>({ Request: fieldsOf(await jobs.request(id)) }),
  "POST /api/jobs/:id/retry": async ({ jobs, id }) => json(jobAnswer(await jobs.retry(id))),
  "POST /api/jobs/:id/cancel": async ({ jobs, id }) => json(jobAnswer(await jobs.cancel(id))),
  "GET /api/jobs/:id/log": ({ jobs, id }) => json<LogAnswer>(logLines(jobs.log(id))),
  "GET /api/jobs/:id/formula": ({ jobs, id }) =>
    json<FormulaAnswer>({ Formula: formulaInfo(jobs.formula(id)) }),
  "GET /api/jobs/:id/result": async (asked, { results }) =>
    json<ResultAnswer>(await results.describe(shown(asked))),
  "GET /api/jobs/:id/download": (asked, { downloads }) =>
    json<DownloadAnswer>(downloads.describe(shown(asked))),
  "GET /api/jobs/:id/file": (asked, { downloads }) => downloads.file(shown(asked)),
  "GET /api/jobs/:id/csv": (asked, { downloads }) =>
    downloads.lines(shown(asked), wantedLines(asked.query)),
  "GET /api/jobs/:id/rows": async (asked, { results }) => {
    return jsonText(await results.rows(shown(asked), wantedRows(asked.query)));
  },
  "GET /api/jobs/:id/plot": async (asked, { results }) => {
    return jsonText(await results.plot(shown(asked), wantedPlot(asked.query)));
  },
};

const ROUTES = Object.entries(ANSWERS).map(([what, answer]) => {
  const [method, pathname] = what.split(" ") as [string, string];
  return { method, pattern: new URLPattern({ pathname }), answer };
});

/** What the page asks for: jobs, their logs and results, the service's history. */
export class Api {
  readonly #jobs: Jobs;
  readonly #parts: Parts;

  constructor(watched: Watched, history: History, live: Live) {
    this.#jobs = watched.jobs;
    const results = new Results(watched);
    const downloads = new Downloads(watched, results);
    this.#parts = { watched, history, live, results, downloads };
  }

  /**
   * The reply to a request below `/api/`; null where there is nothing.
   *
   * @throws ServiceError what can't be had, or isn't allowed
   */
  async answer(method: string, url: URL, asker: Asker): Promise<Response | null> {
    for (const route of ROUTES) {
      const found = route.method === method ? route.pattern.exec(url) : null;
      if (found === null) continue;
      const { id = "" } = found.pathname.groups;
      const jobs = new ClientJobs(this.#jobs, asker);
      return await route.answer({ asker, jobs, id, query: url.searchParams }, this.#parts);
    }
    return null;
  }

  /** Looks at no more results. */
  close(): void {
    this.#parts.results.close();
  }
}

function sessionOf({ principal: { name, role, roots } }: Asker, watched: Place): SessionAnswer {
  const place = watched.place();
  return {
    Name: name,
    Role: role,
    Service: place && {
      Host: place.hostname,
      Port: place.port,
      Tls: place.tls,
      Token: place.token,
      Folder: (roots ?? watched.roots)[0]!,
    },
  };
}

/** The first jobs of the list that is asked for. */
function listOf(jobs: ClientJobs, query: URLSearchParams): JobsAnswer {
  const filter = listFilter(query);
  const found = jobs.list({ ...filter, limit: filter.limit + 1 });
  return { Jobs: found.slice(0, filter.limit).map(jobInfo), More: found.length > filter.limit };
}

function namesOf(jobs: ClientJobs): NamesAnswer {
  const { files, clients } = jobs.names(MOST_NAMES);
  return { Formulas: files, Clients: clients };
}

function jobAnswer(status: JobStatus): JobAnswer {
  return { Job: jobInfo(status) };
}

/** The result that is asked for, and its table, where that is named. */
function shown(asked: Asked): Shown {
  return { id: reached(asked), table: asked.query.get("table") };
}

/** The id of a job that is there for who asks. @throws ServiceError `JOB_NOT_FOUND` */
function reached({ jobs, id }: Asked): string {
  return jobs.status(id).record.id;
}

function busy(): never {
  throw new ServiceError("BUSY", "too many pages are open: close one of them");
}

/** @throws ServiceError `BAD_REQUEST` */
function wantedLines(given: URLSearchParams): WantedLines {
  const names = ["column", "from", "to", "table"];
  for (const name of given.keys()) {
    if (names.includes(name)) continue;
    throw new ServiceError("BAD_REQUEST", `there is no ${name} of CSV: ${meantOrAll(name, names)}`);
  }
  return { columns: given.getAll("column"), span: spanOf(given) };
}

/** @throws ServiceError `BAD_REQUEST` */
function wantedRows(given: URLSearchParams): RowSpan {
  const from = whole("from", given.get("from"), 0);
  const to = whole("to", given.get("to"), from + MOST_ROWS);
  if (to > from && to - from <= MOST_ROWS) return { from, to };
  throw new ServiceError("BAD_REQUEST", `to must be above from, by ${MOST_ROWS} at most`);
}
