/** Texts that can be taken elsewhere. */
import { make, say } from "./dom.js";
import { text } from "./texts.js";

/** How long a button says that it has copied, in milliseconds. */
const SAID_FOR = 2000;

/** A button that copies a text. @param {() => string} content @param {string} name of what is copied */
export function copyButton(content, name) {
  const button = make("button", { type: "button", className: "copy" }, text("copy"));
  button.ariaLabel = text("copyOf", name);
  button.onclick = async () => {
    const copied = await copy(content());
    button.ariaLabel = null;
    say(button, text(copied ? "copied" : "notCopied"));
    setTimeout(() => {
      say(button, text("copy"));
      button.ariaLabel = text("copyOf", name);
    }, SAID_FOR);
  };
  return button;
}

/** Copies a text; gives whether that was allowed. Without TLS browsers have the older way only. @param {string} content */
async function copy(content) {
  try {
    await navigator.clipboard.writeText(content);
    return true;
  } catch {
    const field = make("textarea", { value: content, className: "unseen" });
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    before?.focus();
    return copied;
  }
}
