// Mean of each month, as the clocks and the calendar of a zone have it.

import { resample } from "measuring/groups";

const options = { zone: "Europe/Berlin" };
export const { chunk, combine, aggregate } = resample("time", "1mo", options).mean("u");
