import { ServiceError } from "../../common/errors.ts";
import { meantOrAll } from "../../common/nearest.ts";
import { spanOf, whole } from "./query_values.ts";
import type { Wanted } from "./results.ts";

/** What a plot is asked for by. */
const NAMES = ["y", "x", "group", "from", "to", "points", "spacing", "table"];
const SPACINGS = ["linear", "log"] as const;
/** Columns of a plot at most, and its points; and points where no number is asked for. */
const MOST_COLUMNS = 6, MOST_POINTS = 4000, USUAL_POINTS = 1000;

/**
 * What a plot is asked for.
 *
 * @throws ServiceError `BAD_REQUEST`
 */
export function wantedPlot(given: URLSearchParams): Wanted {
  for (const name of given.keys()) {
    if (!NAMES.includes(name)) {
      throw bad(`there is no ${name} of a plot: ${meantOrAll(name, NAMES)}`);
    }
    if (name !== "y" && given.getAll(name).length > 1) throw bad(`${name} is given twice`);
  }
  const y = given.getAll("y");
  if (y.length === 0 || y.includes("")) throw bad("y must name a column");
  if (y.length > MOST_COLUMNS) {
    throw bad(`a plot has ${MOST_COLUMNS} columns at most, not ${y.length}`);
  }
  const twice = y.find((name, at) => y.indexOf(name) < at);
  if (twice !== undefined) throw bad(`the column ${twice} is named twice`);
  const group = given.get("group") || null;
  if (group !== null && y.length > 1) throw bad("a plot by groups is of one column");
  const asked = given.get("spacing") ?? "linear";
  const spacing = SPACINGS.find((one) => one === asked);
  if (spacing === undefined) throw bad(`spacing can't be ${asked}: ${meantOrAll(asked, SPACINGS)}`);
  const points = whole("points", given.get("points"), USUAL_POINTS);
  if (points < 1 || points > MOST_POINTS) throw bad(`points must be from 1 to ${MOST_POINTS}`);
  return { y, x: given.get("x") || null, group, span: spanOf(given), points, spacing };
}

function bad(message: string): ServiceError {
  return new ServiceError("BAD_REQUEST", message);
}
