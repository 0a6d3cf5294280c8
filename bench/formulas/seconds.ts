// Mean and extremes of each second.

import { resample } from "measuring/groups";

export const { chunk, combine, aggregate } = resample("time", "1s").mean("u").min("u").max("u");
