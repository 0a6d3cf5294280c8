import { forged, isTexts } from "../checks.ts";
import { noParts, plain, type TaskDefinition } from "./task.ts";

/** Tells the names of the columns that the formula has touched. */
export const touched: TaskDefinition<object, string[]> = {
  run: ({ origin, inputs }) => plain([...origin.reader.touched, ...inputs.touched]),
  check(names) {
    if (!isTexts(names)) throw forged("a list of columns");
    return names;
  },
  checkPart: noParts,
};
