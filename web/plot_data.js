/** Points as they are drawn, and how. */
import uPlot from "./uplot.js";
import { axis, numberWords, timeWords, upwardSize } from "./chart.js";
import { instant, measured } from "./format.js";
import { dashesOf, isTime, strokeOf } from "./plot_lines.js";

/** Scales of the axes upward. */
const SCALES = ["y", "y2"];

/** @import { PlotLine } from "../mod/http/page/shapes.ts" */
/** @import { Line } from "./plot_lines.js" */

/**
 * Where points are, and of one or more lines what they are.
 *
 * @typedef {object} Source
 * @property {(number | null)[]} x
 * @property {number[] | null} rows at which bins begin, where these are what is plotted over
 * @property {PlotLine[]} lines
 */

/**
 * Bounds of a line at each place; null breaks the line, undefined is passed over.
 *
 * @typedef {{ min: (number | null | undefined)[], max: (number | null | undefined)[] }} Bounds
 */

/**
 * Points as they are drawn: lines in the order of the sources, and at each place the bin of the first source that
 * is there or came last.
 *
 * @typedef {{ x: number[], lines: Bounds[], bins: number[], sources: number[] }} Shown
 */

/** A place on the x axis: a bin of a source, or a gap of one of its lines or all. @typedef {{ x: number, source: number, bin: number, gap: boolean, line: number | null }} Place */

/**
 * @param {Source[]} sources
 * @param {{ x: boolean, y: boolean }} log which axes are logarithmic: they have no place for 0
 * @param {boolean} gaps whether what lies far apart is not joined: x is a time, in bins of equally many rows
 * @returns {Shown}
 */
export function pointsOf(sources, log, gaps) {
  const places = sources.flatMap((source, k) => placesOf(source, k, log.x, gaps));
  places.sort((a, b) => a.x - b.x); // stable: what is at one place stays in its order
  let last = 0;
  return {
    x: places.map(({ x }) => x),
    sources: places.map(({ source }) => source),
    bins: places.map(({ source, bin }) => last = source === 0 ? bin : last),
    lines: sources.flatMap((source, k) =>
      source.lines.map((line, index) => boundsOf(line, places, k, index, log.y))
    ),
  };
}

/**
 * @param {Source} source
 * @param {number} index
 * @param {boolean} log
 * @param {boolean} gaps
 */
function placesOf({ x, rows, lines }, index, log, gaps) {
  /** @type {Place[]} */
  const places = [];
  x.forEach((value, bin) => {
    // Rows are counted from 1.
    const place = rows === null ? value : rows[bin] + 1;
    if (place === null || log && place <= 0) return;
    places.push({ x: place, source: index, bin, gap: false, line: null });
  });
  if (!gaps) return places;
  // Nothing was measured in between: no line is drawn across it.
  const between = (/** @type {Place[]} */ those, /** @type {number | null} */ line) => {
    const gap = gapOf(those.map(({ x }) => x));
    return those.slice(1).flatMap(({ x, bin }, k) =>
      x - those[k].x > gap ? [{ x: (those[k].x + x) / 2, source: index, bin, gap: true, line }] : []
    );
  };
  const whole = lines.some(({ bins }) => bins === undefined) ? between(places, null) : [];
  const own = lines.flatMap(({ bins }, line) => {
    if (bins === undefined) return [];
    const there = new Set(bins);
    return between(places.filter(({ bin }) => there.has(bin)), line);
  });
  return [...places, ...whole, ...own];
}

/**
 * @param {PlotLine} line
 * @param {Place[]} places
 * @param {number} source
 * @param {number} index
 * @param {boolean} log
 * @returns {Bounds}
 */
function boundsOf({ bins, min, max }, places, source, index, log) {
  const at = bins === undefined ? null : new Map(bins.map((bin, k) => [bin, k]));
  const above = (/** @type {number | null} */ value) =>
    value === null || log && value <= 0 ? null : value;
  /** @type {Bounds} */
  const bounds = { min: [], max: [] };
  for (const place of places) {
    const isOwn = place.source === source && (place.line === null || place.line === index);
    const k = !isOwn ? undefined : at === null ? place.bin : at.get(place.bin);
    if (k === undefined || place.gap) {
      const nothing = isOwn && place.gap ? null : undefined;
      bounds.min.push(nothing);
      bounds.max.push(nothing);
      continue;
    }
    const most = above(max[k]);
    // A bin that reaches down to 0 or below is drawn from its greatest value, which is all that fits.
    bounds.min.push(most === null ? null : above(min[k]) ?? most);
    bounds.max.push(most);
  }
  return bounds;
}

/**
 * The length from which on a step is a gap: longer than the usual ones by far more than these differ, so times that
 * come now and then have none.
 *
 * @param {number[]} places
 */
export function gapOf(places) {
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
 * @param {Line[]} lines
 * @param {{ kind: string, log: { x: boolean, y: boolean }, single: boolean, over: string, labels: string[],
 *   range: [number, number] | null }} how `single`: each point is one row; `kind` is that of the column plotted over,
 * or `row`; `labels` are those of the axes upward; `range` is what is seen of x, all where it is null
 */
export function optionsOf({ x }, lines, { kind, log, single, over, labels, range }) {
  const time = isTime(kind);
  const length = range !== null ? range[1] - range[0] : x.length < 2 ? 1 : x[x.length - 1] - x[0];
  const step = length / Math.max(1, x.length - 1);
  /** Of a line's two edges. @param {Line} line @returns {uPlot.Series} */
  const edge = ({ style, axis }) => ({
    stroke: strokeOf(style),
    scale: SCALES[axis],
    width: single ? 1.5 : 1,
    ...(lines.length > 1 ? { dash: dashesOf(style) } : {}),
    points: { show: single && x.length < 60, filter: lonePoints },
  });
  /** @param {string} label @param {number} index @returns {uPlot.Axis} */
  const upward = (label, index) => {
    const yTime = lines.some(({ axis, column }) => axis === index && isTime(column.Kind));
    return axis(yTime ? timeWords("UTC") : numberWords, {
      scale: SCALES[index],
      size: upwardSize,
      label,
      labelSize: 20,
      ...(index === 0 ? {} : { side: 1, grid: { show: false } }),
    }, log.y);
  };
  const solid = lines.length > 1 ? 0.25 : 0.4;
  /** @type {Omit<uPlot.Options, "width" | "height">} */
  const options = {
    tzDate: (ts) => uPlot.tzDate(new Date(ts), "Etc/UTC"),
    cursor: { y: false, drag: { x: true, y: false, setScale: false } },
    scales: {
      // Steps of a time axis end at a millisecond; what is shorter is put down as numbers.
      x: {
        time: time && length > 20,
        distr: log.x && !time ? 3 : 1,
        ...(range === null ? {} : { range: () => range }),
      },
      ...Object.fromEntries(labels.map((_, index) => [SCALES[index], { distr: log.y ? 3 : 1 }])),
    },
    axes: [
      axis(time ? timeWords("UTC") : numberWords, {
        space: time ? 110 : 80,
        ...(over === "" ? {} : { label: over, labelSize: 20 }),
      }, log.x && !time),
      ...labels.map(upward),
    ],
    series: [{}, ...lines.flatMap((line) => [edge(line), edge(line)])],
    bands: lines.map(({ style }, k) => ({
      series: [2 * k + 2, 2 * k + 1],
      fill: strokeOf(style, solid),
    })),
  };
  const moment = (/** @type {number} */ value, /** @type {number} */ finest) =>
    `${instant(value, 86_400_000, "UTC")} ${instant(value, Math.min(finest, 1000), "UTC")}`;
  const words = (/** @type {number} */ value) => time ? moment(value, step) : measured(value);
  const yWords = (/** @type {number} */ value, /** @type {Line} */ { column }) =>
    isTime(column.Kind) ? moment(value, 1000) : measured(value);
  return { options, words, yWords };
}

/**
 * Indices of points that no line leads to, which would not be seen.
 *
 * @param {uPlot} plot
 * @param {number} series
 * @param {boolean} show whether all points are shown
 */
function lonePoints(plot, series, show) {
  if (show) return null;
  /** @type {number[]} */
  const lone = [];
  /** @type {number | null} */
  let before = null;
  let at = -1, alone = false;
  const end = () => alone && lone.push(at);
  plot.data[series].forEach((value, k) => {
    if (value === undefined) return;
    if (value === null) {
      end();
      alone = false;
    } else {
      alone = before === null;
      at = k;
    }
    before = value;
  });
  end();
  return lone;
}
