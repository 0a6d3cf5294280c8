import { assert, assertEquals } from "@std/assert";
import { FairQueue, type Waiting } from "../../mod/jobs/queue.ts";
import { fuzzRandom } from "../support/random_numbers.ts";

/** A job named by its client and a number. */
function waiting(id: string, priority = 0, precedence = priority): Waiting {
  return { id, client: id[0]!, priority, precedence };
}

/** A queue of such jobs. */
function queueOf(...jobs: [id: string, priority?: number, precedence?: number][]): FairQueue {
  const queue = new FairQueue();
  for (const job of jobs) queue.add(waiting(...job));
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

Deno.test("a client's jobs start by priority, then in order of arrival", () => {
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

Deno.test("new clients don't starve one that waits", () => {
  const queue = queueOf(["a1"], ["a2"]);
  const started: string[] = [];
  for (let come = 1; come <= 4; come++) {
    queue.add(waiting(`${come}`));
    const id = queue.next()!;
    started.push(id);
    queue.end(id[0]!);
  }
  assert(started.includes("a2"), started.join(" "));
});

Deno.test("a removed job never starts and can't be removed twice", () => {
  const queue = queueOf(["a1"], ["a2"], ["b1", 3]);
  assert(queue.remove(waiting("b1", 3)));
  assert(queue.remove(waiting("a1")));
  assert(!queue.remove(waiting("a1")));
  assertEquals(queue.length, 1);
  assertEquals(order(queue), ["a2"]);
});

Deno.test("a client's priority orders its own jobs only", () => {
  const queue = queueOf(["a1", 0, 0], ["a2", 100, 0], ["b1", -100, 0], ["b2", 5, 0], [
    "a3",
    100,
    0,
  ]);
  assertEquals(order(queue), ["a2", "b2", "a3", "b1", "a1"]);
});

Deno.test("a precedence comes before the jobs of all clients", () => {
  const queue = queueOf(["a1", 100, 0], ["z1", 1], ["b1", 0, 0], ["z2", -1]);
  assertEquals(order(queue), ["z1", "a1", "b1", "z2"]);
});

Deno.test("a client with endless precedence leaves every tenth turn to those that wait", () => {
  const queue = queueOf(["b1"], ["b2"]);
  const started: string[] = [];
  for (let come = 0; come < 20; come++) {
    queue.add(waiting(`a${come}`, 100));
    queue.add(waiting(`a${come} again`, 100));
    const id = queue.next()!;
    started.push(id);
    queue.end(id[0]!);
  }
  assertEquals([started.indexOf("b1"), started.indexOf("b2")], [9, 19]);
});

Deno.test("a client that is alone runs its jobs of higher precedence first", () => {
  const queue = queueOf(["a0", -1]);
  for (let come = 1; come <= 30; come++) {
    queue.add(waiting(`a${come}`, 1));
    assertEquals(queue.next(), `a${come}`);
    queue.end("a");
  }
});

Deno.test("every waiting client gets its turn in any sequence of arrivals", () => {
  const clients = "abcdefgh";
  for (let round = 0; round < 50; round++) {
    const random = fuzzRandom(round);
    const queue = new FairQueue(), running: string[] = [], waits = new Map<string, number>();
    for (let turn = 0; turn < 400; turn++) {
      for (let come = random(4); come > 0; come--) {
        const client = clients[random(clients.length)]!;
        // The first of them has a high precedence always, and no end of jobs.
        const name = random(2) === 0 ? "a" : client;
        queue.add(
          waiting(`${name}${turn} ${come}`, random(201) - 100, name === "a" ? 100 : random(3)),
        );
      }
      if (running.length > random(3)) queue.end(running.splice(random(running.length), 1)[0]!);
      const id = queue.next();
      if (id === undefined) continue;
      running.push(id[0]!);
      waits.delete(id[0]!);
      for (const client of clients) {
        const waited = queue.waitingOf(client) > 0 && client !== id[0]
          ? (waits.get(client) ?? 0) + 1
          : 0;
        waits.set(client, waited);
        assert(waited <= 10 * (clients.length + 4), `${client} waited for ${waited} turns`);
      }
    }
  }
});
