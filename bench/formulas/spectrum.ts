// Amplitude spectrum of a whole column of 1000 values a second.

import { spectrum } from "measuring/fft";
import type { Frame } from "measuring/types";

export async function main(frame: Frame) {
  return spectrum(await frame.column("u"), 1000);
}
