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
 * @returns {Shown}
 */
export function pointsOf({ x, min, max }, rows, log) {
  /** @type {Shown} */
  const shown = { x: [], min: [], max: [], bins: [] };
  const above = (/** @type {number | null} */ value) =>
    value === null || log.y && value <= 0 ? null : value;
  x.forEach((value, bin) => {
    const place = rows === null ? value : rows[bin];
    if (place === null || log.x && place <= 0) return;
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
 * @param {Shown} shown
 * @param {{ kind: string, log: { x: boolean, y: boolean }, single: boolean, label: string, over: string }} how
 * `single`: each point is one row; `kind` is that of the column plotted over, or `row`
 */
export function optionsOf({ x }, { kind, log, single, label, over }) {
  const time = kind === "timestamp" || kind === "date";
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
        space: 80,
        ...(over === "" ? {} : { label: over, labelSize: 20 }),
      }, log.x && !time),
      axis(numberWords, { size: upwardSize, label, labelSize: 20 }, log.y),
    ],
    series: [{}, line, line],
    bands: [{ series: [2, 1], fill: colour("--band") }],
  };
  const words = (/** @type {number} */ value) =>
    time
      ? `${instant(value, 86_400_000, "UTC")} ${instant(value, Math.min(step, 1000), "UTC")}`
      : measured(value);
  return { options, words };
}
