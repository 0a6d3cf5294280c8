/** What the service answers. */

/**
 * A job as the protocol tells of it.
 *
 * @typedef {object} Job
 * @property {string} Id
 * @property {"queued" | "running" | "complete" | "failed" | "cancelled"} State
 * @property {string} Directory
 * @property {string} Base
 * @property {string} File
 * @property {string} Client
 * @property {string} [Owner]
 * @property {string} [Key]
 * @property {number} Priority
 * @property {string} Submitted
 * @property {string | null} Started
 * @property {string | null} Ended
 * @property {number} Attempts
 * @property {number} [Seconds]
 * @property {number | null} [SecondsLeft]
 * @property {number} [RowsDone]
 * @property {number | null} [RowsTotal]
 * @property {number} [TasksDone]
 * @property {number | null} [TasksTotal]
 * @property {{ File: string }} [Result]
 * @property {string} [Kind]
 * @property {number} [Rows]
 * @property {number} [Partitions]
 * @property {number} [BytesRead]
 * @property {number} [BytesWritten]
 * @property {number} [Workers]
 * @property {{ Code: string, Message: string, Where?: string, Stack?: string }} [Error]
 */

/**
 * @typedef {object} Statistic
 * @property {{ Total: number, Available: number } | null} Memory
 * @property {number[] | null} Load
 * @property {number} Uptime
 * @property {string} Version
 * @property {number} Connections
 * @property {{ Running: number, Queued: number, Done: number, Failed: number }} Jobs
 * @property {number} Workers
 */

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
 * Listens to what happens for as long as the page is open.
 *
 * @param {{ jobs: (jobs: Job[]) => void, service: (statistic: Statistic) => void,
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
