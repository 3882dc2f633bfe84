import { expect } from "chai";
import {
  type ChainFact,
  deliveryViolations,
  holderViolations,
  keyViolations,
  nonceViolations,
  rebuildViolations,
  streamViolations,
} from "../../tools/faults/oracle.js";

const TYPES = ["eventmachine.transfer.started", "eventmachine.transfer.pending"];
const FACTS: ChainFact[] = ["a", "b", "c"].map((id) => ({ id, type: TYPES[0] ?? "" }));
const event = (id: string, sequence: number) => ({ kind: "event", id: "", value: { id, sequence: String(sequence) } });
const removed = (id: string) => ({ kind: "removed", id: "", value: { id } });
const ALL = [event("a", 1), event("b", 2), event("c", 3)];

/** What of the system at rest is looked at by the test suites' oracle is tried there. */
describe("the oracle of npm run faults", () => {
  const heard = { taken: new Set(["a", "b", "c"]), types: TYPES, problems: [] };
  const rules = (found: readonly string[]) => found.map((violation) => violation.split(":")[0]);

  it("finds nothing where nothing is wrong", () => {
    expect(deliveryViolations(FACTS, heard)).deep.equal([]);
    expect(deliveryViolations([...FACTS, { id: "d", type: "eventmachine.transfer.resolved" }], heard)).deep.equal([]);
    expect(
      keyViolations(
        new Map([
          ["one", new Set(["1"])],
          ["two", new Set(["2"])],
        ]),
      ),
    ).deep.equal([]);
    expect(nonceViolations([])).deep.equal([]);
    expect(holderViolations([{ account: "7", balanceMinor: 0n }])).deep.equal([]);
    expect(streamViolations(ALL, FACTS)).deep.equal([]);
    expect(streamViolations([event("a", 1), event("x", 2), removed("x"), event("b", 2), event("c", 3)], FACTS)).deep.equal([]);
    const afterRefusals = { ...event("c", 5), value: { id: "c", sequence: "5", refusalsBefore: 2 } };
    expect(streamViolations([...ALL.slice(0, 2), afterRefusals], FACTS)).deep.equal([]);
    expect(rebuildViolations({ projection: "p", postings: 2 }, { projection: "p", postings: 2 })).deep.equal([]);
  });

  const PLANTS: [defect: string, rule: string, found: () => string[]][] = [
    ["an event that was never taken", "deliveries", () => deliveryViolations(FACTS, { ...heard, taken: new Set(["a", "c"]) })],
    ["deliveries out of order", "order", () => deliveryViolations(FACTS, { ...heard, problems: ["order: c before a"] })],
    ["a key with two transfers", "keys", () => keyViolations(new Map([["one", new Set(["1", "2"])]]))],
    [
      "a transfer with two keys",
      "keys",
      () =>
        keyViolations(
          new Map([
            ["one", new Set(["1"])],
            ["two", new Set(["1"])],
          ]),
        ),
    ],
    ["a credit to a number's later holder", "holder", () => holderViolations([{ account: "7", balanceMinor: 1n }])],
    ["a transaction behind a gap", "nonces", () => nonceViolations([{ from: "0x1", nonce: "0x7" }])],
    ["a stream with a gap", "stream", () => streamViolations([event("a", 1), event("c", 3)], FACTS)],
    ["a stream that ends too soon", "stream", () => streamViolations(ALL.slice(0, 2), FACTS)],
    ["a stream that repeats itself", "stream", () => streamViolations([...ALL, event("c", 3)], FACTS)],
    ["a stream that keeps what is gone", "stream", () => streamViolations([event("a", 1), event("x", 2), event("c", 3)], FACTS)],
    ["a stream that takes back what it has not told last", "stream", () => streamViolations([...ALL, removed("a")], FACTS)],
    [
      "a rebuild that ends elsewhere",
      "rebuild",
      () => rebuildViolations({ projection: "p", postings: 2 }, { projection: "q", postings: 2 }),
    ],
    [
      "a rebuild that posts",
      "rebuild",
      () => rebuildViolations({ projection: "p", postings: 2 }, { projection: "p", postings: 4 }),
    ],
  ];
  for (const [defect, rule, found] of PLANTS) {
    it(`sees ${defect}`, () => {
      expect(rules(found())).include(rule);
    });
  }
});
