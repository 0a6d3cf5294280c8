// Mean of each machine; its number is in the folders' names.

import { groupBy } from "measuring/groups";

export const { chunk, combine, aggregate } = groupBy("machine").mean("u");
