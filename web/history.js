/** Memory and load over the last hour. */
import { axis, draw, numberWords, timeWords, upwardSize } from "./chart.js";
import { byId, colour, make } from "./dom.js";
import { bytes, measured } from "./format.js";
import { ask } from "./service.js";
import { text } from "./texts.js";

/** @import { Sample } from "../mod/http/metrics/history.ts" */
/** @import { HistoryAnswer } from "../mod/http/page/shapes.ts" */
/**
 * @typedef {{ name: string, lines: [name: string, colour: string, key: keyof Sample][], words: (value: number) => string }} Figure
 */

const HOUR = 3_600_000, MINUTE = 60_000, HEIGHT = 150;

/** @type {Figure[]} */
const FIGURES = [
  {
    name: "serviceMemory",
    lines: [["server", "--first", "server"], ["engines", "--second", "engines"]],
    words: bytes,
  },
  { name: "machineMemory", lines: [["used", "--first", "used"]], words: bytes },
  {
    name: "load",
    lines: [["loadOne", "--first", "load"], ["runningLine", "--second", "running"]],
    words: measured,
  },
];

/** @type {{ remove(): void }[]} */
let drawn = [];

/** Reads the history and draws it. */
export async function showHistory() {
  /** @type {HistoryAnswer} */
  const { Samples } = await ask("history");
  for (const one of drawn) one.remove();
  const places = FIGURES.map(place);
  byId("history").replaceChildren(...places.map(({ figure }) => figure));
  drawn = places.map(({ canvas }, k) => drawOne(FIGURES[k], canvas, Samples));
}

/** @param {Figure} figure */
function place({ name, lines }) {
  const canvas = make("div", { className: "canvas" });
  canvas.setAttribute("role", "img");
  const legend = make("span", { className: "legend" });
  for (const [line, token] of lines) {
    const mark = make("i");
    mark.style.background = colour(token);
    legend.append(mark, text(line), " ");
  }
  const caption = make("figcaption", {}, make("b", {}, text(name)), legend);
  return { canvas, figure: make("figure", {}, caption, canvas) };
}

/** @param {Figure} figure @param {HTMLElement} canvas @param {Sample[]} samples */
function drawOne({ name, lines, words }, canvas, samples) {
  const last = samples.at(-1);
  canvas.ariaLabel = [
    `${text(name)}, ${text("lastHour")}:`,
    ...lines.map(([line, , key]) => {
      const value = last?.[key] ?? null;
      return `${text(line)} ${value === null ? "–" : words(value)}`;
    }),
  ].join(" ");
  const now = last?.time ?? Date.now();
  // A service that has just started has no hour behind it; a minute is wide enough to show a point.
  const begins = Math.max(now - HOUR, Math.min(samples[0]?.time ?? now, now - MINUTE));
  return draw(canvas, HEIGHT, {
    cursor: { show: false },
    padding: [null, 28, null, null], // half a time at the right end
    scales: {
      x: { time: true, range: [begins, now] },
      y: { range: (_, __, max) => [0, Math.max(1, max) * 1.1] },
    },
    axes: [
      axis(timeWords(undefined), { space: 70 }),
      axis(words === bytes ? bytes : numberWords, {
        size: upwardSize,
        ...(words === bytes ? { incrs: BINARY } : {}),
      }),
    ],
    series: [
      {},
      ...lines.map(([, token]) => ({
        stroke: colour(token),
        width: 2,
        points: { show: samples.length < 3 },
      })),
    ],
  }, [
    samples.map(({ time }) => time),
    ...lines.map(([, , key]) => samples.map((one) => one[key])),
  ]);
}

/** Steps of an axis of bytes: 1, 2, 5, 10, … of each unit. */
const BINARY = [1, 2, 3, 4].flatMap((power) =>
  [1, 2, 5, 10, 20, 50, 100, 200, 500].map((step) => step * 1024 ** power)
);
