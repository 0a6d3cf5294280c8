// Fourier transform of a column of any length, as complex numbers.
//
//   columns  values: one a row, evenly spaced
//   params   sampleRate (default 1: frequencies in periods a row)
//   result   frequency, re, im, amplitude, n/2 + 1 rows

import { frequencies, rfft } from "measuring/fft";
import type { Context, Frame } from "measuring/types";

export async function main(frame: Frame, { params }: Context<{ sampleRate?: number } | null>) {
  const values = await frame.column("values");
  const { re, im } = rfft(values);
  const amplitude = new Float64Array(re.length);
  for (let k = 0; k < amplitude.length; k++) {
    const sides = k === 0 || 2 * k === values.length ? 1 : 2;
    amplitude[k] = sides * Math.hypot(re[k], im[k]) / values.length;
  }
  return { frequency: frequencies(values.length, params?.sampleRate ?? 1), re, im, amplitude };
}
