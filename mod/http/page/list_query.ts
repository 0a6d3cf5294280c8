import { ServiceError } from "../../common/errors.ts";
import { meantOrAll } from "../../common/nearest.ts";
import {
  JOB_ORDERS,
  JOB_STATES,
  type JobFilter,
  type JobOrder,
  type JobState,
} from "../../job/record.ts";
import { searchedWords } from "../../jobs/job_words.ts";

/** Jobs of a list where no number is asked for, and at most. */
const USUAL = 50, MOST = 500;
/** Characters of a search at most, and its words. */
const LONGEST_SEARCH = 200, MOST_WORDS = 10;

type Reading = (value: string, name: string) => Partial<JobFilter>;

/** What a list can be asked by. */
const FIELDS: Readonly<Record<string, Reading>> = {
  search: (value) => ({ words: words(value) }),
  state: (value, name) => ({ states: value.split(",").map((one) => state(one, name)) }),
  formula: (value) => ({ file: value }),
  client: (value) => ({ client: value }),
  from: (value, name) => ({ from: time(value, name) }),
  to: (value, name) => ({ to: time(value, name) }),
  sort: (value, name) => ({ order: order(value, name) }),
  limit: (value, name) => ({ limit: limit(value, name) }),
};

/**
 * Which jobs a list is asked for.
 *
 * @throws ServiceError `BAD_REQUEST`
 */
export function listFilter(query: URLSearchParams): JobFilter {
  const filter: JobFilter = { limit: USUAL };
  for (const [name, value] of query) {
    const read = Object.hasOwn(FIELDS, name) ? FIELDS[name]! : null;
    if (read === null) {
      throw bad(`there is no ${name} of a list: ${meantOrAll(name, Object.keys(FIELDS))}`);
    }
    Object.assign(filter, read(value, name));
  }
  return filter;
}

function words(search: string): string[] {
  const found = searchedWords(search);
  if (search.length <= LONGEST_SEARCH && found.length <= MOST_WORDS) return found;
  throw bad(`search must have at most ${LONGEST_SEARCH} characters and ${MOST_WORDS} words`);
}

function state(value: string, name: string): JobState {
  return oneOf(value, name, JOB_STATES);
}

/** A column, with a minus in front where the greatest comes first. */
function order(value: string, name: string): JobOrder {
  const descending = value.startsWith("-");
  return { by: oneOf(descending ? value.slice(1) : value, name, JOB_ORDERS), descending };
}

function time(value: string, name: string): number {
  const milliseconds = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? Date.parse(value) : NaN;
  if (!Number.isNaN(milliseconds)) return milliseconds;
  throw bad(`${name} must be a time in UTC such as 2024-05-01T12:30Z, not ${value}`);
}

function limit(value: string, name: string): number {
  const number = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (number >= 1 && number <= MOST) return number;
  throw bad(`${name} must be a whole number from 1 to ${MOST}, not ${value}`);
}

function oneOf<Name extends string>(value: string, name: string, names: readonly Name[]): Name {
  const known = names.find((one) => one === value);
  if (known !== undefined) return known;
  throw bad(`${name} can't be ${value}: ${meantOrAll(value, names)}`);
}

function bad(message: string): ServiceError {
  return new ServiceError("BAD_REQUEST", message);
}
