/** Tables of texts that are merged, put in order and encoded, against sets and sorting of JavaScript. */
import { assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { mergeTexts } from "../../mod/kernel/merged_texts.ts";
import { TextCoder } from "../../mod/kernel/text_coder.ts";
import { encodePlaced, encodeTexts } from "../../mod/kernel/text_kernel.ts";
import { inByteOrder, type Texts } from "../../mod/kernel/texts.ts";
import { stringsOf, textsOf } from "../support/byte_strings.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomTest } from "../support/random_tests.ts";

const decoder = new TextDecoder();

function tableOf(texts: readonly string[]): Texts {
  using coder = new TextCoder();
  coder.code(stringsOf(texts), new Int32Array(texts.length), 0);
  return coder.finish().texts;
}

/** Texts as plants have them, and some that begin alike, have zeros, are long, or not of ASCII. */
function randomText(random: Random): string {
  const n = random(1_000_000);
  switch (random(40)) {
    case 0:
      return "";
    case 1:
      return "a" + "\0".repeat(random(20));
    case 2:
      return "long ".repeat(random(40)) + n;
    case 3:
      return `Насос ${n % 1000} 🜁`;
    case 4:
      return random(60) ? `${n}` : "x".repeat(200_000 + random(200_000)) + n;
    default:
      return `part ${n}`;
  }
}

function randomTexts(random: Random): string[] {
  const most = [0, 1, 2, 40, 4095, 4097, 9000][random(7)]!;
  return [...new Set(Array.from({ length: most }, () => randomText(random)))];
}

/** Some of the same texts, and others. */
function similar(texts: readonly string[], random: Random): string[] {
  const share = random(5);
  return [...new Set([...texts.filter(() => random(4) < share), ...randomTexts(random)])];
}

function inByteOrderOf(texts: readonly string[]): string[] {
  const all = texts.map((text) => ({ text, bytes: Buffer.from(text) }));
  return all.sort((a, b) => a.bytes.compare(b.bytes)).map(({ text }) => text);
}

/** As lists of a million are not to be told whole. */
function assertSame(list: ArrayLike<unknown>, wanted: ArrayLike<unknown>, name: string): void {
  assertEquals(list.length, wanted.length, name);
  for (let k = 0; k < list.length; k++) {
    if (list[k] !== wanted[k]) assertEquals(list[k], wanted[k], `${name}: at ${k}`);
  }
}

function assertSameTables(table: Texts, wanted: Texts, name: string): void {
  for (const part of ["ends", "hashes", "bytes"] as const) {
    assertSame(table[part], wanted[part], `${name}, ${part}`);
  }
}

randomTest(
  "text-tables",
  "tables of texts are merged, put in order and encoded as sets and sorting of JavaScript say",
  (count) => {
    for (let index = 0; index < count; index++) {
      const random = fuzzRandom(index), name = `case ${index}`;
      const first = randomTexts(random), second = similar(first, random);
      const a = tableOf(first), b = tableOf(second);
      const { texts, sides } = mergeTexts(a, b);

      const merged = textsOf(texts);
      assertEquals(merged.length, new Set([...first, ...second]).size, name);
      const known = [new Set(first), new Set(second)];
      merged.forEach((text, k) => {
        const side = Number(known[0]!.has(text)) + 2 * Number(known[1]!.has(text));
        if (sides[k] !== side) throw new Error(`${name}: ${text} is on side ${sides[k]}`);
      });
      assertSameTables(texts, tableOf([...first, ...second]), `${name}: as if coded together`);

      const { order, texts: ordered } = inByteOrder(texts), inOrder = textsOf(ordered);
      assertSame(inOrder, inByteOrderOf(merged), `${name}: order`);
      assertSame(Array.from(order, (place) => merged[place]!), inOrder, `${name}: places`);

      if (merged.length === 0) continue;
      let place = 0;
      const places = Int32Array.from({ length: random(20_000) }, () => {
        place = random(4) ? place + 1 : random(merged.length);
        return place < merged.length ? place : place = 0;
      });
      const from = random(3), to = Math.max(from, places.length - random(3));
      const found = encoded((take) => encodePlaced(ordered, places, from, to, take));
      const strings = Array.from(places, (place) => inOrder[place]!);
      const wanted = encoded((take) => encodeTexts(strings, from, to, take));
      assertSame(found.bytes, wanted.bytes, `${name}: encoded`);
      assertEquals([found.least, found.most], [wanted.least, wanted.most], `${name}: bounds`);
    }
  },
);

type Take = Parameters<typeof encodeTexts>[3];

/** All that is encoded, and the least and the most of it. */
function encoded(encode: (take: Take) => void) {
  const parts: Uint8Array[] = [], bounds: string[] = [];
  encode(({ bytes, least, most }) => {
    parts.push(bytes.slice());
    bounds.push(decoder.decode(least), decoder.decode(most));
  });
  const sorted = inByteOrderOf(bounds);
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
  return { bytes, least: sorted.at(0), most: sorted.at(-1) };
}

Deno.test("tables whose ends don't rise, or lie beyond their bytes, are refused", () => {
  const table = tableOf(["one", "two", "three"]);
  const trap = WebAssembly.RuntimeError;
  for (const ends of [Uint32Array.of(3, 2, 11), Uint32Array.of(3, 6, 1000)]) {
    assertThrows(() => inByteOrder({ ...table, ends }), trap);
    assertThrows(() => mergeTexts({ ...table, ends }, tableOf(["four"])), trap);
    assertThrows(() => mergeTexts(tableOf(["four"]), { ...table, ends }), trap);
  }
});
