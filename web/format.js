/** Numbers, sizes and times for people, in the page's language. */
import { language, locale } from "./texts.js";

/** @param {number} value */
export function count(value) {
  return new Intl.NumberFormat(locale()).format(value);
}

/** A measured value: six digits, with a power of ten where it is far from one. @param {number} value */
export function measured(value) {
  const size = Math.abs(value);
  const far = size !== 0 && (size >= 1e7 || size < 1e-4);
  return new Intl.NumberFormat(locale(), {
    maximumSignificantDigits: 6,
    notation: far ? "scientific" : "standard",
  }).format(value);
}

const SIZES = { en: ["B", "KiB", "MiB", "GiB", "TiB"], ru: ["Б", "КиБ", "МиБ", "ГиБ", "ТиБ"] };

/** @param {number} value */
export function bytes(value) {
  const step = value < 1 ? 0 : Math.min(4, Math.floor(Math.log2(value) / 10));
  const number = new Intl.NumberFormat(locale(), { maximumSignificantDigits: 3 });
  return `${number.format(value / 1024 ** step)} ${SIZES[language()][step]}`;
}

const UNITS = { en: ["d", "h", "min", "s"], ru: ["д", "ч", "мин", "с"] };

/** @param {number} value in seconds */
export function seconds(value) {
  const [day, hour, minute, second] = UNITS[language()];
  if (value < 60) {
    const digits = value < 10 && !Number.isInteger(value) ? 2 : 0;
    return `${
      new Intl.NumberFormat(locale(), {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }).format(value)
    } ${second}`;
  }
  const whole = Math.round(value);
  if (whole < 3600) return `${Math.floor(whole / 60)} ${minute} ${whole % 60} ${second}`;
  if (whole < 86400) {
    return `${Math.floor(whole / 3600)} ${hour} ${Math.floor(whole / 60) % 60} ${minute}`;
  }
  return `${Math.floor(whole / 86400)} ${day} ${Math.floor(whole / 3600) % 24} ${hour}`;
}

/** A moment in local time; only its hour where it is today's. @param {string | null} iso */
export function moment(iso) {
  if (iso === null) return "";
  const date = new Date(iso);
  const today = date.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale(), {
    ...(today ? {} : { dateStyle: "short" }),
    timeStyle: "medium",
  }).format(date);
}

/** A time of day in local time, to the millisecond. @param {string} iso */
export function clock(iso) {
  return new Intl.DateTimeFormat(locale(), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hour12: false,
  }).format(new Date(iso));
}

/**
 * A point of time on an axis or below the pointer.
 *
 * @param {number} ms since 1970
 * @param {number} step from point to point, in milliseconds
 * @param {"UTC" | undefined} zone local where it is undefined
 */
export function instant(ms, step, zone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { timeZone: zone, hour12: false };
  if (step >= 86_400_000) {
    return new Intl.DateTimeFormat(locale(), { ...options, dateStyle: "medium" }).format(ms);
  }
  const time = new Intl.DateTimeFormat(locale(), {
    ...options,
    hour: "2-digit",
    minute: "2-digit",
    ...(step < 60_000 ? { second: "2-digit" } : {}),
  }).format(ms);
  if (step >= 1000) return time;
  const digits = Math.min(6, Math.max(1, Math.ceil(-Math.log10(step / 1000))));
  const part = ((ms / 1000) % 1 + 1) % 1;
  return time + (language() === "ru" ? "," : ".") +
    String(Math.floor(part * 10 ** digits + 1e-3)).padStart(digits, "0");
}
