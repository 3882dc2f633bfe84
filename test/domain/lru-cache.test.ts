import { expect } from "chai";
import fc from "fast-check";
import { createLruCache } from "../../src/domain/lru-cache.js";

describe("LRU cache", () => {
  it("makes room by the entry not used for longest", () => {
    const cache = createLruCache<number>(2);
    cache.set("a", 1);
    cache.set("b", 2);
    cache.get("a");
    cache.set("c", 3);
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).to.deep.equal([1, undefined, 3]);
    cache.delete("a");
    expect(cache.get("a")).to.equal(undefined);
  });

  it("agrees with a plain list, whatever is done to it", () => {
    const step = fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), does: fc.constantFrom("get", "set", "delete") });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const cache = createLruCache<number>(3);
        let model: [string, number][] = [];
        for (const [index, { key, does }] of steps.entries()) {
          const known = model.find(([name]) => name === key);
          const others = model.filter(([name]) => name !== key);
          if (does === "get") expect(cache.get(key)).to.equal(known?.[1]);
          if (does === "set") cache.set(key, index);
          if (does === "delete") cache.delete(key);
          if (does === "get") model = known === undefined ? others : [...others, known];
          else model = does === "set" ? [...others, [key, index] as [string, number]].slice(-3) : others;
        }
        for (const key of "abcde") expect(cache.get(key)).to.equal(model.find(([name]) => name === key)?.[1]);
      }),
    );
  });
});
