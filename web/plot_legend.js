/** Names of a plot's lines; each hides its line and shows it again. */
import { make } from "./dom.js";
import { dashesOf, tokenOf } from "./plot_lines.js";
import { text } from "./texts.js";

/**
 * @typedef {object} Entry
 * @property {string} name of the line
 * @property {number | null} line its place among those that are drawn; null where it can't be drawn
 * @property {number} style
 * @property {boolean} hidden
 * @property {(() => void) | null} drop takes the line away, where that can be
 */

export class Legend {
  element = make("ul", { className: "lines", hidden: true });
  #toggle;
  #point;

  /**
   * @param {(line: number) => void} toggle hides a line or shows it again
   * @param {(line: number | null) => void} point tells which line the reader is at
   */
  constructor(toggle, point) {
    this.#toggle = toggle;
    this.#point = point;
    this.element.ariaLabel = text("lines");
  }

  /** Shows lines, where there are several. @param {Entry[]} entries */
  show(entries) {
    const at = [...this.element.querySelectorAll("button")].indexOf(
      /** @type {HTMLButtonElement} */ (document.activeElement),
    );
    this.element.hidden = entries.length < 2;
    this.element.replaceChildren(...entries.map((entry) => this.#item(entry)));
    // Whoever has toggled a line by keyboard is still at it.
    if (at >= 0) this.element.querySelectorAll("button")[at]?.focus();
  }

  /** @param {Entry} entry */
  #item({ name, line, style, hidden, drop }) {
    const item = make("li");
    const button = make(
      "button",
      { type: "button", className: "line", disabled: line === null },
      line === null ? "" : sample(style),
      make("span", {}, name),
    );
    button.ariaPressed = String(line !== null && !hidden);
    button.onclick = () => line !== null && this.#toggle(line);
    button.onfocus = button.onpointerenter = () => this.#point(line);
    button.onblur = button.onpointerleave = () => this.#point(null);
    item.append(button);
    if (drop !== null) {
      const remove = make("button", { type: "button", className: "drop" }, "×");
      remove.ariaLabel = remove.title = text("dropLine", name);
      remove.onclick = drop;
      item.append(remove);
    }
    return item;
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** A piece of a line. @param {number} style */
function sample(style) {
  const picture = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "line");
  const attributes = { x1: 0, x2: 30, y1: 4, y2: 4, "stroke-dasharray": dashesOf(style).join(" ") };
  for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, String(value));
  line.style.stroke = `var(${tokenOf(style)})`;
  picture.setAttribute("viewBox", "0 0 30 8");
  picture.setAttribute("aria-hidden", "true");
  picture.append(line);
  return picture;
}
