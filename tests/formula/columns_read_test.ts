import { assertEquals } from "@std/assert";
import { groupBy, interval, resample } from "measuring/groups";
import { columnsRead } from "../../mod/formula/columns_read.ts";

// deno-lint-ignore no-explicit-any
type Any = any;

Deno.test("columns that a function's text names are known before it runs", () => {
  const own = 0 as Any;
  const functions: [unknown, string[]][] = [
    [({ u, i }: Any) => u + i, ["u", "i"]],
    [({ u: voltage, "a b": other }: Any) => voltage + other, ["u", "a b"]],
    [function map({ u }: Any, _context: Any) {
      return u;
    }, ["u"]],
    [({}: Any) => 1, []],
    [(chunk: Any) => chunk.u[0] + chunk["a b"].length, ["u", "a b"]],
    [(c: Any, { rows }: Any) => rows + c.u, ["u"]],
    [async (c: Any) => await c.i, ["i"]],
    [function (chunk: Any) {
      return [chunk.codes("unit").codes, chunk.raw("time"), chunk.seconds("at", own)];
    }, ["unit", "time", "at"]],
    [(_: Any, { rows }: Any) => rows, []],
  ];
  for (const [read, columns] of functions) assertEquals(columnsRead(read), columns, String(read));
});

Deno.test("functions that may read any column are not known", () => {
  const name = "u", help = (chunk: Any) => chunk.u;
  const functions: unknown[] = [
    (chunk: Any) => chunk[name],
    (chunk: Any) => chunk[`c${name}`],
    (chunk: Any) => help(chunk),
    (chunk: Any) => ({ ...chunk }),
    (chunk: Any) => chunk.codes(name),
    (chunk: Any) => ({ chunk }),
    ({ u, ...others }: Any) => [u, others],
    ({ [name]: u }: Any) => u,
    function (_: Any) {
      return arguments[0].u;
    },
    (...all: Any[]) => all[0].u,
    help.bind(null),
    null,
    7,
  ];
  for (const read of functions) assertEquals(columnsRead(read), null, String(read));
});

Deno.test("columns of the library's groupings are known", () => {
  const byUnit = groupBy(["unit", interval("time", "1h")]).mean("u").count().max("i");
  assertEquals(columnsRead(byUnit.chunk), ["unit", "time", "u", "i"]);
  assertEquals(columnsRead(resample("time", "1s").mean("u").chunk), ["time", "u"]);
  assertEquals(columnsRead(groupBy("unit").count().chunk), ["unit"]);
});
