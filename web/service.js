/** What the service answers. */

/** @import { JobInfo } from "../mod/wire/job_info.ts" */
/** @import { Statistic } from "../mod/wire/statistic.ts" */
/** @import { FailureAnswer } from "../mod/http/page/shapes.ts" */

/**
 * Asks the service.
 *
 * @param {string} path below `/api/`
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 * @throws {Error} with the service's message
 */
export async function ask(path, options = {}) {
  const reply = await fetch(`/api/${path}`, options);
  if (reply.status === 401) location.reload();
  const body = await reply.json();
  if (!reply.ok) throw new Error(body.Error.Message);
  return body;
}

/** The path of a job. @param {string} id @param {string} [part] */
export function jobPath(id, part) {
  return `jobs/${encodeURIComponent(id)}${part === undefined ? "" : `/${part}`}`;
}

/**
 * The path of a part of a result.
 *
 * @param {{ id: string, table: string | null }} shown the job, and of several tables one
 * @param {string} part
 * @param {URLSearchParams} [query]
 */
export function resultPath({ id, table }, part, query = new URLSearchParams()) {
  if (table !== null) query.set("table", table);
  return `${jobPath(id, part)}?${query}`;
}

/**
 * Listens to what happens for as long as the page is open.
 *
 * @param {{ jobs: (jobs: JobInfo[]) => void, service: (statistic: Statistic) => void,
 *   trouble: (message: string) => void, lost: (lost: boolean) => void }} told
 */
export function listen({ jobs, service, trouble, lost }) {
  const source = new EventSource("/api/events");
  source.addEventListener("jobs", ({ data }) => jobs(JSON.parse(data)));
  source.addEventListener("trouble", ({ data }) => trouble(JSON.parse(data)));
  source.addEventListener("service", ({ data }) => service(JSON.parse(data)));
  source.onopen = () => lost(false);
  source.onerror = () => {
    lost(true);
    if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
    setTimeout(() => listen({ jobs, service, trouble, lost }), 2000);
  };
}
