// Spectrum of a whole column: what `map` can't do, since every bin needs every row.
//
//   columns  params.column, or u; time
//   params   sampleRate in Hz; where it is absent, it is taken from the time column
//   result   frequency (Hz), amplitude (as the column), n/2 + 1 rows

import { spectrum } from "measuring/fft";
import type { Context, Frame } from "measuring/types";

export async function main(
  frame: Frame,
  { params, log }: Context<{ column?: string; sampleRate?: number } | null>,
) {
  // Gathers the column from all parts of the file, in parallel.
  const values = await frame.column(params?.column ?? "u");
  const sampleRate = params?.sampleRate ?? rateOf(await frame.column("time"));
  log(`${values.length} values at ${sampleRate} Hz`);
  return spectrum(values, sampleRate);
}

// Times arrive as milliseconds since 1970.
function rateOf(time: Float64Array): number {
  const last = time.length - 1;
  const rate = 1000 * last / (time[last] - time[0]);
  return Number(rate.toPrecision(9));
}
