import { expect } from "chai";
import type { State } from "../../../src/domain/transfer-state.js";
import { violations } from "../../../tools/system/oracle.js";
import { type Snapshot, takeSnapshot } from "../../../tools/system/snapshot.js";
import type { System } from "../../../tools/system/stack.js";

const OUTCOME_CONFIRMED = "eventmachine.transfer.outcome-confirmed";

/** Defects, planted in a copy of what is really there: the rule of the oracle that must see each, and how it is planted. */
const PLANTS: [defect: string, rule: string, plant: (snapshot: Snapshot) => unknown][] = [
  ["a debit posted twice", "legs", (snapshot) => bookAgain(snapshot, ":debit")],
  ["a credit posted twice", "legs", (snapshot) => bookAgain(snapshot, ":credit")],
  ["a refund posted twice", "legs", (snapshot) => bookAgain(snapshot, ":refund")],
  ["a credit that is not in the ledger", "legs", (snapshot) => unbook(snapshot, ":credit")],
  ["a refund that is not in the ledger", "legs", (snapshot) => unbook(snapshot, ":refund")],
  ["a reported refund whose statement is lost", "legs", ({ statements }) => statements.clear()],
  ["a reported refund whose statement was changed", "evidence", (snapshot) => changeStatements(snapshot)],
  ["a reported refund that one person both proposed and confirmed", "legs", (snapshot) => makeOnePerson(snapshot)],
  ["a reported refund that the bank has posted besides", "legs", (snapshot) => bookReportedRefund(snapshot)],
  ["a posting of a transfer that nobody asked for", "strangers", ({ transfers }) => transfers.shift()],
  ["a ledger whose sums are off", "ledger", (snapshot) => addMinor(snapshot, { customers: 1n })],
  ["money that appears between the banks", "clearing", (snapshot) => addMinor(snapshot, { clearing: 1n, customers: -1n })],
  [
    "a posting whose sides are not equal",
    "ledger",
    ({ ledgers }) => Object.assign(ledgers[0]?.totals ?? {}, { unbalancedPostings: 1 }),
  ],
  ["a transfer that is forgotten", "ends", (snapshot) => showAs(snapshot, "COMPLETED", "PENDING")],
  ["a refusal without a reason", "ends", (snapshot) => delete find(snapshot, "REVERSED").transfer.reason],
  ["a state that is not the chain's", "projection", (snapshot) => showAs(snapshot, "COMPLETED", "REJECTED")],
  ["an event that the projection lacks", "events", (snapshot) => find(snapshot, "COMPLETED").events.pop()],
  ["an event of another block", "events", (snapshot) => moveEvents(snapshot)],
  ["a step that no state machine makes", "path", (snapshot) => find(snapshot, "COMPLETED").events.splice(1, 1)],
  ["a receipt that is another", "evidence", (snapshot) => changeReceipts(snapshot)],
  ["an event that the chain left out", "sequence", ({ chain }) => chain.splice(1, 1)],
  ["a delivery that was given up", "deliveries", (snapshot) => Object.assign(snapshot, { deadDeliveries: 1 })],
];

/** What must hold whatever went wrong: asked of the chain, of the banks' own ledgers and of the API. To be run last. */
export function describeInvariants(system: () => System): void {
  describe("after all of that", () => {
    let snapshot: Snapshot;

    before(async () => {
      snapshot = await takeSnapshot(system());
    });

    it("no invariant is broken: of money, of legs, of ends, of the projection, of evidence", () => {
      expect(snapshot.transfers).length.above(30);
      expect(violations(snapshot)).deep.equal([]);
    });

    for (const [defect, rule, plant] of PLANTS) {
      it(`the oracle would have seen ${defect}`, () => {
        const copy = structuredClone(snapshot);
        plant(copy);
        expect(violations(copy).map((violation) => violation.split(":")[0])).include(rule);
      });
    }
  });
}

function bookAgain({ ledgers }: Snapshot, suffix: string): void {
  for (const { entries } of ledgers) {
    const booked = entries.filter(({ reference }) => reference.endsWith(suffix));
    entries.push(...booked.map((entry) => ({ ...entry, postingId: `${entry.postingId} again` })));
  }
}

function unbook({ ledgers }: Snapshot, suffix: string): void {
  for (const ledger of ledgers) ledger.entries = ledger.entries.filter(({ reference }) => !reference.endsWith(suffix));
}

function addMinor({ ledgers: [ledger] }: Snapshot, of: { customers?: bigint; clearing?: bigint }): void {
  for (const currency of ledger?.totals.currencies ?? []) {
    currency.customers = String(BigInt(currency.customers) + (of.customers ?? 0n));
    currency.clearing = String(BigInt(currency.clearing) + (of.clearing ?? 0n));
  }
}

function showAs(snapshot: Snapshot, state: State, shown: State): void {
  find(snapshot, state).transfer.state = shown;
}

function moveEvents(snapshot: Snapshot): void {
  for (const event of find(snapshot, "COMPLETED").events) event.blockHash = `0x${"0".repeat(64)}`;
}

function changeReceipts({ receipts }: Snapshot): void {
  for (const [reference, receipt] of receipts) receipts.set(reference, `${receipt} `);
}

function changeStatements({ statements }: Snapshot): void {
  for (const [hash, content] of statements) statements.set(hash, content.replace("cash", "coin"));
}

function makeOnePerson({ chain }: Snapshot): void {
  for (const event of chain)
    if (event.type === OUTCOME_CONFIRMED) event.by = event.by?.slice(0, 1).flatMap((one) => [one, one]) ?? [];
}

function bookReportedRefund({ chain, ledgers }: Snapshot): void {
  const id = chain.find(({ type }) => type === OUTCOME_CONFIRMED)?.transferId;
  const entries = ledgers.find((ledger) => ledger.entries.some(({ reference }) => reference === `${id}:debit`))?.entries;
  const debit = entries?.find(({ reference }) => reference === `${id}:debit`);
  if (debit !== undefined) entries?.push({ ...debit, postingId: "paid twice", reference: `${id}:refund` });
}

function find({ transfers }: Snapshot, state: State): Snapshot["transfers"][number] {
  const found = transfers.find(({ transfer }) => transfer.state === state);
  if (found === undefined) throw new Error(`No transfer is ${state}`);
  return found;
}
