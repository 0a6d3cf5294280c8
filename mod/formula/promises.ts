/**
 * Refuses values with promises in them: they would be merged and written as empty objects.
 *
 * @param use Who gave the value, for messages: `it returned`.
 * @param isKnown What is not looked into.
 * @throws TypeError Naming the first one's place.
 */
export function assertAwaited(
  value: unknown,
  use: string,
  isKnown?: (value: object) => boolean,
): void {
  const place = promiseIn(value, isKnown);
  if (place !== null) {
    throw new TypeError(`${use} a Promise${place === "" ? "" : ` as ${place}`}; await it`);
  }
}

/**
 * Where the first promise stands in a value: `total.parts[3]`, nothing for the value itself; `null` where there is
 * none. Each object is looked into once; typed arrays hold none.
 */
export function promiseIn(
  value: unknown,
  isKnown: (value: object) => boolean = () => false,
): string | null {
  const search = new PromiseSearch(isKnown);
  search.look(value, "");
  return search.run();
}

class PromiseSearch {
  readonly #seen = new Set<object>();
  readonly #waiting: { value: object; place: string }[] = [];
  readonly #isKnown: (value: object) => boolean;
  #found: string | null = null;

  constructor(isKnown: (value: object) => boolean) {
    this.#isKnown = isKnown;
  }

  run(): string | null {
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) {
      if (this.#found !== null) break;
      this.#lookInto(next.value, next.place);
    }
    return this.#found;
  }

  look(value: unknown, place: string): void {
    if (!isObject(value) || this.#found !== null) return;
    if (value instanceof Promise) this.#found = place;
    else if (!ArrayBuffer.isView(value) && !this.#seen.has(value) && !this.#isKnown(value)) {
      this.#seen.add(value);
      this.#waiting.push({ value, place });
    }
  }

  #lookInto(value: object, place: string): void {
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at++) {
        const member: unknown = value[at];
        if (isObject(member)) this.look(member, `${place}[${at}]`);
      }
    } else if (value instanceof Set) {
      for (const member of value) this.look(member, memberOf(place, "a member of a Set"));
    } else if (value instanceof Map) {
      for (const [key, member] of value) {
        this.look(key, memberOf(place, "a key of a Map"));
        if (isObject(member)) this.look(member, memberOf(place, String(key)));
      }
    } else {
      for (const [name, member] of Object.entries(value)) {
        if (isObject(member)) this.look(member, memberOf(place, name));
      }
    }
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function memberOf(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}
