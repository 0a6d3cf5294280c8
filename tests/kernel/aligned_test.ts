import { assertEquals, assertThrows } from "@std/assert";
import { Kernel } from "../../mod/kernel/kernel.ts";
import { aligned } from "../../mod/kernel/aligned.ts";
import { Layout } from "../../mod/kernel/texts.ts";

Deno.test("addresses beyond 2 GiB stay where they are", () => {
  assertEquals([0, 1, 16, 2 ** 31 - 3, 2 ** 31 + 1, 2 ** 32 + 5].map(aligned), [
    0,
    16,
    16,
    2 ** 31,
    2 ** 31 + 16,
    2 ** 32 + 16,
  ]);
});

Deno.test("a table of groups that no memory can hold is refused, not written elsewhere", () => {
  const memory = new Layout(new Kernel());
  for (let k = 0; k < 3; k++) memory.take(2 ** 31 - 100);
  assertThrows(() => memory.reserve(), RangeError, "WebAssembly.Memory.grow()");
});
