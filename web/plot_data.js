/** Points as they are drawn, and how. */
import uPlot from "./uplot.js";
import { axis, numberWords, timeWords, upwardSize } from "./chart.js";
import { colour } from "./dom.js";
import { instant, measured } from "./format.js";

/** @import { PlotPoints } from "../mod/http/page/shapes.ts" */
/** The same without those that can't be drawn, and the bin of each. @typedef {{ x: number[], min: (number | null)[], max: (number | null)[], bins: number[] }} Shown */

/**
 * @param {PlotPoints} points
 * @param {number[] | null} rows at which bins begin, where these are what is plotted over
 * @param {{ x: boolean, y: boolean }} log which axes are logarithmic: they have no place for 0
 * @param {boolean} gaps whether what lies far apart is not joined: x is a time, in bins of equally many rows
 * @returns {Shown}
 */
export function pointsOf({ x, min, max }, rows, log, gaps) {
  /** @type {Shown} */
  const shown = { x: [], min: [], max: [], bins: [] };
  const above = (/** @type {number | null} */ value) =>
    value === null || log.y && value <= 0 ? null : value;
  const gap = gaps ? gapOf(x) : Infinity;
  x.forEach((value, bin) => {
    // Rows are counted from 1.
    const place = rows === null ? value : rows[bin] + 1;
    if (place === null || log.x && place <= 0) return;
    const before = shown.x.at(-1);
    if (before !== undefined && place - before > gap) {
      // Nothing was measured in between: no line is drawn across it.
      shown.x.push((before + place) / 2);
      shown.min.push(null);
      shown.max.push(null);
      shown.bins.push(bin);
    }
    shown.x.push(place);
    const most = above(max[bin]);
    // A bin that reaches down to 0 or below is drawn from its greatest value, which is all that fits.
    shown.min.push(most === null ? null : above(min[bin]) ?? most);
    shown.max.push(most);
    shown.bins.push(bin);
  });
  return shown;
}

/**
 * The length from which on a step is a gap: longer than the usual ones by far more than these differ, so times that
 * come now and then have none.
 *
 * @param {(number | null)[]} x
 */
export function gapOf(x) {
  const places = x.filter((value) => value !== null);
  const steps = places.slice(1).map((value, k) => value - places[k]).sort((a, b) => a - b);
  const [short, usual, long] = [0.1, 0.5, 0.9].map((share) =>
    steps[Math.floor(steps.length * share)]
  );
  return steps.length > 2 && usual > 0
    ? Math.max(2.5 * usual, usual + 5 * (long - short))
    : Infinity;
}

/**
 * @param {Shown} shown
 * @param {{ kind: string, yKind: string, log: { x: boolean, y: boolean }, single: boolean, label: string, over: string }} how
 * `single`: each point is one row; `kind` is that of the column plotted over, or `row`
 */
export function optionsOf({ x }, { kind, yKind, log, single, label, over }) {
  const time = isTime(kind), yTime = isTime(yKind);
  const length = x.length < 2 ? 1 : x[x.length - 1] - x[0];
  const step = length / Math.max(1, x.length - 1);
  const first = colour("--first");
  const line = {
    stroke: first,
    width: single ? 1.5 : 1,
    points: { show: single && x.length < 60 },
  };
  /** @type {Omit<uPlot.Options, "width" | "height">} */
  const options = {
    tzDate: (ts) => uPlot.tzDate(new Date(ts), "Etc/UTC"),
    cursor: { y: false, drag: { x: true, y: false, setScale: false } },
    scales: {
      // Steps of a time axis end at a millisecond; what is shorter is put down as numbers.
      x: { time: time && length > 20, distr: log.x && !time ? 3 : 1 },
      y: { distr: log.y ? 3 : 1 },
    },
    axes: [
      axis(time ? timeWords("UTC") : numberWords, {
        space: time ? 110 : 80,
        ...(over === "" ? {} : { label: over, labelSize: 20 }),
      }, log.x && !time),
      axis(yTime ? timeWords("UTC") : numberWords, {
        size: upwardSize,
        label,
        labelSize: 20,
      }, log.y),
    ],
    series: [{}, line, line],
    bands: [{ series: [2, 1], fill: colour("--band") }],
  };
  const moment = (/** @type {number} */ value, /** @type {number} */ finest) =>
    `${instant(value, 86_400_000, "UTC")} ${instant(value, Math.min(finest, 1000), "UTC")}`;
  const words = (/** @type {number} */ value) => time ? moment(value, step) : measured(value);
  const yWords = (/** @type {number} */ value) => yTime ? moment(value, 1000) : measured(value);
  return { options, words, yWords };
}

/** Whether a kind of columns is one of times. @param {string} kind */
export function isTime(kind) {
  return kind === "timestamp" || kind === "date";
}
