/** The bare names under which a formula finds the library. */
export const BARE_NAMES: readonly string[] = [
  "measuring/fft",
  "measuring/filters",
  "measuring/fit",
  "measuring/groups",
  "measuring/interpolation",
  "measuring/statistics",
  "measuring/tables",
  "measuring/types",
  "measuring/windows",
];
