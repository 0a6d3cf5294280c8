/** What the name of a formula file gets, in place of its ending, to become its result's name. */
export const RESULT_SUFFIX = "_ansver";
