import { expect } from "chai";
import { type State, stateNumber } from "../../src/domain/transfer-state.js";
import { BANKS } from "../../tools/contracts/network.js";
import { EVIDENCE, inOrder, NO_EVIDENCE, NO_REASON, type Order, REASON, reasonCode } from "../../tools/contracts/transfers.js";
import { POSITIONS, type Position, phaseOf, REASONED, reach, statesOf, TABLE } from "./support/positions.js";
import { type TestNetwork, useNetwork } from "./support/use-network.js";

const SUSPENDED = stateNumber("SUSPENDED");

const EVENT_OF: Partial<Record<State, string>> = {
  PENDING: "TransferPending",
  COMPLETED: "TransferCompleted",
  REJECTED: "TransferRejected",
  REVERSING: "TransferReversing",
  REVERSED: "TransferReversed",
};

/** Every outcome that a bank's people can report: of which suspended position, by which bank. */
const OUTCOMES = POSITIONS.filter((position) => statesOf(position).shown === "SUSPENDED").flatMap((position) =>
  Object.entries(TABLE[position]).map(([to, leg]) => ({
    position,
    to: to as State,
    bank: leg === "PAYER" ? ("payer" as const) : ("payee" as const),
  })),
);

describe("an outcome reported by people", () => {
  const load = useNetwork();

  for (const { position, to, bank } of OUTCOMES) {
    it(`${to} from ${position} is proposed by one of the ${bank}'s bank and confirmed by another`, async () => {
      const { n, id, repo, first, second } = await suspended(await load(), position, bank);
      const number = await repo.sequence();
      const outcome = [id, stateNumber(to), reasonOf(to), EVIDENCE] as const;
      await expect(first.proposeOutcome(...outcome))
        .to.emit(repo, "OutcomeProposed")
        .withArgs(id, number + 1n, stateNumber(to), reasonOf(to), EVIDENCE, n.people[bank][0]);
      const proposal = [n.people[bank][0].address, BigInt(stateNumber(to)), reasonOf(to), EVIDENCE];
      expect([...(await repo.outcomeOf(id))]).to.deep.equal(proposal);
      expect((await repo.get(id)).phase, "a proposal moves nothing").to.equal(phaseOf(position));
      const before = [...(await repo.get(id))].slice(1);
      const confirming = await second.confirmOutcome(...outcome);
      await expect(confirming)
        .to.emit(repo, "OutcomeConfirmed")
        .withArgs(id, number + 2n, stateNumber(to), n.people[bank][0], n.people[bank][1]);
      const reason = REASONED.includes(to) ? [REASON] : [];
      await expect(confirming)
        .to.emit(repo, EVENT_OF[to] ?? "")
        .withArgs(id, number + 3n, ...reason, EVIDENCE);
      expect([...(await repo.get(id))]).to.deep.equal([BigInt(stateNumber(to)), ...before]);
      expect(await repo.sequence()).to.equal(number + 3n);
      await expectNoOutcome(n, id);
    });

    it(`${to} from ${position} needs a reason just where the bank's own report does, and evidence always`, async () => {
      const { id, repo, first } = await suspended(await load(), position, bank);
      const wrong = REASONED.includes(to) ? [NO_REASON, reasonCode("ac04")] : [REASON];
      for (const reason of wrong) {
        await expect(first.proposeOutcome(id, stateNumber(to), reason, EVIDENCE))
          .to.be.revertedWithCustomError(repo, "TransferReasonInvalid")
          .withArgs(id, reason);
      }
      await expect(first.proposeOutcome(id, stateNumber(to), reasonOf(to), NO_EVIDENCE))
        .to.be.revertedWithCustomError(repo, "TransferEvidenceMissing")
        .withArgs(id);
    });

    it(`${to} from ${position} is not for the people of another bank, nor for operators of other kinds`, async () => {
      const { n, id, repo } = await suspended(await load(), position, bank);
      const outcome = [id, stateNumber(to), reasonOf(to), EVIDENCE] as const;
      const other = bank === "payer" ? "payee" : "payer";
      for (const stranger of [other, "third"] as const) {
        await expect(repo.connect(n.people[stranger][0]).proposeOutcome(...outcome))
          .to.be.revertedWithCustomError(repo, "TransferNotLegBank")
          .withArgs(id, BANKS[bank], BANKS[stranger]);
      }
      for (const signer of [n.legs[bank], n.accounts[bank], n.bankAdmins[bank], n.arbiter, n.admin, n.stranger]) {
        await expect(repo.connect(signer).proposeOutcome(...outcome))
          .to.be.revertedWithCustomError(repo, "TransferUnauthorizedOperator")
          .withArgs(signer);
      }
    });
  }

  for (const position of POSITIONS) {
    const { shown } = statesOf(position);
    it(`takes nothing else from ${position}`, async () => {
      const n = await load();
      const id = await reach(n, position, await n.helpers.time.latest());
      for (const bank of ["payer", "payee"] as const) {
        const repo = n.transferStateRepo.connect(n.people[bank][0]);
        for (let to = 0; to <= SUSPENDED; to += 1) {
          const taken = OUTCOMES.some((one) => one.position === position && stateNumber(one.to) === to);
          if (taken) continue;
          const error = shown === "SUSPENDED" ? "TransferUnexpectedState" : "TransferNotSuspended";
          await expect(repo.proposeOutcome(id, to, NO_REASON, EVIDENCE), `${to}`).to.be.revertedWithCustomError(repo, error);
          await expect(repo.confirmOutcome(id, to, NO_REASON, EVIDENCE), `${to}`).to.be.revertedWithCustomError(repo, error);
        }
      }
    });
  }

  it("cannot be confirmed by its proposer, nor by another bank's people", async () => {
    const { n, id, repo, first } = await proposed(await load());
    await expect(first.confirmOutcome(...outcomeOf(id)))
      .to.be.revertedWithCustomError(repo, "OutcomeNeedsAnother")
      .withArgs(id, n.people.payee[0]);
    await expect(repo.connect(n.people.payer[1]).confirmOutcome(...outcomeOf(id))).to.be.revertedWithCustomError(
      repo,
      "TransferNotLegBank",
    );
  });

  it("is confirmed exactly as proposed or not at all", async () => {
    const { n, id, repo, second } = await proposed(await load());
    const other = `0x${"77".repeat(32)}`;
    for (const [to, reason, evidence] of [
      [3, NO_REASON, EVIDENCE],
      [5, reasonCode("AC06"), EVIDENCE],
      [5, REASON, other],
    ] as const) {
      await expect(second.confirmOutcome(id, to, reason, evidence))
        .to.be.revertedWithCustomError(repo, "OutcomeUnknown")
        .withArgs(id, to);
    }
    const unproposed = await reach(n, "SUSPENDED from PENDING", await n.helpers.time.latest());
    await expect(second.confirmOutcome(...outcomeOf(unproposed)))
      .to.be.revertedWithCustomError(repo, "OutcomeUnknown")
      .withArgs(unproposed, 5);
    await second.confirmOutcome(...outcomeOf(id));
  });

  it("is one at a time, and gives way once either of the bank's people withdraws it", async () => {
    const { n, id, repo, first, second } = await proposed(await load());
    await expect(second.proposeOutcome(id, 3, NO_REASON, EVIDENCE))
      .to.be.revertedWithCustomError(repo, "OutcomeExists")
      .withArgs(id, n.people.payee[0]);
    await expect(repo.connect(n.people.payer[0]).withdrawOutcome(id))
      .to.be.revertedWithCustomError(repo, "TransferNotLegBank")
      .withArgs(id, BANKS.payee, BANKS.payer);
    await expect(repo.connect(n.legs.payee).withdrawOutcome(id)).to.be.revertedWithCustomError(
      repo,
      "TransferUnauthorizedOperator",
    );
    const number = (await repo.sequence()) + 1n;
    await expect(second.withdrawOutcome(id)).to.emit(repo, "OutcomeWithdrawn").withArgs(id, number, n.people.payee[1]);
    expect(await repo.sequence()).to.equal(number);
    await expectNoOutcome(n, id);
    await expect(first.withdrawOutcome(id)).to.be.revertedWithCustomError(repo, "OutcomeUnknown").withArgs(id, 0);
    await second.proposeOutcome(id, 3, NO_REASON, EVIDENCE);
    await first.confirmOutcome(id, 3, NO_REASON, EVIDENCE);
    expect((await repo.get(id)).phase).to.equal(3n);
  });

  it("counts for nothing once its proposer is no longer one of the bank's people", async () => {
    const { n, id, repo, second } = await proposed(await load());
    await n.bankRepo.connect(n.bankAdmins.payee).removeOperator(BANKS.payee, n.people.payee[0]);
    await expect(second.confirmOutcome(...outcomeOf(id)))
      .to.be.revertedWithCustomError(repo, "OutcomeUnknown")
      .withArgs(id, 5);
    await second.withdrawOutcome(id);
  });

  it("of a deactivated bank still counts", async () => {
    const { n, id, repo, second } = await proposed(await load());
    await n.bankRepo.deactivateBank(BANKS.payee);
    await second.confirmOutcome(...outcomeOf(id));
    expect((await repo.get(id)).phase).to.equal(5n);
  });

  it("is moot once the bank's function reports late, and is not found again at another suspension", async () => {
    const { n, id, repo, second } = await suspended(await load(), "SUSPENDED from STARTED", "payer");
    await repo.connect(n.people.payer[0]).proposeOutcome(id, 4, REASON, EVIDENCE);
    await repo.connect(n.legs.payer).markPending(id, EVIDENCE);
    await expectNoOutcome(n, id);
    await expect(second.confirmOutcome(id, 4, REASON, EVIDENCE)).to.be.revertedWithCustomError(repo, "TransferNotSuspended");
    await repo.connect(n.legs.payee).suspend(id, REASON, EVIDENCE);
    await expectNoOutcome(n, id);
  });

  it("is moot once two arbiters resume, and their proposal is moot once it is confirmed", async () => {
    const { n, id, repo, second } = await proposed(await load());
    const arbiters = [repo.connect(n.arbiter), repo.connect(n.secondArbiter)] as const;
    await arbiters[0].proposeResolution(id, 2, NO_REASON);
    await arbiters[1].confirmResolution(id, 2);
    await expectNoOutcome(n, id);
    await repo.connect(n.legs.payee).advanceResumed([{ id, to: 7, reason: REASON, evidence: EVIDENCE }], "0x01");
    await expect(second.confirmOutcome(...outcomeOf(id))).to.be.revertedWithCustomError(repo, "OutcomeUnknown");
    await repo.connect(n.people.payee[0]).proposeOutcome(...outcomeOf(id));
    await arbiters[0].proposeResolution(id, 2, NO_REASON);
    await second.confirmOutcome(...outcomeOf(id));
    expect((await repo.resolutionOf(id)).proposer).to.equal(n.ethers.ZeroAddress);
  });

  for (const [first, phase] of [
    ["report first", 3n],
    ["outcome first", 5n],
  ] as const) {
    it(`and the bank's function in one block, ${first}: the first counts, the other fails`, async () => {
      const { n, id, repo, second } = await proposed(await load());
      const report = (order: Order) => repo.connect(n.legs.payee).complete(id, EVIDENCE, order);
      const confirm = (order: Order) => second.confirmOutcome(...outcomeOf(id), order);
      await inOneBlock(n, first === "report first" ? [report, confirm] : [confirm, report]);
      expect((await repo.get(id)).phase).to.equal(phase);
    });
  }

  for (const [first, phase] of [
    ["resumption first", 2n],
    ["outcome first", 5n],
  ] as const) {
    it(`and two arbiters in one block, ${first}: the first counts, the other fails`, async () => {
      const { n, id, repo, second } = await proposed(await load());
      await repo.connect(n.arbiter).proposeResolution(id, 2, NO_REASON);
      const resume = (order: Order) => repo.connect(n.secondArbiter).confirmResolution(id, 2, order);
      const confirm = (order: Order) => second.confirmOutcome(...outcomeOf(id), order);
      await inOneBlock(n, first === "outcome first" ? [confirm, resume] : [resume, confirm]);
      expect((await repo.get(id)).phase).to.equal(phase);
    });
  }
});

async function suspended(n: TestNetwork, position: Position, bank: "payer" | "payee") {
  const id = await reach(n, position, await n.helpers.time.latest());
  const repo = n.transferStateRepo;
  const [first, second] = n.people[bank];
  return { n, id, repo, first: repo.connect(first), second: repo.connect(second) };
}

/** The payee's bank's no to a credit, proposed by one of its people. */
async function proposed(n: TestNetwork) {
  const scene = await suspended(n, "SUSPENDED from PENDING", "payee");
  await scene.first.proposeOutcome(...outcomeOf(scene.id));
  return scene;
}

function outcomeOf(id: string) {
  return [id, 5, REASON, EVIDENCE] as const;
}

function reasonOf(to: State): string {
  return REASONED.includes(to) ? REASON : NO_REASON;
}

async function expectNoOutcome(n: TestNetwork, id: string): Promise<void> {
  expect([...(await n.transferStateRepo.outcomeOf(id))]).to.deep.equal([n.ethers.ZeroAddress, 0n, NO_REASON, NO_EVIDENCE]);
}

/** Two transactions, mined in one block in the given order, of which the second fails. */
async function inOneBlock(n: TestNetwork, sends: ((order: Order) => Promise<{ hash: string }>)[]): Promise<void> {
  const { provider } = n.ethers;
  await n.helpers.setAutomine(false);
  const hashes: string[] = [];
  for (const [place, send] of sends.entries()) hashes.push((await send(inOrder(place))).hash);
  await n.helpers.setAutomine(true);
  await n.helpers.mine();
  const receipts = await Promise.all(hashes.map((hash) => provider.getTransactionReceipt(hash)));
  expect(new Set(receipts.map((receipt) => receipt?.blockNumber)).size, "one block").to.equal(1);
  expect(receipts.map((receipt) => receipt?.index)).to.deep.equal([0, 1]);
  expect(receipts.map((receipt) => receipt?.status)).to.deep.equal([1, 0]);
}
