/** Elements. */

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, unknown>} [properties] of the element
 * @param {...(Node | string)} content
 */
export function make(name, properties = {}, ...content) {
  const element = document.createElement(name);
  Object.assign(element, properties);
  element.append(...content);
  return element;
}

/** The element of this id. @param {string} id */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new RangeError(`there is no element ${id}`);
  return element;
}

/** Sets a text where it differs, so that nothing is drawn or read out for nothing. @param {HTMLElement} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A colour of the style sheet as it is now. @param {string} name */
export function colour(name) {
  const probe = make("span", { hidden: true });
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/**
 * Pairs of a name and a value in a `dl`; those without a value are left out.
 *
 * @param {HTMLElement} list
 * @param {[name: string, value: string | null | undefined][]} pairs
 */
export function fill(list, pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  const wanted = JSON.stringify(shown);
  if (list.dataset.shown === wanted) return;
  list.dataset.shown = wanted;
  list.replaceChildren(
    ...shown.map(([name, value]) =>
      make("div", {}, make("dt", {}, name), make("dd", {}, value ?? ""))
    ),
  );
}
