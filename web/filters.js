/** The search above the list, its filters and its order. */
import { byId, make } from "./dom.js";
import { ask } from "./service.js";
import { text } from "./texts.js";
import { changeView, currentView } from "./view.js";

/** @import { NamesAnswer } from "../mod/http/page/shapes.ts" */
/** @import { View } from "./view.js" */

const STATES = ["queued", "running", "complete", "failed", "cancelled"];
/** A search begins so many milliseconds after the last letter. */
const TYPED = 250;
/** The filters fold in a list of this width and less, as in the style sheet: 46rem. */
const FOLDED = 736;
/** Columns that begin with their greatest values. */
const GREATEST_FIRST = ["submitted", "seconds"];
/** Each order, as the address has it, with its words. */
const ORDERS = {
  "-submitted": "sortNewest",
  submitted: "sortOldest",
  file: "sortFormula",
  state: "sortState",
  client: "sortClient",
  "-seconds": "sortLongest",
  seconds: "sortShortest",
};

const search = /** @type {HTMLInputElement} */ (byId("search"));
const sort = /** @type {HTMLSelectElement} */ (byId("sort"));
const choices = /** @type {const} */ (["state", "formula", "client"]);
const times = /** @type {const} */ (["from", "to"]);
/** Names that can be chosen, as they were told last. @type {NamesAnswer} */
let names = { Formulas: [], Clients: [] };

/** @param {"state" | "formula" | "client"} name */
const choice = (name) => /** @type {HTMLSelectElement} */ (byId(`by-${name}`));
/** @param {"from" | "to"} name */
const time = (name) => /** @type {HTMLInputElement} */ (byId(`by-${name}`));

/** Makes them work. @param {() => void} changed called when other jobs are to be listed */
export function offerFilters(changed) {
  const change = (/** @type {Partial<View>} */ by) => {
    changeView(by);
    showFilters();
    changed();
  };
  let timer = 0;
  search.oninput = () => {
    clearTimeout(timer);
    timer = setTimeout(() => change({ search: search.value.trim() }), TYPED);
  };
  for (const name of choices) choice(name).onchange = () => change({ [name]: choice(name).value });
  for (const name of times) time(name).onchange = () => change({ [name]: utcOf(time(name).value) });
  sort.onchange = () => change({ sort: sort.value === "-submitted" ? "" : sort.value });
  byId("clear").onclick = () => {
    change({ search: "", state: "", formula: "", client: "", from: "", to: "" });
    search.focus();
  };
  for (const button of sortButtons()) {
    button.onclick = () => {
      const by = button.dataset.sort ?? "";
      const now = currentView().sort || "-submitted";
      const first = GREATEST_FIRST.includes(by) ? `-${by}` : by;
      const next = now !== first ? first : first === by ? `-${by}` : by;
      change({ sort: next === "-submitted" ? "" : next });
    };
  }
  const details = /** @type {HTMLDetailsElement} */ (byId("filters"));
  // Where the list has little room they fold, unless they are used.
  let narrow = false;
  new ResizeObserver(([{ contentRect: { width } }]) => {
    if (width === 0 || narrow === (narrow = width <= FOLDED)) return;
    details.open = !narrow || isUsed();
  }).observe(byId("jobs"));
  details.addEventListener("focusin", () => readNames());
}

/** Reads the names that can be chosen. */
export async function readNames() {
  names = await ask("names");
  showFilters();
}

/** Shows what the address says. */
export function showFilters() {
  const view = currentView();
  if (document.activeElement !== search) search.value = view.search;
  options(choice("state"), view.state, STATES.map((one) => [one, text(`state.${one}`)]));
  options(choice("formula"), view.formula, names.Formulas.map((one) => [one, one]));
  options(choice("client"), view.client, names.Clients.map((one) => [one, one]));
  for (const name of times) time(name).value = localOf(view[name]);
  const order = view.sort || "-submitted";
  sort.replaceChildren(
    ...Object.entries(ORDERS).map(([value, words]) => make("option", { value }, text(words))),
  );
  sort.value = order;
  byId("clear").hidden = !isUsed();
  for (const button of sortButtons()) {
    const by = button.dataset.sort;
    const header = /** @type {HTMLElement} */ (button.parentElement);
    header.ariaSort = order === by ? "ascending" : order === `-${by}` ? "descending" : "none";
  }
}

function isUsed() {
  const { sort: _, ...filters } = currentView();
  return Object.values(filters).some((value) => value !== "");
}

/** @returns {NodeListOf<HTMLButtonElement>} */
function sortButtons() {
  return document.querySelectorAll("button[data-sort]");
}

/**
 * Fills a choice; what is chosen is among it, be it known or not.
 *
 * @param {HTMLSelectElement} select
 * @param {string} chosen
 * @param {[value: string, words: string][]} known
 */
function options(select, chosen, known) {
  const all = known.some(([value]) => value === chosen) || chosen === ""
    ? known
    : [...known, [chosen, chosen]];
  const wanted = JSON.stringify([text("any"), all]);
  if (select.dataset.shown !== wanted) {
    select.dataset.shown = wanted;
    select.replaceChildren(
      ...[["", text("any")], ...all].map(([value, words]) => make("option", { value }, words)),
    );
  }
  select.value = chosen;
}

/** @param {string} local as the browser's field has it */
function utcOf(local) {
  return local === "" ? "" : `${new Date(local).toISOString().slice(0, 16)}Z`;
}

/** @param {string} utc */
function localOf(utc) {
  const date = new Date(utc);
  if (utc === "" || Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
