/** The bare names under which a formula finds the library. */
export const BARE_NAMES: readonly string[] = ["measuring/fft", "measuring/types"];
