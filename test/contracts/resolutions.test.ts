import { expect } from "chai";
import { type State, stateNumber } from "../../src/domain/transfer-state.js";
import { BANKS } from "../../tools/contracts/network.js";
import {
  DAY_SECONDS,
  EVIDENCE,
  inOrder,
  NO_EVIDENCE,
  NO_REASON,
  type Order,
  REASON,
  reasonCode,
  startOf,
} from "../../tools/contracts/transfers.js";
import { type Position, phaseOf, reach, statesOf } from "./support/positions.js";
import { type TestNetwork, useNetwork } from "./support/use-network.js";

const SUSPENDED = stateNumber("SUSPENDED");
// Where a transfer's count of resumptions stands among its fields.
const RESUMPTIONS = 5;

/** For each suspended position: the bank whose leg is open, and the outcome that says no, if there is one. */
const SUSPENSIONS = [
  { position: "SUSPENDED from STARTED", bank: "payer", negative: "REJECTED" },
  { position: "SUSPENDED from PENDING", bank: "payee", negative: "REVERSING" },
  { position: "SUSPENDED from REVERSING", bank: "payer", negative: "NONE" },
] as const satisfies { position: Position; bank: "payer" | "payee"; negative: State }[];

const OTHERS: State[] = ["NONE", "STARTED", "PENDING", "COMPLETED", "REJECTED", "REVERSING", "REVERSED", "SUSPENDED"];

describe("an arbiter's suspension of an overdue transfer", () => {
  const load = useNetwork();

  for (const position of ["STARTED", "PENDING", "REVERSING"] as const) {
    it(`is refused up to the deadline and taken after it, from ${position}`, async () => {
      const n = await load();
      const repo = n.transferStateRepo.connect(n.arbiter);
      const id = await reach(n, position, await n.helpers.time.latest());
      const { deadline } = await repo.get(id);
      await n.helpers.time.setNextBlockTimestamp(deadline);
      await expect(repo.suspendOverdue(id, REASON))
        .to.be.revertedWithCustomError(repo, "TransferNotOverdue")
        .withArgs(id, deadline);
      await n.helpers.time.setNextBlockTimestamp(deadline + 1n);
      await expect(repo.suspendOverdue(id, NO_REASON))
        .to.be.revertedWithCustomError(repo, "TransferReasonInvalid")
        .withArgs(id, NO_REASON);
      const number = (await repo.sequence()) + 1n;
      await n.helpers.time.setNextBlockTimestamp(deadline + 1n);
      await expect(repo.suspendOverdue(id, REASON))
        .to.emit(repo, "TransferSuspended")
        .withArgs(id, number, stateNumber(position), REASON, NO_EVIDENCE, n.arbiter);
      expect((await repo.get(id)).phase).to.equal(phaseOf(`SUSPENDED from ${position}`));
      expect(await repo.sequence()).to.equal(number);
    });
  }

  for (const position of ["NONE", "COMPLETED", "REJECTED", "REVERSED", "SUSPENDED from PENDING"] as const) {
    it(`is refused from ${position}, however late`, async () => {
      const n = await load();
      const repo = n.transferStateRepo.connect(n.arbiter);
      const id = await reach(n, position, await n.helpers.time.latest());
      await n.helpers.time.increase(2 * DAY_SECONDS);
      const allowed = position === "SUSPENDED from PENDING" ? (1 << 3) | (1 << 5) : 0;
      await expect(repo.suspendOverdue(id, REASON))
        .to.be.revertedWithCustomError(repo, "TransferUnexpectedState")
        .withArgs(id, stateNumber(statesOf(position).shown), SUSPENDED, allowed);
    });
  }
});

describe("a resolution", () => {
  const load = useNetwork();

  for (const { position, bank, negative } of SUSPENSIONS) {
    const { active } = statesOf(position);

    it(`lets two arbiters resume ${active}`, async () => {
      const { repo, second, id, n } = await suspended(await load(), position);
      const number = await repo.sequence();
      await expect(repo.proposeResolution(id, stateNumber(active), REASON))
        .to.be.revertedWithCustomError(repo, "TransferReasonInvalid")
        .withArgs(id, REASON);
      await expect(repo.proposeResolution(id, stateNumber(active), NO_REASON))
        .to.emit(repo, "ResolutionProposed")
        .withArgs(id, number + 1n, stateNumber(active), NO_REASON, n.arbiter);
      const proposal = [n.arbiter.address, BigInt(stateNumber(active)), NO_REASON];
      expect([...(await repo.resolutionOf(id))]).to.deep.equal(proposal);
      const before = [...(await repo.get(id))].slice(1);
      before[RESUMPTIONS - 1] = 1n;
      await expect(second.confirmResolution(id, stateNumber(active)))
        .to.emit(repo, "TransferResolved")
        .withArgs(id, number + 2n, stateNumber(active), NO_REASON, n.arbiter, n.secondArbiter, 1);
      expect([...(await repo.get(id))]).to.deep.equal([BigInt(stateNumber(active)), ...before]);
      expect(await repo.sequence()).to.equal(number + 2n);
      await expectNothingProposed(n, id);
    });

    for (const to of OTHERS.filter((state) => state !== active)) {
      it(`refuses ${to} from ${position} while the open leg's bank is active`, async () => {
        const { repo, id } = await suspended(await load(), position);
        await expect(repo.proposeResolution(id, stateNumber(to), reasonFor(to)))
          .to.be.revertedWithCustomError(repo, "ResolutionNotAllowed")
          .withArgs(id, stateNumber(to), stateNumber(active), stateNumber(negative));
      });

      it(`${to === negative && to !== "NONE" ? "takes" : "refuses"} ${to} from ${position} once that bank is deactivated`, async () => {
        const { repo, second, id, n } = await suspended(await load(), position);
        await n.bankRepo.deactivateBank(BANKS[bank]);
        if (to !== negative || to === "NONE") {
          await expect(repo.proposeResolution(id, stateNumber(to), reasonFor(to)))
            .to.be.revertedWithCustomError(repo, "ResolutionNotAllowed")
            .withArgs(id, stateNumber(to), stateNumber(active), stateNumber(negative));
          return;
        }
        await repo.proposeResolution(id, stateNumber(to), REASON);
        await second.confirmResolution(id, stateNumber(to));
        expect((await repo.get(id)).phase).to.equal(BigInt(stateNumber(to)));
      });
    }
  }

  it("is not to the negative outcome because the other leg's bank is deactivated", async () => {
    const { repo, id, n } = await suspended(await load(), "SUSPENDED from PENDING");
    await n.bankRepo.deactivateBank(BANKS.payer);
    await expect(repo.proposeResolution(id, stateNumber("REVERSING"), REASON)).to.be.revertedWithCustomError(
      repo,
      "ResolutionNotAllowed",
    );
  });

  it("needs a suspended transfer, to propose and to confirm", async () => {
    const n = await load();
    const repo = n.transferStateRepo.connect(n.arbiter);
    for (const position of ["NONE", "PENDING", "COMPLETED"] as const) {
      const id = await reach(n, position, await n.helpers.time.latest());
      for (const attempt of [() => repo.proposeResolution(id, 2, NO_REASON), () => repo.confirmResolution(id, 2)]) {
        await expect(attempt()).to.be.revertedWithCustomError(repo, "TransferNotSuspended").withArgs(id, stateNumber(position));
      }
    }
  });

  it("carries a reason just where it leads to the negative outcome", async () => {
    const { repo, id, n } = await suspended(await load(), "SUSPENDED from STARTED");
    await n.bankRepo.deactivateBank(BANKS.payer);
    const invalid = [
      { to: "STARTED", reason: REASON },
      { to: "REJECTED", reason: NO_REASON },
      { to: "REJECTED", reason: reasonCode("ac04") },
    ] as const;
    for (const { to, reason } of invalid) {
      await expect(repo.proposeResolution(id, stateNumber(to), reason))
        .to.be.revertedWithCustomError(repo, "TransferReasonInvalid")
        .withArgs(id, reason);
    }
  });

  it("cannot be confirmed by its proposer", async () => {
    const { repo, id, n } = await suspended(await load(), "SUSPENDED from PENDING");
    await repo.proposeResolution(id, stateNumber("PENDING"), NO_REASON);
    await expect(repo.confirmResolution(id, stateNumber("PENDING")))
      .to.be.revertedWithCustomError(repo, "ResolutionNeedsAnother")
      .withArgs(id, n.arbiter);
  });

  it("cannot be confirmed by its proposer through the access manager", async () => {
    const { repo, id, n } = await suspended(await load(), "SUSPENDED from PENDING");
    await repo.proposeResolution(id, stateNumber("PENDING"), NO_REASON);
    const call = repo.interface.encodeFunctionData("confirmResolution", [id, stateNumber("PENDING")]);
    await expect(n.accessManager.connect(n.arbiter).execute(repo, call))
      .to.be.revertedWithCustomError(repo, "AccessManagedUnauthorized")
      .withArgs(n.accessManager);
  });

  it("of an arbiter with an execution delay is scheduled, then called by himself", async () => {
    const { repo, id, n } = await suspended(await load(), "SUSPENDED from PENDING");
    await n.accessManager.grantRole(2n, n.stranger, 3600);
    const delayed = repo.connect(n.stranger);
    const call = repo.interface.encodeFunctionData("proposeResolution", [id, stateNumber("PENDING"), NO_REASON]);
    await expect(delayed.proposeResolution(id, stateNumber("PENDING"), NO_REASON)).to.be.revertedWithCustomError(
      n.accessManager,
      "AccessManagerNotScheduled",
    );
    await n.accessManager.connect(n.stranger).schedule(repo, call, 0);
    await n.helpers.time.increase(3600);
    await delayed.proposeResolution(id, stateNumber("PENDING"), NO_REASON);
    expect((await repo.resolutionOf(id)).proposer).to.equal(n.stranger.address);
  });

  it("is confirmed as proposed or not at all", async () => {
    const { repo, second, id, n } = await suspended(await load(), "SUSPENDED from PENDING");
    await n.bankRepo.deactivateBank(BANKS.payee);
    await expect(second.confirmResolution(id, stateNumber("PENDING")))
      .to.be.revertedWithCustomError(repo, "ResolutionUnknown")
      .withArgs(id, stateNumber("PENDING"));
    await repo.proposeResolution(id, stateNumber("REVERSING"), REASON);
    await expect(second.confirmResolution(id, stateNumber("PENDING")))
      .to.be.revertedWithCustomError(repo, "ResolutionUnknown")
      .withArgs(id, stateNumber("PENDING"));
    await second.confirmResolution(id, stateNumber("REVERSING"));
  });

  it("is one at a time, and gives way once withdrawn by any arbiter", async () => {
    const { repo, second, id, n } = await suspended(await load(), "SUSPENDED from PENDING");
    await repo.proposeResolution(id, stateNumber("PENDING"), NO_REASON);
    await expect(second.proposeResolution(id, stateNumber("PENDING"), NO_REASON))
      .to.be.revertedWithCustomError(repo, "ResolutionExists")
      .withArgs(id, n.arbiter);
    const number = (await repo.sequence()) + 1n;
    await expect(second.withdrawResolution(id)).to.emit(repo, "ResolutionWithdrawn").withArgs(id, number, n.secondArbiter);
    expect(await repo.sequence()).to.equal(number);
    await expectNothingProposed(n, id);
    await second.proposeResolution(id, stateNumber("PENDING"), NO_REASON);
    await repo.confirmResolution(id, stateNumber("PENDING"));
    await expect(repo.withdrawResolution(id)).to.be.revertedWithCustomError(repo, "ResolutionUnknown").withArgs(id, 0);
  });
});

describe("a late report of the open leg's bank", () => {
  const load = useNetwork();

  it("counts while a resolution is proposed, and clears the proposal", async () => {
    const { repo, second, id, n } = await suspended(await load(), "SUSPENDED from PENDING");
    await repo.proposeResolution(id, stateNumber("PENDING"), NO_REASON);
    await n.transferStateRepo.connect(n.legs.payee).complete(id, EVIDENCE);
    await expectNothingProposed(n, id);
    await expect(second.confirmResolution(id, stateNumber("PENDING"))).to.be.revertedWithCustomError(
      repo,
      "TransferNotSuspended",
    );
  });

  it("does not find an old proposal again when the transfer is suspended anew", async () => {
    const { repo, second, id, n } = await suspended(await load(), "SUSPENDED from STARTED");
    await repo.proposeResolution(id, stateNumber("STARTED"), NO_REASON);
    await n.transferStateRepo.connect(n.legs.payer).markPending(id, EVIDENCE);
    await n.transferStateRepo.connect(n.legs.payee).suspend(id, REASON, EVIDENCE);
    await expectNothingProposed(n, id);
    await expect(second.confirmResolution(id, stateNumber("PENDING"))).to.be.revertedWithCustomError(repo, "ResolutionUnknown");
  });

  it("wins in the same block where it comes first, and the resolution fails", async () => {
    const phase = await inOneBlock(await load(), "report first");
    expect(phase).to.equal(BigInt(stateNumber("COMPLETED")));
  });

  it("is refused in the same block where the negative resolution comes first", async () => {
    const phase = await inOneBlock(await load(), "resolution first");
    expect(phase).to.equal(BigInt(stateNumber("REVERSING")));
  });

  it("of a deactivated bank still counts", async () => {
    const { id, n } = await suspended(await load(), "SUSPENDED from PENDING");
    await n.bankRepo.deactivateBank(BANKS.payee);
    await n.transferStateRepo.connect(n.legs.payee).complete(id, EVIDENCE);
    expect((await n.transferStateRepo.get(id)).phase).to.equal(BigInt(stateNumber("COMPLETED")));
  });
});

/** A confirmation of the negative outcome and the bank's yes, mined in one block in the given order; gives the phase after it. */
async function inOneBlock(network: TestNetwork, order: "report first" | "resolution first"): Promise<bigint> {
  const { repo, second, id, n } = await suspended(network, "SUSPENDED from PENDING");
  await n.bankRepo.deactivateBank(BANKS.payee);
  await repo.proposeResolution(id, stateNumber("REVERSING"), REASON);
  const report = (place: Order) => n.transferStateRepo.connect(n.legs.payee).complete(id, EVIDENCE, place);
  const resolve = (place: Order) => second.confirmResolution(id, stateNumber("REVERSING"), place);
  const { provider } = n.ethers;
  await n.helpers.setAutomine(false);
  const [first, then] = order === "report first" ? [report, resolve] : [resolve, report];
  const sent = [await first(inOrder(0)), await then(inOrder(1))];
  await n.helpers.setAutomine(true);
  await n.helpers.mine();
  const receipts = await Promise.all(sent.map(({ hash }) => provider.getTransactionReceipt(hash)));
  expect(new Set(receipts.map((receipt) => receipt?.blockNumber)).size, "one block").to.equal(1);
  expect(receipts.map((receipt) => receipt?.status)).to.deep.equal([1, 0]);
  expect(receipts.map((receipt) => receipt?.index)).to.deep.equal([0, 1]);
  return (await repo.get(id)).phase;
}

async function suspended(n: TestNetwork, position: Position) {
  const id = await reach(n, position, await n.helpers.time.latest());
  return { n, id, repo: n.transferStateRepo.connect(n.arbiter), second: n.transferStateRepo.connect(n.secondArbiter) };
}

async function expectNothingProposed(n: TestNetwork, id: string): Promise<void> {
  expect([...(await n.transferStateRepo.resolutionOf(id))]).to.deep.equal([n.ethers.ZeroAddress, 0n, NO_REASON]);
}

function reasonFor(to: State): string {
  return to === "REJECTED" || to === "REVERSING" || to === "SUSPENDED" ? REASON : NO_REASON;
}

describe("a closed target", () => {
  const load = useNetwork();

  it("takes no start and no arbiter, while legs go on to their end", async () => {
    const n = await load();
    const now = await n.helpers.time.latest();
    const pending = await reach(n, "PENDING", now);
    const started = await reach(n, "STARTED", now);
    const suspendedId = await reach(n, "SUSPENDED from REVERSING", now);
    const repo = n.transferStateRepo;
    await n.accessManager.setTargetClosed(repo, true);
    const byInitiator = repo.connect(n.initiator);
    const refused = [
      () => byInitiator.start(startOf(now)),
      () => byInitiator.startBatch([startOf(now)]),
      () => repo.connect(n.arbiter).proposeResolution(suspendedId, stateNumber("REVERSING"), NO_REASON),
    ];
    for (const attempt of refused) await expect(attempt()).to.be.revertedWithCustomError(repo, "AccessManagedUnauthorized");
    await repo.connect(n.legs.payee).complete(pending, EVIDENCE);
    await repo.connect(n.legs.payer).advance([
      { id: started, to: 4, reason: REASON, evidence: EVIDENCE },
      { id: suspendedId, to: 6, reason: NO_REASON, evidence: EVIDENCE },
    ]);
    expect((await repo.getMany([pending, started, suspendedId])).map(({ phase }) => phase)).to.deep.equal([3n, 4n, 6n]);
    await n.accessManager.setTargetClosed(repo, false);
    await byInitiator.start(startOf(now));
  });
});
