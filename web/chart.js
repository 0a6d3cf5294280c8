/** What all plots have in common. */
import uPlot from "./uplot.js";
import { colour } from "./dom.js";
import { instant, measured } from "./format.js";

/** How an axis tells its values. @typedef {(value: number, step: number) => string} Words */

/**
 * An axis in the page's colours.
 *
 * @param {Words} words
 * @param {Partial<uPlot.Axis>} [more]
 * @param {boolean} [log] a logarithmic axis has its lines at powers of ten
 * @returns {uPlot.Axis}
 */
export function axis(words, more = {}, log = false) {
  const lines = { stroke: colour("--line"), width: 1, ...(log ? { filter: powersOfTen } : {}) };
  return {
    stroke: colour("--soft"),
    grid: lines,
    ticks: lines,
    font: "12px system-ui, sans-serif",
    size: 34,
    values: (_, splits, __, ___, step) =>
      splits.map((value) => value === null ? "" : words(value, step)),
    ...more,
  };
}

/** Words for times. @param {"UTC" | undefined} zone @returns {Words} */
export function timeWords(zone) {
  return (value, step) => instant(value, step, zone);
}

/** Words for numbers. @type {Words} */
export const numberWords = (value) => measured(value);

/** Room for the words of an upward axis, by the longest of them. @type {uPlot.Axis.Size} */
export const upwardSize = (_, values) =>
  18 + 7 * Math.max(3, ...(values ?? []).map((value) => String(value).length));

/**
 * Draws a plot that is as wide as its place.
 *
 * @param {HTMLElement} place
 * @param {number} height
 * @param {Omit<uPlot.Options, "width" | "height">} options
 * @param {uPlot.AlignedData} data
 */
export function draw(place, height, options, data) {
  const plot = new uPlot(
    { ...options, width: Math.max(200, place.clientWidth), height, ms: 1, legend: { show: false } },
    data,
    place,
  );
  const observer = new ResizeObserver(() => {
    const width = Math.max(200, place.clientWidth);
    if (width !== plot.width) plot.setSize({ width, height });
  });
  observer.observe(place);
  return {
    plot,
    remove() {
      observer.disconnect();
      plot.destroy();
    },
  };
}

/** @type {uPlot.Axis.Filter} */
function powersOfTen(_, splits) {
  return splits.map((value) => {
    const power = Math.log10(value);
    return Math.abs(power - Math.round(power)) < 1e-9 ? value : null;
  });
}
