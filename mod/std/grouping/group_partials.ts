/** Groups of parts of a dataset, and how they are merged. */
import { matchNumbers, mergeColumn } from "../../kernel/merge_kernel.ts";
import { mergeTexts } from "../../kernel/merged_texts.ts";
import { inByteOrder, type Texts } from "../../kernel/texts.ts";
import { TextCoder } from "../../kernel/text_coder.ts";
import type { ExactType } from "./exact_values.ts";
import { commonType, type KeyColumn, type KeyType, type OrderedKey } from "./group_keys.ts";
import { orderOfColumns, rankedKey, ranksOfNumbers } from "./group_order.ts";
import { mergeStates, reordered, type Sides, type State, taken } from "./group_states.ts";
import type { HeldColumn } from "./held_rows.ts";
import { type Digests, mergeDigests, reorderedDigests } from "./held_digests.ts";
import { assertHeld, type Held, mergeHeld, reorderedHeld } from "./held_values.ts";
import { mergeTimes, reorderedTimes, type TimeState } from "./group_times.ts";
import { stringsOfNumbers, stringsOfTexts } from "./key_texts.ts";
import { hasNull, placesOf, type SoleTexts, soleTexts } from "./sole_texts.ts";

/**
 * Groups of a part of the dataset, in the order of their keys: plain data. Texts are in the order of their hashes, which
 * is quicker to make than that of their characters.
 */
export interface Groups<Key = KeyColumn> {
  keys: Key[];
  /** Rows of each group. */
  rows: Float64Array;
  /** By column. */
  states: Record<string, State>;
  /** By column of times. */
  times: Record<string, TimeState>;
  /** Values by column of which quantiles are wanted. */
  held: Record<string, Held>;
  /** The same where a t-digest is held of many. */
  digests: Record<string, Digests>;
  /** Rows by column that a function is given. */
  ordered: Record<string, HeldColumn>;
}

/** How much may be held. */
export interface HeldLimits {
  mostValues?: number;
  digestBeyond?: number | null;
}

/**
 * Merges two parts in linear time: both are in the order of their keys.
 *
 * @param limits Values that may be held for quantiles, and those of a group beyond which a t-digest of them is.
 * @throws TypeError when a key holds texts in one and numbers in the other. RangeError for more values than may be held.
 */
export function combine(
  a: Groups,
  b: Groups,
  { mostValues = Infinity, digestBeyond }: HeldLimits = {},
): Groups {
  assertHeld([...heldOf(a), ...heldOf(b)], mostValues);
  const { x, y } = alike(a, b);
  const { sides, keys } = matched(x.keys, y.keys);
  const rows = mergeColumn("add", sides, [x.rows], [y.rows]);
  const states: Record<string, State> = {};
  for (const name of Object.keys(x.states)) {
    states[name] = mergeStates(x.states[name]!, y.states[name]!, sides);
  }
  const times: Record<string, TimeState> = {};
  for (const name of Object.keys(x.times)) {
    times[name] = mergeTimes(x.times[name]!, y.times[name]!, sides);
  }
  const held: Record<string, Held> = {};
  for (const name of Object.keys(x.held)) {
    const one = [x.held[name]!, x.states[name]!.count] as const;
    held[name] = mergeHeld(one, [y.held[name]!, y.states[name]!.count], sides);
  }
  const digests: Record<string, Digests> = {};
  for (const name of Object.keys(x.digests)) {
    digests[name] = mergeDigests(
      x.digests[name]!,
      y.digests[name]!,
      sides,
      digestBeyond ?? Infinity,
    );
  }
  const ordered: Record<string, HeldColumn> = {};
  for (const [name, columns] of Object.entries(x.ordered)) {
    ordered[name] = columns.map((values, k) =>
      mergeHeld([values, x.rows], [y.ordered[name]![k]!, y.rows], sides)
    );
  }
  return { keys, rows, states, times, held, digests, ordered };
}

/** Numbers of values that groups hold, by column. */
function heldOf({ held, digests, ordered }: Groups): { name: string; length: number }[] {
  return [
    ...Object.entries(held).map(([name, { length }]) => ({ name, length })),
    ...Object.entries(digests).map(([name, { values: { length } }]) => ({ name, length })),
    ...Object.entries(ordered).flatMap(([name, all]) =>
      all.map(({ length }) => ({ name, length }))
    ),
  ];
}

/** Groups in another order: that of place k is number `order[k]`. */
export function reorderedGroups<Key extends { values: Float64Array }>(
  { keys, rows, states, times, held, digests, ordered }: Groups<Key>,
  order: Int32Array,
): Groups<Key> {
  const each = <T>(of: Record<string, T>, reorder: (value: T, name: string) => T) =>
    Object.fromEntries(Object.entries(of).map(([name, value]) => [name, reorder(value, name)]));
  return {
    keys: keys.map((key) => ({ ...key, values: taken(key.values, order) })),
    rows: taken(rows, order),
    states: each(states, (state) => reordered(state, order)),
    times: each(times, (state) => reorderedTimes(state, order)),
    held: each(held, (values, name) => reorderedHeld(values, states[name]!.count, order)),
    digests: each(digests, (all) => reorderedDigests(all, order)),
    ordered: each(ordered, (columns) => columns.map((one) => reorderedHeld(one, rows, order))),
  };
}

/** Groups in the order of their keys, texts in that of their code points. */
export function inKeyOrder(groups: Groups): Groups<OrderedKey> {
  const { keys } = groups;
  const isOrdered = !keys.some(({ texts }) => texts);
  if (isOrdered) return { ...groups, keys: keys.map((key) => ({ ...key, texts: null })) };
  const sole = soleTexts(keys);
  if (sole) return inTextOrder(groups, sole);
  const ranked = keys.map(rankedKey);
  return reorderedGroups({ ...groups, keys: ranked.map(({ key }) => key) }, orderOfColumns(ranked));
}

/** The same of groups by one key of texts: their order is that of the texts. */
function inTextOrder(groups: Groups, { type, values, texts }: SoleTexts): Groups<OrderedKey> {
  const { order, texts: ordered } = inByteOrder(texts);
  const all = new Int32Array(values.length).fill(order.length, order.length);
  all.set(order);
  const others = reorderedGroups<OrderedKey>({ ...groups, keys: [] }, all);
  return { ...others, keys: [{ type, values, texts: ordered }] };
}

/** Two parts whose keys are of the same form. */
function alike(a: Groups, b: Groups): { x: Groups; y: Groups } {
  let x = a, y = b;
  a.keys.forEach((key, k) => {
    const other = b.keys[k]!;
    if (key.texts && !other.texts) y = inBytes(y, k, key.type);
    if (other.texts && !key.texts) x = inBytes(x, k, other.type);
  });
  return { x, y };
}

/** Groups with the numbers of a key as byte strings; where there are none it may be of any type. */
function inBytes(groups: Groups, k: number, given: KeyType): Groups {
  const { type: own, values } = groups.keys[k]!;
  const isNothing = values.every(Number.isNaN);
  const type = isNothing ? given : commonType(own, given);
  const strings = isNothing
    ? stringsOfTexts(Array.from(values, () => null))
    : stringsOfNumbers(values, null, type as ExactType);
  using coder = new TextCoder();
  const codes = new Int32Array(values.length);
  coder.code(strings, codes, 0);
  const { texts, order } = coder.finish();
  const places = new Float64Array(order.length).fill(NaN);
  order.forEach((code, place) => {
    if (place < texts.ends.length) places[code] = place;
  });
  const keys = groups.keys.with(k, { type, values: taken(places, codes), texts });
  return reorderedGroups(
    { ...groups, keys },
    orderOfColumns(keys.map(({ values }) => ranksOfNumbers(values))),
  );
}

function withCommonTexts(a: KeyColumn, b: KeyColumn): [KeyColumn, KeyColumn] {
  const type = commonType(a.type, b.type);
  if (!a.texts || !b.texts || areSame(a.texts, b.texts)) return [{ ...a, type }, { ...b, type }];
  const { texts, sides } = mergeTexts(a.texts, b.texts);
  return [
    { type, values: placed(a.values, sides, 1), texts },
    { type, values: placed(b.values, sides, 2), texts },
  ];
}

/** Places in a table of texts as those in the merged one. */
function placed(values: Float64Array, sides: Uint8Array, side: 1 | 2): Float64Array {
  const places = new Int32Array(sides.length), found = new Float64Array(values.length);
  for (let place = 0, own = 0; place < sides.length; place++) {
    if (sides[place]! & side) places[own++] = place;
  }
  for (let k = 0; k < found.length; k++) found[k] = places[values[k]!] ?? NaN;
  return found;
}

function areSame(a: Texts, b: Texts): boolean {
  const x = a.bytes, y = b.bytes;
  if (a === b) return true;
  if (a.ends.length !== b.ends.length || x.length !== y.length) return false;
  for (let k = 0; k < a.ends.length; k++) if (a.ends[k] !== b.ends[k]) return false;
  for (let at = 0; at < x.length; at++) if (x[at] !== y[at]) return false;
  return true;
}

/** The groups of both, and where each of them is. */
function matched(a: KeyColumn[], b: KeyColumn[]): { sides: Sides; keys: KeyColumn[] } {
  const [one] = a, [two] = b;
  if (!one || !two) return { sides: Uint8Array.of(3), keys: [] };
  const first = soleTexts(a), second = soleTexts(b);
  if (first && second) return matchedTexts(first, second);
  const pairs = a.map((key, k) => withCommonTexts(key, b[k]!));
  const x = pairs.map(([{ values }]) => values), y = pairs.map(([, { values }]) => values);
  // Parts of one file mostly have the same groups.
  const sides = x.every((values, k) => isSame(values, y[k]!))
    ? new Uint8Array(one.values.length).fill(3)
    : matchNumbers(x, y);
  const keys = pairs.map(([key], k) => ({
    ...key,
    values: mergeColumn("keys", sides, [x[k]!], [y[k]!]),
  }));
  return { sides, keys };
}

/** The same of groups by one key of texts. */
function matchedTexts(a: SoleTexts, b: SoleTexts): { sides: Sides; keys: KeyColumn[] } {
  const type = commonType(a.type, b.type), none = +hasNull(a) | +hasNull(b) << 1;
  const merged = areSame(a.texts, b.texts) ? null : mergeTexts(a.texts, b.texts);
  const texts = merged?.texts ?? a.texts, count = texts.ends.length;
  const values = placesOf(texts, count + Math.min(none, 1));
  const sides = new Uint8Array(values.length).fill(3, 0, count).fill(none, count);
  if (merged) sides.set(merged.sides);
  return { sides, keys: [{ type, values, texts }] };
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) {
    const x = a[k]!, y = b[k]!;
    if (x !== y && (x === x || y === y)) return false;
  }
  return true;
}
