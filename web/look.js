/** How a result is looked at, as the page's address says it. */
import { chosenJob, currentView, queryOf } from "./view.js";

/**
 * What of a result is looked at, and how. Texts are empty and lists have nothing in them where nothing is chosen.
 *
 * @typedef {object} Look
 * @property {string} table of several
 * @property {string[]} y columns that are plotted
 * @property {string | null} x the column that they are plotted over; empty for rows' numbers, and null where nothing is chosen
 * @property {string} group the column whose values make a line each
 * @property {string} other id of another job, which is drawn over this one
 * @property {{ x: boolean, y: boolean }} log logarithmic axes
 * @property {{ from: number, to: number } | null} span rows from the one, from 0, up to the other
 * @property {number[]} hidden places of lines that aren't drawn, among all
 */

/** Names that a look has in the address. */
const NAMES = ["table", "y", "x", "group", "with", "log", "rows", "hide"];

/** What is asked for behind the `#` of an address. @param {string} address */
function queryIn(address) {
  const { hash } = new URL(address);
  const at = hash.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : hash.slice(at + 1));
}

/** How the address says that the result is looked at. @returns {Look} */
export function currentLook() {
  const query = queryIn(location.href);
  const log = query.get("log") ?? "";
  const [, from, to] = /^(\d{1,15})-(\d{1,15})$/.exec(query.get("rows") ?? "") ?? [];
  const span = { from: Number(from) - 1, to: Number(to) };
  return {
    table: query.get("table") ?? "",
    y: [...new Set(query.getAll("y"))],
    x: query.get("x"),
    group: query.get("group") ?? "",
    other: query.get("with") ?? "",
    log: { x: log.includes("x"), y: log.includes("y") },
    span: span.from >= 0 && span.to > span.from ? span : null,
    hidden: [...new Set(query.get("hide")?.match(/\d+/g)?.map(Number) ?? [])],
  };
}

/** The query of a look; empty for that of a job that was just opened. @param {Partial<Look>} look */
function lookQuery({ table, y = [], x = null, group, other, log, span, hidden = [] }) {
  const query = new URLSearchParams(y.map((name) => ["y", name]));
  if (x !== null) query.set("x", x);
  const axes = `${log?.x ? "x" : ""}${log?.y ? "y" : ""}`;
  const rows = span ? `${span.from + 1}-${span.to}` : "";
  const hide = hidden.join(",");
  for (
    const [name, value] of Object.entries({ table, group, with: other, log: axes, rows, hide })
  ) {
    if (value) query.set(name, value);
  }
  return query.toString();
}

/** Whether two addresses of a job say that its result is looked at in the same way. @param {string} one @param {string} other */
export function looksAlike(one, other) {
  const [a, b] = [one, other].map((address) =>
    new URLSearchParams([...queryIn(address)].filter(([name]) => NAMES.includes(name))).toString()
  );
  return a === b;
}

/** Puts into the address how the result is looked at. @param {Partial<Look>} look */
export function changeLook(look) {
  const query = [queryOf(currentView()), lookQuery(look)].filter(Boolean).join("&");
  history.replaceState(null, "", `#${chosenJob()}${query === "" ? "" : `?${query}`}`);
}
