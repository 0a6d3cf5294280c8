import { asset } from "../../mod/http/page/assets.ts";
import { assertEquals, assertMatch } from "@std/assert";
import { ERROR_CODES } from "../../mod/common/errors.ts";
import { EXPLAINED } from "../../web/errors.js";
import { text } from "../../web/texts.js";

/** A text as the page has it in a language. */
function textIn(lang: string, key: string, ...values: (string | number)[]): string {
  Object.assign(globalThis, { document: { documentElement: { lang } } });
  try {
    return text(key, ...values).replaceAll("\u00a0", " ");
  } finally {
    Reflect.deleteProperty(globalThis, "document");
  }
}

Deno.test("words take the form that goes with their number in English", () => {
  assertEquals(textIn("en", "columns", 1), "1 row, columns:");
  assertEquals(textIn("en", "columns", 0), "0 rows, columns:");
  assertEquals(textIn("en", "rowsOf", 1, 1200), "1 of 1,200 rows");
  assertEquals(textIn("en", "tasksOf", 0, 1), "0 of 1 task");
});

Deno.test("words take the form that goes with their number in Russian", () => {
  const forms: [number, string][] = [
    [0, "0 строк"],
    [1, "1 строка"],
    [2, "2 строки"],
    [5, "5 строк"],
    [11, "11 строк"],
    [21, "21 строка"],
    [112, "112 строк"],
    [1_000_001, "1 000 001 строка"],
  ];
  for (const [rows, start] of forms) {
    assertEquals(textIn("ru", "columns", rows), `${start}, столбцы:`);
  }
  assertEquals(textIn("ru", "rowsOf", 3, 21), "3 из 21 строки");
  assertEquals(
    textIn("ru", "envelope", 2, 1),
    "2 интервала примерно по 1 строке, от минимума до максимума.",
  );
});

Deno.test("a text without numbers is the same with any value", () => {
  assertEquals(textIn("en", "cancelOf", "work.ts"), "Cancel work.ts");
});

Deno.test("each of the protocol's error codes is explained in English and in Russian", () => {
  assertEquals(Object.keys(EXPLAINED).sort(), [...ERROR_CODES].sort());
  for (const [code, [english, russian]] of Object.entries(EXPLAINED)) {
    assertMatch(english, /^[A-Z][^\u0400-\u04ff]+\.$/, code);
    assertMatch(russian, /^[\u0400-\u04ff].*[\u0400-\u04ff].*\.$/, code);
  }
});

Deno.test("every file of the page is served", async () => {
  const folder = new URL("../../web/", import.meta.url);
  const files = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => /\.(js|css|svg)$/.test(name));
  for (const name of files) {
    const served = await asset(`/${name}`)?.text();
    // The plots' library is served as it is, in the place of the module that names it for the types.
    if (name !== "uplot.js") assertEquals(served, await Deno.readTextFile(new URL(name, folder)));
    else assertEquals(typeof served, "string");
  }
});
