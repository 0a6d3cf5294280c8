/** Plots as files. */
import { colour, make } from "./dom.js";

/** Saves what is drawn, on the page's ground, as PNG. @param {HTMLCanvasElement} drawn @param {string} name of the file, without its ending */
export async function savePicture(drawn, name) {
  const { width, height } = drawn;
  const sheet = make("canvas", { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
  context.fillStyle = colour("--sheet");
  context.fillRect(0, 0, width, height);
  context.drawImage(drawn, 0, 0);
  /** @type {Blob | null} */
  const blob = await new Promise((done) => sheet.toBlob(done, "image/png"));
  if (blob === null) throw new Error("the browser makes no picture of the plot");
  const link = make("a", {
    href: URL.createObjectURL(blob),
    download: `${name.replace(/[^\p{L}\p{N} ._-]/gu, "_")}.png`,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
