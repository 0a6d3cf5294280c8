import { assert, assertEquals } from "@std/assert";
import { FairQueue } from "../../mod/jobs/queue.ts";

/** A queue of jobs named by their client and a number, of a priority where one is given. */
function queueOf(...jobs: [id: string, priority?: number][]): FairQueue {
  const queue = new FairQueue();
  for (const [id, priority = 0] of jobs) queue.add({ id, client: id[0]!, priority });
  return queue;
}

/** The order in which jobs start where each ends before the next starts. */
function order(queue: FairQueue): string[] {
  const started: string[] = [];
  for (let id = queue.next(); id !== undefined; id = queue.next()) {
    started.push(id);
    queue.end(id[0]!);
  }
  return started;
}

Deno.test("a client's jobs start by priority, then in the order they came", () => {
  const queue = queueOf(["a1"], ["a2", 5], ["a3"], ["a4", 5], ["a5", -1]);
  assertEquals(queue.length, 5);
  assertEquals(order(queue), ["a2", "a4", "a1", "a3", "a5"]);
  assertEquals(queue.length, 0);
});

Deno.test("clients take turns, however many jobs each of them has", () => {
  const queue = queueOf(["a1"], ["a2"], ["a3"], ["a4"], ["b1"], ["c1"], ["c2"]);
  assertEquals(order(queue), ["a1", "b1", "c1", "a2", "c2", "a3", "a4"]);
});

Deno.test("a client with fewer running jobs goes first", () => {
  const queue = queueOf(["a1"], ["a2"], ["a3"], ["b1"], ["b2"]);
  assertEquals([queue.next(), queue.next()], ["a1", "b1"]);
  queue.end("b");
  assertEquals(queue.next(), "b2");
});

Deno.test("clients that come one after another don't starve one that waits", () => {
  const queue = queueOf(["a1"], ["a2"]);
  const started: string[] = [];
  for (let come = 1; come <= 4; come++) {
    queue.add({ id: `${come}`, client: `${come}`, priority: 0 });
    const id = queue.next()!;
    started.push(id);
    queue.end(id[0]!);
  }
  assert(started.includes("a2"), started.join(" "));
});

Deno.test("a job that is taken out starts no more, and a second time it isn't there", () => {
  const queue = queueOf(["a1"], ["a2"], ["b1", 3]);
  assert(queue.remove({ id: "b1", client: "b", priority: 3 }));
  assert(queue.remove({ id: "a1", client: "a", priority: 0 }));
  assert(!queue.remove({ id: "a1", client: "a", priority: 0 }));
  assertEquals(queue.length, 1);
  assertEquals(order(queue), ["a2"]);
});
