/** Random nested schemas in all forms that writers have given lists and maps, and random entries for them. */
import type { Random } from "../random_numbers.ts";
import {
  BOOLEAN,
  BYTE_ARRAY,
  DOUBLE,
  FIXED,
  INT32,
  INT64,
  LIST,
  MAP,
  MAP_KEY_VALUE,
  type RawElement,
  type RawLeaf,
  rawLeaves,
  type RawValue,
  REPEATED,
  REQUIRED,
  UTF8,
} from "./raw_file.ts";

/** A field of random form, with no more than so many groups inside one another. */
export function randomField(name: string, depth: number, random: Random): RawElement {
  const field = { name, repetition: random(2) };
  if (depth === 0) return leaf(name, field.repetition, random);
  const inner = (name: string, repetition = random(2)) =>
    ({ ...randomField(name, depth - 1, random), repetition }) as RawElement;
  const pick = <T>(...list: T[]): T => list[random(list.length)]!;
  const list = () => random(2) ? { converted: LIST } : { logical: 3 };
  const map = () => pick<object>({ converted: MAP }, { logical: 2 }, { converted: MAP_KEY_VALUE });
  const struct = (name: string, repetition: number, least: number): RawElement => {
    const names = ["x", "y", "array", "element"];
    const children = Array.from({ length: least + random(3) }, (_, k) => inner(names[k]!));
    return { name, repetition, children };
  };
  switch (random(12)) {
    case 0:
      return leaf(name, field.repetition, random);
    case 1: // three levels
      return {
        ...field,
        ...list(),
        children: [{
          name: pick("list", "bag", "element", "x_tuple"),
          repetition: REPEATED,
          children: [inner(pick("element", "item", "array"))],
        }],
      };
    case 2: // two levels, values
      return { ...field, ...list(), children: [leaf(pick("array", "element"), REPEATED, random)] };
    case 3: // two levels, groups of several fields
      return { ...field, ...list(), children: [struct(pick("array", "bag"), REPEATED, 2)] };
    case 4: // two levels, groups of one field, told by their name
      return {
        ...field,
        ...list(),
        children: [
          {
            name: pick("array", `${name}_tuple`),
            repetition: REPEATED,
            children: [inner(pick("x", "array"))],
          },
        ],
      };
    case 5: // lists of two levels in lists of two levels
      return {
        ...field,
        ...list(),
        children: [{
          name: pick("array", "bag"),
          repetition: REPEATED,
          ...list(),
          children: [leaf(pick("array", "x"), REPEATED, random)],
        }],
      };
    case 6: // repeated without an annotation
      return random(2) ? leaf(name, REPEATED, random) : struct(name, REPEATED, 1);
    case 7:
    case 8:
      return {
        ...field,
        ...map(),
        children: [{
          name: pick("key_value", "map", "entries"),
          repetition: REPEATED,
          ...(random(2) ? { converted: MAP_KEY_VALUE } : {}),
          children: [
            random(6)
              ? leaf(pick("key", "k"), REQUIRED, random, pick(INT32, BYTE_ARRAY))
              : inner("key", REQUIRED),
            inner(pick("value", "v")),
          ],
        }],
      };
    case 9: // a map without values
      return {
        ...field,
        ...map(),
        children: [{
          name: pick("key_value", "map"),
          repetition: REPEATED,
          children: [leaf("key", REQUIRED, random)],
        }],
      };
    case 10: // what repeats is a group of one field that repeats, too
      return {
        ...field,
        ...list(),
        children: [{
          name: pick("array", "list"),
          repetition: REPEATED,
          ...pick<object>(map(), {}),
          children: [{
            name: "entries",
            repetition: REPEATED,
            children: [leaf("key", REQUIRED, random, INT32), inner("value")],
          }],
        }],
      };
    default:
      return struct(name, field.repetition, 1);
  }
}

function leaf(name: string, repetition: number, random: Random, chosen?: number): RawElement {
  const type = chosen ?? [BOOLEAN, INT32, INT64, DOUBLE, BYTE_ARRAY][random(5)]!;
  return { name, repetition, type, ...(type === BYTE_ARRAY ? { converted: UTF8 } : {}) };
}

/** Random entries of all leaves below some fields, for so many rows. */
export function randomEntries(fields: RawElement[], rows: number, random: Random): RawLeaf[] {
  const leaves = rawLeaves(fields);
  const below = new Map<RawElement, RawLeaf[]>();
  const collect = (element: RawElement): RawLeaf[] => {
    const found = element.type === undefined
      ? element.children!.flatMap(collect)
      : [leaves.find((leaf) => leaf.element === element)!];
    below.set(element, found);
    return found;
  };
  fields.forEach(collect);
  let serial = 0;
  const nothing = (element: RawElement, definition: number, repetition: number) => {
    for (const leaf of below.get(element)!) {
      leaf.definition.push(definition);
      leaf.repetition.push(repetition);
    }
  };
  const value = (element: RawElement, definition: number, repetition: number, deepest: number) => {
    if (element.type === undefined) {
      for (const child of element.children!) field(child, definition, repetition, deepest);
      return;
    }
    const [leaf] = below.get(element)!;
    leaf!.definition.push(definition);
    leaf!.repetition.push(repetition);
    leaf!.values.push(randomValue(element, serial++));
  };
  const field = (element: RawElement, definition: number, repetition: number, deepest: number) => {
    if (element.repetition === REPEATED) {
      const count = random(4);
      if (count === 0) return nothing(element, definition, repetition);
      for (let k = 0; k < count; k++) {
        value(element, definition + 1, k === 0 ? repetition : deepest + 1, deepest + 1);
      }
      return;
    }
    if (element.repetition === REQUIRED) return value(element, definition, repetition, deepest);
    if (random(4) === 0) return nothing(element, definition, repetition);
    value(element, definition + 1, repetition, deepest);
  };
  for (let row = 0; row < rows; row++) for (const one of fields) field(one, 0, 0, 0);
  return leaves;
}

/** A value that there is once; but for booleans, and some texts that are empty. */
function randomValue({ type, length }: RawElement, serial: number): RawValue {
  switch (type) {
    case FIXED:
      return Uint8Array.from({ length: length! }, (_, k) => k === 0 ? serial % 60 : 48 + k);
    case BOOLEAN:
      return serial % 3 === 0;
    case INT32:
      return serial % 5 === 0 ? -serial : serial;
    case INT64:
      return BigInt(serial) << 21n;
    case DOUBLE:
      return serial + 0.5;
    default:
      return serial % 7 === 0 ? "" : `v${serial}`;
  }
}
