/** Plots as files. */
import { colour, make } from "./dom.js";

/** What a line is called and looks like. @typedef {{ name: string, stroke: string, dashes: number[] }} Named */

/** In pixels of the page: a line of names, the piece of a line before a name, and what is between them. */
const HEIGHT = 22, SAMPLE = 30, GAP = 8;

/**
 * Saves what is drawn, on the page's ground, as PNG.
 *
 * @param {HTMLCanvasElement} drawn
 * @param {string} name of the file, without its ending
 * @param {Named[]} lines whose names are written below
 */
export async function savePicture(drawn, name, lines) {
  const { width } = drawn, scale = devicePixelRatio;
  const sheet = make("canvas", { width, height: drawn.height });
  const context = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
  const font = `${13 * scale}px system-ui, sans-serif`;
  context.font = font;
  let x = GAP * scale, row = 0;
  const places = lines.map((line) => {
    const room = (SAMPLE + 3 * GAP) * scale + context.measureText(line.name).width;
    if (x + room > width && x > GAP * scale) {
      x = GAP * scale;
      row++;
    }
    const place = { ...line, x, y: drawn.height + (row + 0.5) * HEIGHT * scale };
    x += room;
    return place;
  });
  if (lines.length > 0) sheet.height += (row + 1) * HEIGHT * scale;
  context.fillStyle = colour("--sheet");
  context.fillRect(0, 0, width, sheet.height);
  context.drawImage(drawn, 0, 0);
  context.font = font;
  context.textBaseline = "middle";
  context.lineWidth = 2.5 * scale;
  context.fillStyle = colour("--ink");
  for (const { name, stroke, dashes, x, y } of places) {
    context.strokeStyle = stroke;
    context.setLineDash(dashes.map((length) => length * scale));
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + SAMPLE * scale, y);
    context.stroke();
    context.fillText(name, x + (SAMPLE + GAP) * scale, y);
  }
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
