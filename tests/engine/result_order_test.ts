import { assert, assertEquals, assertRejects } from "@std/assert";
import { inOrder, mergeBranches } from "../../mod/engine/compute/order.ts";
import { mergeInTurn } from "../../mod/formula/merge.ts";

/** Work that settles when the test says so, in an order the test chooses. */
class Pieces {
  readonly started: number[] = [];
  readonly #ends = new Map<number, PromiseWithResolvers<number>>();

  readonly start = (index: number): Promise<number> => {
    this.started.push(index);
    const end = Promise.withResolvers<number>();
    this.#ends.set(index, end);
    return end.promise;
  };

  async finish(index: number): Promise<void> {
    this.#ends.get(index)!.resolve(index);
    await new Promise((resolve) => setTimeout(resolve));
  }

  async fail(index: number, error: Error): Promise<void> {
    this.#ends.get(index)!.reject(error);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

Deno.test("results are taken in order, whichever piece is ready first", async () => {
  const pieces = new Pieces();
  const taken: number[] = [];
  const all = inOrder(5, 3, pieces.start, (result) => taken.push(result));
  await pieces.finish(2);
  await pieces.finish(1);
  assertEquals(taken, []);
  await pieces.finish(0);
  assertEquals(taken, [0, 1, 2]);
  await pieces.finish(4);
  await pieces.finish(3);
  await all;
  assertEquals(taken, [0, 1, 2, 3, 4]);
});

Deno.test("no more pieces than the window are started ahead of the next result", async () => {
  const pieces = new Pieces();
  const all = inOrder(10, 3, pieces.start, () => {});
  await pieces.finish(1);
  await pieces.finish(2);
  assertEquals(pieces.started, [0, 1, 2]);
  await pieces.finish(0);
  assertEquals(pieces.started, [0, 1, 2, 3, 4, 5]);
  for (let index = 3; index < 10; index++) await pieces.finish(index);
  await all;
});

Deno.test("the first failure is reported, and no other piece is started", async () => {
  const pieces = new Pieces();
  const all = assertRejects(() => inOrder(10, 3, pieces.start, () => {}), Error, "of 0");
  await pieces.fail(2, new Error("of 2"));
  await pieces.fail(0, new Error("of 0"));
  await all;
  assertEquals(pieces.started, [0, 1, 2]);
});

interface Merged {
  /** The tree: `(0 1)` is 0 merged with 1. */
  tree: string;
  depth: number;
}

/** The tree of values from one on up to another. */
async function treeOf(from: number, to: number): Promise<Merged> {
  return await inTurn(
    await Promise.all(Array.from({ length: to - from }, (_, k) => leaf(from + k))),
  );
}

const leaf = (index: number): Promise<Merged> => Promise.resolve({ tree: `${index}`, depth: 0 });

const inTurn = (values: Merged[]): Promise<Merged> =>
  mergeInTurn(
    values.length,
    (index) => Promise.resolve(values[index]!),
    (left, right) =>
      Promise.resolve({
        tree: `(${left.tree} ${right.tree})`,
        depth: 1 + Math.max(left.depth, right.depth),
      }),
  );

Deno.test("values are merged in order, in one tree of least depth however they are divided", async () => {
  for (const count of [1, 2, 3, 5, 8, 13, 16, 17, 31, 33, 100, 257]) {
    let most = 0;
    const left = await mergeBranches(count, leaf, (values) => {
      most = Math.max(most, values.length);
      return inTurn(values);
    });
    assert(left.length <= 16 && most <= 16, "too many values at once");
    const { tree, depth } = await inTurn(left);
    const all = await Promise.all(Array.from({ length: count }, (_, index) => leaf(index)));
    assertEquals(tree, (await inTurn(all)).tree);
    assertEquals(tree.match(/\d+/g)!.map(Number), Array.from({ length: count }, (_, k) => k));
    assertEquals(depth, Math.ceil(Math.log2(count)));
  }
});

Deno.test("branches that are had at once are the same branches of the tree", async () => {
  for (const count of [1, 2, 3, 7, 8, 13, 40]) {
    for (const length of [1, 2, 4, 8]) {
      const asked: [number, number][] = [];
      const left = await mergeBranches(
        count,
        (from, to) => {
          asked.push([from, to]);
          return treeOf(from, to);
        },
        inTurn,
        () => false,
        (from, to) => Promise.resolve(to - from <= length),
      );
      const wanted = Array.from({ length: Math.ceil(count / length) }, (_, k) => [
        k * length,
        Math.min(count, (k + 1) * length),
      ]);
      assertEquals(asked.toSorted(([a], [b]) => a! - b!), wanted, `${count} by ${length}`);
      assertEquals((await inTurn(left)).tree, (await treeOf(0, count)).tree);
    }
  }
});

Deno.test("a merge fails when one of its values does", async () => {
  const value = (index: number) =>
    index === 3 ? Promise.reject(new Error("of 3")) : Promise.resolve(index);
  await assertRejects(
    () => mergeBranches(50, value, (values) => Promise.resolve(values[0]!)),
    Error,
    "of 3",
  );
});
