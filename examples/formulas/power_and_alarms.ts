// Two tables of one pass over the data: the power of every row, and the rows whose power is above a limit.
//
//   columns  time, u, i
//   params   limit, in W (default 10,000)
//   result   power: time, power; alarms: time, power, over (how far above the limit)

import type { Chunk, Context, Units } from "measuring/types";

/** Each is a file: power_and_alarms_ansver.power.parquet and power_and_alarms_ansver.alarms.parquet. */
export const tables = ["power", "alarms"];
export const units: Units = { power: "W", over: "W" };

export function map(chunk: Chunk, { params }: Context<{ limit?: number } | null>) {
  const { time, u, i } = chunk;
  const limit = params?.limit ?? 10_000;
  const power = u.map((value, row) => value * i[row]);
  const isAlarm = (_: unknown, row: number) => power[row] > limit;
  const alarms = power.filter(isAlarm);
  // The times of some rows only, in the unit that the file has.
  const raw = chunk.raw("time");
  const times = (raw.values as BigInt64Array).filter(isAlarm);
  return {
    power: { time, power },
    alarms: {
      time: { ...raw, values: times },
      power: alarms,
      over: alarms.map((value) => value - limit),
    },
  };
}
