/** Lines of a plot: what they are of, what they look like, and by which axis they go. */
import { colour } from "./dom.js";

/** @import { ColumnInfo } from "../mod/http/page/shapes.ts" */

/**
 * A line that a plot has or is to have.
 *
 * @typedef {object} Line
 * @property {string} name for the reader
 * @property {ColumnInfo} column
 * @property {number} axis 0 for that on the left, 1 for that on the right
 * @property {number} style which colour and dashes it has
 */

/** Colours of lines, as the style sheet has them. */
const COLOURS = 6;
/** Lengths of dashes and of what is between them; lines of one colour have different ones. */
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
/** Axes that a plot has room for. */
const AXES = 2;

/** Whether a kind of columns is one of times. @param {string} kind */
export function isTime(kind) {
  return kind === "timestamp" || kind === "date";
}

/** What a column is called: `power (W)`. @param {Pick<ColumnInfo, "Name" | "Unit">} column */
export function withUnit({ Name, Unit }) {
  return Unit === null ? Name : `${Name} (${Unit})`;
}

/** What columns of one axis have in common: their unit, or that they are times. @param {ColumnInfo} column */
export function measureOf({ Kind, Unit }) {
  return isTime(Kind) ? "time" : `in ${Unit ?? ""}`;
}

/**
 * An axis for each column: two of them at most, the first ones.
 *
 * @param {ColumnInfo[]} columns
 * @returns {(number | null)[]} null for a column that would need a third one
 */
export function axesOf(columns) {
  const measures = [...new Set(columns.map(measureOf))];
  return columns.map((column) => {
    const axis = measures.indexOf(measureOf(column));
    return axis < AXES ? axis : null;
  });
}

/** The name that a line's colour has in the style sheet. @param {number} style */
export function tokenOf(style) {
  return `--line-${style % COLOURS + 1}`;
}

/** The colour of a line, and how much of what lies below shows through, from 0 to 1. @param {number} style @param {number} [solid] */
export function strokeOf(style, solid = 1) {
  const full = colour(tokenOf(style));
  return solid === 1 ? full : full.replace("rgb(", "rgba(").replace(")", `, ${solid})`);
}

/** Dashes of a line. @param {number} style */
export function dashesOf(style) {
  return DASHES[(style + Math.floor(style / COLOURS)) % DASHES.length];
}
