import { expect } from "chai";
import fc from "fast-check";
import { createFairSlots } from "../../src/domain/fair-slots.js";

const LONG_MS = 60_000;

describe("fair slots", () => {
  it("give one owner alone half of the slots, and every newcomer one at once while any is free", async () => {
    const slots = createFairSlots(8);
    const held: Record<string, number> = {};
    for (const owner of ["a", "b", "c", "d"]) {
      held[owner] = 0;
      while (slots.mayHold(owner)) {
        expect(await slots.acquire(owner, 0)).to.be.a("function");
        held[owner] += 1;
      }
    }
    expect(held).to.deep.equal({ a: 4, b: 2, c: 1, d: 1 });
  });

  it("go first to the owner that holds fewest, whoever waits longer", async () => {
    const slots = createFairSlots(2);
    const first = await slots.acquire("a", 0);
    const second = await slots.acquire("b", 0);
    const order: string[] = [];
    const waiting = ["a", "c"].map(async (owner) => {
      const release = await slots.acquire(owner, LONG_MS);
      order.push(owner);
      release?.();
    });
    second?.();
    await waiting[1];
    first?.();
    await Promise.all(waiting);
    expect(order).to.deep.equal(["c", "a"]);
  });

  it("go to a newcomer before an owner that waits many times over, where there is one slot only", async () => {
    const slots = createFairSlots(1);
    const first = await slots.acquire("greedy", 0);
    const order: string[] = [];
    const waiting = ["greedy", "greedy", "greedy", "modest"].map(async (owner) => {
      const release = await slots.acquire(owner, LONG_MS);
      order.push(owner);
      release?.();
    });
    first?.();
    await Promise.all(waiting);
    expect(order).to.deep.equal(["modest", "greedy", "greedy", "greedy"]);
  });

  it("resolve with nothing where none becomes free in time", async () => {
    const slots = createFairSlots(1);
    const release = await slots.acquire("a", 0);
    expect(await slots.acquire("b", 1)).to.equal(undefined);
    release?.();
    expect(await slots.acquire("b", 0)).to.be.a("function");
  });

  it("are never more than there are, come all back, and keep nobody waiting while one is due, whatever the order", async () => {
    const step = fc.record({ owner: fc.constantFrom("a", "b", "c"), release: fc.boolean(), index: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 60 }), async (total, steps) => {
        const slots = createFairSlots(total);
        const held: (() => void)[] = [];
        const waiting = new Set<Promise<void>>();
        for (const { owner, release, index } of steps) {
          if (release) held.splice(index % Math.max(held.length, 1), 1)[0]?.();
          else {
            const got: Promise<void> = slots.acquire(owner, LONG_MS).then((give) => {
              if (give !== undefined) held.push(give);
              waiting.delete(got);
            });
            waiting.add(got);
          }
          await new Promise(setImmediate);
          expect(held.length).to.be.at.most(total);
        }
        while (held.length > 0) {
          held.pop()?.();
          await new Promise(setImmediate);
        }
        expect(waiting.size).to.equal(0);
      }),
      { numRuns: 50 },
    );
  });
});
