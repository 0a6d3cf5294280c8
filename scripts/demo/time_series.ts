import { ByteWriter, ParquetWriter } from "hyparquet-writer";

/** Values a second. */
export const SAMPLE_RATE = 10_000;

/** Nominal frequency of the mains in hertz. */
export const MAINS = 50;

const ROWS_PER_GROUP = 131_072;
const START_MICROSECONDS = Date.UTC(2026, 2, 2, 6, 0, 0) * 1000;

/** Load by unit: amplitude of the current in ampere, its lag behind the voltage in radian. */
const UNITS = [
  { name: "pump 1", amplitude: 14.2, lag: 0.31 },
  { name: "pump 2", amplitude: 13.8, lag: 0.33 },
  { name: "fan", amplitude: 5.6, lag: 0.52 },
  { name: "heater", amplitude: 21.4, lag: 0.02 },
];

const SENSORS = ["PT-101", "PT-102"];

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];

const SCHEMA: Schema = [
  { name: "root", num_children: 6 },
  {
    name: "time",
    type: "INT64",
    repetition_type: "REQUIRED",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  },
  { name: "u", type: "DOUBLE", repetition_type: "REQUIRED" },
  { name: "i", type: "DOUBLE", repetition_type: "REQUIRED" },
  { name: "f", type: "DOUBLE", repetition_type: "REQUIRED" },
  { name: "sensor", type: "BYTE_ARRAY", repetition_type: "REQUIRED", converted_type: "UTF8" },
  { name: "unit", type: "BYTE_ARRAY", repetition_type: "REQUIRED", converted_type: "UTF8" },
];

/**
 * Writes a recording of the mains as a snappy Parquet file of several row groups: `time`
 * (microseconds), voltage `u` in volt, current `i` in ampere, measured frequency `f` in hertz,
 * the `sensor` and the `unit` that is the load. The same every time.
 *
 * @param progress Told after each row group how many rows there are.
 * @returns The file's size in bytes.
 */
export async function writeTimeSeries(
  path: string,
  rows: number,
  progress: (rows: number) => void | Promise<void>,
): Promise<number> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: SCHEMA });
  const mains = new Mains();
  for (let from = 0; from < rows; from += ROWS_PER_GROUP) {
    const length = Math.min(ROWS_PER_GROUP, rows - from);
    const columns = mains.record(from, length);
    const columnData = Object.entries(columns).map(([name, data]) => ({ name, data }));
    await writer.write({ columnData, rowGroupSize: length });
    await progress(from + length);
  }
  await writer.finish();
  await Deno.writeFile(path, bytes.getBytes());
  return bytes.offset;
}

/** The mains: a frequency that drifts, harmonics, noise, and loads that come and go. */
class Mains {
  readonly #noise = new Noise(20_260_302);
  #phase = 0;
  #drift = 0;
  #unit = 0;
  #unitUntil = 0;
  #sensor = 0;
  #sensorUntil = 0;

  record(from: number, length: number) {
    const time = new BigInt64Array(length);
    const u = new Float64Array(length);
    const i = new Float64Array(length);
    const f = new Float64Array(length);
    const sensor = new Array<string>(length);
    const unit = new Array<string>(length);
    const noise = this.#noise;
    for (let row = 0; row < length; row++) {
      const sample = from + row;
      const seconds = sample / SAMPLE_RATE;
      this.#switchLoads(sample);
      const { name, amplitude, lag } = UNITS[this.#unit]!;
      this.#drift += -1e-5 * this.#drift + 2e-5 * noise.gauss();
      const frequency = MAINS + 0.008 * Math.sin(2 * Math.PI * seconds / 47) + this.#drift;
      this.#phase = (this.#phase + 2 * Math.PI * frequency / SAMPLE_RATE) % (2 * Math.PI);
      const phase = this.#phase;
      time[row] = BigInt(START_MICROSECONDS + sample * (1e6 / SAMPLE_RATE));
      u[row] = 325.27 * Math.sin(phase) + 6.1 * Math.sin(3 * phase + 0.4) +
        8.9 * Math.sin(5 * phase + 2.1) + 3.7 * Math.sin(7 * phase + 1.2) + 0.8 * noise.gauss();
      i[row] = amplitude * (Math.sin(phase - lag) + 0.06 * Math.sin(3 * phase)) +
        0.05 * noise.gauss();
      f[row] = frequency + 0.002 * noise.gauss();
      sensor[row] = SENSORS[this.#sensor]!;
      unit[row] = name;
    }
    return { time, u, i, f, sensor, unit };
  }

  #switchLoads(sample: number): void {
    if (sample >= this.#unitUntil) {
      this.#unit = this.#noise.below(UNITS.length);
      this.#unitUntil = sample + SAMPLE_RATE * (2 + this.#noise.below(8));
    }
    if (sample >= this.#sensorUntil) {
      this.#sensor = this.#noise.below(SENSORS.length);
      this.#sensorUntil = sample + SAMPLE_RATE * (10 + this.#noise.below(20));
    }
  }
}

/** Pseudo-random numbers that are the same for the same seed. */
class Noise {
  #state: number;
  #spare: number | undefined;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Uniform in [0, 1): a Weyl sequence, its bits mixed as in the MurmurHash3 finalizer. */
  uniform(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, not with, the limit. */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  /** Normal with mean 0 and deviation 1 (Box and Muller 1958). */
  gauss(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
