import { assert, assertEquals, assertMatch } from "@std/assert";
import { nanosecondsOf, timeFault } from "../../mod/dataset/time.ts";
import { SEED } from "../support/suite_options.ts";
import { type Random, randomFrom } from "../support/random_numbers.ts";

const NANOSECONDS_OF_A_SECOND = 1_000_000_000n;

/** The days of all years from 0 to 9999, counted one by one: `[year][month - 1]`, with the number of the first day. */
const CALENDAR = countDays();

function countDays(): { days: number; first: number }[][] {
  const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  const years: { days: number; first: number }[][] = [];
  let day = 0, leapIn = 0;
  for (let year = 0; year < 10_000; year++) {
    // Every fourth year is a leap year, a century only where it is the fourth.
    const century = year % 100 === 0;
    const leap = leapIn === 0 && (!century || [0, 400, 800, 1200, 1600].includes(year % 2000));
    leapIn = (leapIn + 3) % 4;
    years.push(lengths.map((length, month) => {
      const days = month === 1 && leap ? 29 : length;
      const first = day;
      day += days;
      return { days, first };
    }));
  }
  const epoch = years[1970]![0]!.first;
  for (const month of years.flat()) month.first -= epoch;
  return years;
}

const two = (number: number) => String(number).padStart(2, "0");

/** A time that may be none: its text, and its nanoseconds since 1970 or null. */
function randomTime(random: Random): [text: string, nanoseconds: bigint | null] {
  const year = random(3) ? 1900 + random(200) : random(10_000);
  const month = random(14), day = random(34);
  const known = CALENDAR[year]![month - 1];
  const isDay = known !== undefined && day >= 1 && day <= known.days;
  const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
  const start = isDay ? BigInt(known.first + day - 1) * 86_400n : 0n;
  if (!random(4)) return [date, isDay ? start * NANOSECONDS_OF_A_SECOND : null];
  const hour = random(27), minute = random(62), second = random(3) ? random(62) : null;
  const fraction = second !== null && random(2) ? String(random(1e9)).slice(0, 1 + random(9)) : "";
  const [sign, zoneHour, zoneMinute] = ["+-"[random(2)]!, random(26), random(62)];
  const zone = ["", "Z", `${sign}${two(zoneHour)}:${two(zoneMinute)}`]
    .concat(`${sign}${two(zoneHour)}${two(zoneMinute)}`)[random(4)]!;
  const text = `${date}${"T "[random(2)]}${two(hour)}:${two(minute)}${
    second === null ? "" : `:${two(second)}`
  }${fraction && `.${fraction}`}${zone}`;
  const isMidnight = hour === 24 && minute === 0 && !second && !Number(fraction);
  const isTime = (hour < 24 || isMidnight) && minute < 60 && (second ?? 0) < 60;
  const isZone = zone.length < 2 || (zoneHour < 24 && zoneMinute < 60);
  if (!isDay || !isTime || !isZone) return [text, null];
  const away = zone.length < 2 ? 0 : (sign === "-" ? -1 : 1) * (zoneHour * 60 + zoneMinute);
  const seconds = start + BigInt(hour * 3600 + (minute - away) * 60 + (second ?? 0));
  return [text, seconds * NANOSECONDS_OF_A_SECOND + BigInt(fraction.padEnd(9, "0"))];
}

Deno.test("a text is a time when the calendar has it, to the nanosecond", () => {
  const random = randomFrom(SEED + 41);
  let times = 0;
  for (let k = 0; k < 60_000; k++) {
    const [text, nanoseconds] = randomTime(random);
    assertEquals(nanosecondsOf(text), nanoseconds, `${text}, seed ${SEED}`);
    assertEquals(timeFault(text) === null, nanoseconds !== null, text);
    if (nanoseconds !== null) times++;
  }
  assert(times > 3000 && times < 57_000, `${times} times`);
});

Deno.test("the last day of a month is accepted, and the day after it is refused", () => {
  const random = randomFrom(SEED + 42);
  for (let k = 0; k < 5000; k++) {
    const year = random(10_000), month = 1 + random(12);
    const { days, first } = CALENDAR[year]![month - 1]!;
    const start = `${String(year).padStart(4, "0")}-${two(month)}`;
    assertEquals(Date.parse(`${start}-01`), first * 86_400_000, start);
    assertEquals(
      nanosecondsOf(`${start}-${days}`)! / 86_400_000_000_000n,
      BigInt(first + days - 1),
    );
    assertEquals(nanosecondsOf(`${start}-${days + 1}`), null);
    assertMatch(timeFault(`${start}-${days + 1}`)!, new RegExp(`has ${days} days$`));
  }
});

Deno.test("years beyond four digits are read as JavaScript reads them, and by the calendar beyond its range", () => {
  const random = randomFrom(SEED + 43);
  const text = (year: number) =>
    `${year < 0 ? "-" : "+"}${String(Math.abs(year)).padStart(6, "0")}`;
  for (let k = 0; k < 5000; k++) {
    const year = random(500_000) - 250_000, rest = `-${two(1 + random(12))}-${two(1 + random(28))}`;
    const time = nanosecondsOf(`${text(year)}${rest}`)!;
    assertEquals(time / 1_000_000n, BigInt(Date.parse(`${text(year)}${rest}`)), `${year}${rest}`);
    // Days repeat after 400 years, of 146,097 days.
    const later = nanosecondsOf(`${text(year + 400 * 1500)}${rest}`)!;
    assertEquals(later - time, 1500n * 146_097n * 86_400n * NANOSECONDS_OF_A_SECOND);
  }
});

Deno.test("a text that is no time is refused", () => {
  const faults: [unknown, RegExp][] = [
    ["2024-02-30", /month 2 of the year 2024 has 29 days/],
    ["1900-02-29", /has 28 days/],
    ["2024-13-01", /no month 13/],
    ["2024-05-01T25:00", /24 hours/],
    ["2024-05-01T24:00:00.5", /24 hours/],
    ["2024-05-01T23:60", /60 minutes/],
    ["2024-06-30T23:59:60Z", /60 seconds/],
    ["2024-05-01T00:00+24:00", /zone/],
    ["2024-05-01T00:00+02:60", /zone/],
    ["2024-05-01T10:00.5", /written like/],
    ["2024-5-1", /written like/],
    ["yesterday", /written like/],
    ["2024-05-01T00:00 Europe/Berlin", /written like/],
    [new Date("x"), /invalid/],
  ];
  for (const [value, message] of faults) {
    assertEquals(nanosecondsOf(value as string), null, String(value));
    assertMatch(timeFault(value)!, message);
  }
  assertEquals(timeFault(NaN), null);
  assertEquals(nanosecondsOf("2024-05-01T24:00Z"), nanosecondsOf("2024-05-02"));
});
