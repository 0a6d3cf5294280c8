/** Language and colours: as the browser has them, or as they were chosen here. */
import { byId } from "./dom.js";
import { translate } from "./texts.js";

/**
 * Makes the two choices work.
 *
 * @param {() => void} languageChanged called when everything is to be said anew
 * @param {() => void} coloursChanged called when what has colours of its own is to be drawn anew
 */
export function offerSettings(languageChanged, coloursChanged) {
  const root = document.documentElement;
  const language = /** @type {HTMLSelectElement} */ (byId("language"));
  const theme = /** @type {HTMLSelectElement} */ (byId("theme"));
  root.lang = localStorage.getItem("language") ?? root.lang;
  language.value = root.lang;
  language.onchange = () => {
    root.lang = language.value;
    localStorage.setItem("language", language.value);
    translate(document);
    languageChanged();
  };
  root.dataset.theme = theme.value = localStorage.getItem("theme") ?? "";
  theme.onchange = () => {
    root.dataset.theme = theme.value;
    localStorage.setItem("theme", theme.value);
    coloursChanged();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", coloursChanged);
  translate(document);
}
