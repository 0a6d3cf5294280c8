/** What the page's address says: the job that is looked at, and which jobs are listed. */

/**
 * Which jobs are listed; nothing is chosen where a text is empty. Times are those of ISO 8601, in UTC.
 *
 * @typedef {{ search: string, state: string, formula: string, client: string, from: string, to: string, sort: string }} View
 */

/** Of the address, and of the service's list. */
const NAMES = /** @type {const} */ ([
  "search",
  "state",
  "formula",
  "client",
  "from",
  "to",
  "sort",
]);

/** Id of the job that is looked at, or nothing. */
export function chosenJob() {
  return location.hash.slice(1).split("?")[0];
}

/** @returns {View} */
export function currentView() {
  const at = location.hash.indexOf("?");
  const query = new URLSearchParams(at < 0 ? "" : location.hash.slice(at + 1));
  return /** @type {View} */ (Object.fromEntries(
    NAMES.map((name) => [name, query.get(name) ?? ""]),
  ));
}

/** The query of a view; empty for that of all jobs, the newest first. @param {View} view */
export function queryOf(view) {
  return new URLSearchParams(
    NAMES.filter((name) => view[name] !== "").map((name) => [name, view[name]]),
  ).toString();
}

/** Whether a view leaves jobs out. @param {View} view */
export function isFiltered(view) {
  return NAMES.some((name) => name !== "sort" && view[name] !== "");
}

/** The address of a job, or of the list alone, in the view as it is. @param {string} id */
export function hashOf(id) {
  const query = queryOf(currentView());
  return `#${id}${query === "" ? "" : `?${query}`}`;
}

/** Changes the view; what is looked at stays, and the way back leads to what was before. @param {Partial<View>} change */
export function changeView(change) {
  const at = location.hash.indexOf("?");
  const others = new URLSearchParams(at < 0 ? "" : location.hash.slice(at + 1));
  for (const name of NAMES) others.delete(name);
  const query = [queryOf({ ...currentView(), ...change }), others.toString()].filter(Boolean).join(
    "&",
  );
  const hash = `${chosenJob()}${query === "" ? "" : `?${query}`}`;
  history.replaceState(null, "", hash === "" ? location.pathname : `#${hash}`);
}
